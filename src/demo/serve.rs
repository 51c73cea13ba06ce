//! Serving a world on loopback: listens, brings the world up to its clock, answers, and stops when it is dropped.
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request as Incoming1, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use crate::base::{Clock, Secret, SystemClock, Text, Time};

use super::clock::SimClock;
use super::control::Control;
use super::face::{Auth, Reply, Request, answer};
use super::restart::Door;
use super::version::Version;
use super::world::{Sizes, World};

/// Which world is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// The living installation.
    #[default]
    Living,
    /// What the recordings were made of: stands still, and has no autoscaled nodes.
    Recorded,
}

/// How a world is made and served.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where chance comes from; the same seed gives the same world.
    pub seed: u64,
    /// Simulated seconds in one second; 0 stands still.
    pub speed: f64,
    /// About how many nodes.
    pub nodes: usize,
    /// About how many queue items.
    pub queue: usize,
    /// Which Jenkins is played: `2.277.3`, `2.528.3`…
    pub jenkins_version: String,
    /// Which world.
    pub scenario: Scenario,
    /// Whether anybody may read without an account, as on Apache TVM's own controller.
    pub anonymous_reads: bool,
    /// A path that the controller lives under: `/jenkins`.
    pub prefix: String,
    /// The simulated moment at which it begins; now, if none is given.
    pub start: Option<Time>,
    /// A port instead of one that is free.
    pub port: u16,
    /// What the simulated clock follows.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 1.0,
            nodes: 220,
            queue: 37,
            jenkins_version: "2.528.3".to_owned(),
            scenario: Scenario::Living,
            anonymous_reads: true,
            prefix: String::new(),
            start: None,
            port: 0,
            clock: Arc::new(SystemClock),
        }
    }
}

/// An account of the simulated controller.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name: `admin`, `operator`, `committer`.
    pub user: String,
    /// Its API token.
    pub token: Secret,
    /// Its password.
    pub password: Secret,
}

/// A world that is being served. Stops when it is dropped.
#[derive(Debug)]
pub struct Demo {
    url: Url,
    accounts: Vec<Account>,
    control: Control,
    stop: watch::Sender<bool>,
}

/// What the serving tasks share.
#[derive(Debug)]
struct Served {
    control: Control,
    auth: Mutex<Auth>,
    root: String,
    prefix: String,
}

impl Demo {
    /// Makes a world and serves it on loopback.
    ///
    /// # Errors
    /// When the version cannot be read or no port can be had.
    pub async fn serve(options: Options) -> Result<Demo, Text> {
        let version = Version::parse(&options.jenkins_version).ok_or_else(|| {
            Text::line(&format!(
                "`{}` is not a version of Jenkins; write one like 2.277.3 or 2.528.3",
                options.jenkins_version
            ))
        })?;
        let start = options.start.unwrap_or_else(|| options.clock.now()).millis();
        let want = Sizes { nodes: options.nodes, queue: options.queue };
        let world = match options.scenario {
            Scenario::Living => World::living(options.seed, start, version, want),
            Scenario::Recorded => World::recorded(start, version),
        };
        let clock = Arc::new(SimClock::new(options.clock.clone(), start, options.speed));
        let control = Control { world: Arc::new(Mutex::new(world)), clock };
        let address = SocketAddr::from(([127, 0, 0, 1], options.port));
        let refused =
            |e: std::io::Error| Text::line(&format!("the simulated controller cannot listen on {address}: {e}"));
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let prefix = match options.prefix.trim_matches('/') {
            "" => "/".to_owned(),
            path => format!("/{path}/"),
        };
        let root = format!("http://{address}{prefix}");
        let accounts = accounts(options.seed);
        let mut auth = Auth::default();
        auth.anonymous_reads = options.anonymous_reads;
        for account in &accounts {
            let secrets = (account.token.expose().to_owned(), account.password.expose().to_owned());
            auth.accounts.insert(account.user.clone(), secrets);
        }
        let url = Url::parse(&root).map_err(|e| Text::line(&e.to_string()))?;
        let served = Arc::new(Served { control: control.clone(), auth: Mutex::new(auth), root, prefix });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(listen(served, listener, address, stopped));
        Ok(Demo { url, accounts, control, stop })
    }

    /// The controller's address, with a slash at its end.
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// `admin`, `operator` and `committer`, with the rights that the recordings' accounts had.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// One account by name.
    pub fn account(&self, user: &str) -> Option<&Account> {
        self.accounts.iter().find(|a| a.user == user)
    }

    /// What tests in this process may do to the world.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// A site file for this controller. `user` is who bellboard is there, `token` says where its token is to be
    /// found (`file = "…"` or `env = "…"`); with `read_only` that person operates nothing.
    pub fn site_toml(&self, user: &str, token: &str, read_only: bool) -> String {
        let operators = if read_only { "[]".to_owned() } else { format!("[\"{user}\"]") };
        format!(
            "[site]\nname = \"simulated installation\"\ntime_zone = \"America/Los_Angeles\"\n\n[[controller]]\nid = \"prod\"\nurl = \"{}\"\nproduction = true\nuser = \"{user}\"\ntoken = {{ {token} }}\noperators = {operators}\n",
            self.url
        )
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// The accounts of the recordings, with tokens made from the seed.
fn accounts(seed: u64) -> Vec<Account> {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
    ["admin", "operator", "committer"]
        .iter()
        .map(|user| Account {
            user: (*user).to_owned(),
            token: Secret::new(format!("11{:016x}{:016x}", rng.u64(..), rng.u64(..))),
            password: Secret::new(format!("{user}-{:08x}", rng.u32(..))),
        })
        .collect()
}

/// How often the world is brought up to its clock when nobody asks, and the door is looked at.
const BEAT: Duration = Duration::from_millis(50);

/// Accepts until told to stop; shuts the door for a while in the middle of a restart.
async fn listen(served: Arc<Served>, listener: TcpListener, address: SocketAddr, mut stopped: watch::Receiver<bool>) {
    let mut listener = Some(listener);
    let (cut, _) = watch::channel(0u64);
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => {
                cut.send_modify(|n| *n += 1);
                return;
            }
            _ = beat.tick() => {
                let shut = served.control.with(|w| w.door()) == Door::Shut;
                if shut && listener.take().is_some() {
                    cut.send_modify(|n| *n += 1);
                }
                if !shut && listener.is_none() {
                    listener = TcpListener::bind(address).await.ok();
                }
            }
            Some((stream, _)) = accept(listener.as_ref()) => {
                let served = served.clone();
                let mut cut = cut.subscribe();
                tokio::spawn(async move {
                    let service = service_fn(move |r| handle(served.clone(), r));
                    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        _ = connection => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<(tokio::net::TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await.ok(),
        None => std::future::pending().await,
    }
}

/// Largest body that is read.
const BODY: usize = 1 << 20;

async fn handle(served: Arc<Served>, incoming: Incoming1<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = incoming.into_parts();
    let body = Limited::new(body, BODY).collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let full = parts.uri.path();
    let path = full.strip_prefix(served.prefix.as_str()).map(|p| format!("/{p}"));
    let mut request = Request {
        method: parts.method.as_str().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect(),
        fields: form(parts.uri.query().unwrap_or("").as_bytes()),
        body: String::from_utf8_lossy(&body).into_owned(),
        path: path.clone().unwrap_or_else(|| full.to_owned()),
    };
    if request.header("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded")) {
        request.fields.extend(form(&body));
    }
    let reply = if path.is_some() { answered(&served, &request) } else { Reply::missing(&request) };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    Ok(response(&served, &request, reply))
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

fn answered(served: &Served, request: &Request) -> Reply {
    let mut auth = served.auth.lock().unwrap_or_else(PoisonError::into_inner);
    served.control.with(|world| answer(world, &mut auth, &served.root, &served.prefix, request))
}

/// The answer with the headers that every answer has; `Date` follows the simulated clock.
fn response(served: &Served, request: &Request, reply: Reply) -> Response<Full<Bytes>> {
    let (version, session) = served.control.with(|w| (w.version, w.session));
    let date = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(served.control.now().millis()).unwrap_or(0));
    let jetty = if version.today() { "Jetty(12.0.25)" } else { "Jetty(9.4.39.v20210325)" };
    let mut builder = Response::builder()
        .status(reply.status)
        .header("date", httpdate::fmt_http_date(date))
        .header("x-content-type-options", "nosniff")
        .header("server", jetty);
    if reply.signed {
        builder =
            builder.header("x-jenkins", version.to_string()).header("x-jenkins-session", format!("{session:08x}"));
    }
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value.as_str());
    }
    let body = if request.method == "HEAD" { Bytes::new() } else { Bytes::from(reply.body) };
    builder.body(Full::new(body)).unwrap_or_default()
}
