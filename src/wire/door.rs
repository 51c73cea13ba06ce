//! The two doors to one HTTP server: reads go through a list, writes through a permit.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use reqwest::{Client, Method, RequestBuilder, Response};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::base::{Clock, Text, UrlPath};
use crate::gate::Permit;
use crate::model::snapshot::CallRecord;
use crate::model::{ControllerId, Problem};
use crate::site;

use super::secret::Login;
use super::{Answer, Body, Post, ReadOnlyList, Want, answer, fault, list};

/// How many calls are remembered for the Sources screen.
const CALLS: usize = 50;

/// Bounds for every call to one server.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connect: Duration,
    /// Overrides each call's own when it is shorter.
    pub total: Duration,
    /// Requests under way at once.
    pub concurrency: usize,
    /// The ambient proxy variables are not looked at.
    pub proxy: Option<Url>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(60), concurrency: 6, proxy: None }
    }
}

/// Whether there is a door for writes.
#[derive(Debug)]
pub enum Writes {
    Open,
    /// And why not.
    Closed(Text),
}

/// What both doors know of the server.
#[derive(Debug)]
struct Server {
    system: ControllerId,
    root: Url,
    clock: Arc<dyn Clock>,
    limits: Limits,
    calls: Mutex<VecDeque<CallRecord>>,
}

/// The door for reads; cheap to clone.
#[derive(Debug, Clone)]
pub struct ReadDoor {
    server: Arc<Server>,
    client: Result<Client, Problem>,
    login: Arc<Login>,
    list: Arc<ReadOnlyList>,
    turns: Arc<Semaphore>,
}

/// The door for writes. A closed one holds no credential and no client.
#[derive(Debug)]
pub struct WriteDoor {
    server: Arc<Server>,
    open: Result<(Result<Client, Problem>, Login), Text>,
}

/// Both doors to a controller of the site file.
pub fn open(
    site: &site::Controller,
    limits: Limits,
    list: ReadOnlyList,
    writes: Writes,
    clock: Arc<dyn Clock>,
) -> (ReadDoor, WriteDoor) {
    let server = Arc::new(Server {
        system: site.id.clone(),
        root: site.url.clone(),
        clock,
        limits: limits.clone(),
        calls: Mutex::default(),
    });
    let login = || Login::new(site.id.clone(), site.credential.clone());
    let read = ReadDoor {
        server: server.clone(),
        client: client(&site.id, &limits, 8),
        login: Arc::new(login()),
        list: Arc::new(list),
        turns: Arc::new(Semaphore::new(limits.concurrency)),
    };
    let open = match writes {
        // A write never goes over a connection that may have gone stale: nobody could tell whether it arrived.
        Writes::Open => Ok((client(&site.id, &limits, 0), login())),
        Writes::Closed(why) => Err(why),
    };
    (read, WriteDoor { server, open })
}

#[allow(clippy::disallowed_methods)] // the one place that makes clients
fn client(system: &ControllerId, limits: &Limits, idle: usize) -> Result<Client, Problem> {
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(idle)
        .user_agent(concat!("bellboard/", env!("CARGO_PKG_VERSION")));
    if let Some(url) = &limits.proxy {
        let proxy = reqwest::Proxy::all(url.clone()).map_err(|e| fault::transport(system, "the proxy", &e))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|e| fault::transport(system, "TLS", &e))
}

impl ReadDoor {
    pub fn system(&self) -> &ControllerId {
        &self.server.system
    }

    /// The path of the root, with a slash at its end.
    pub fn root(&self) -> &Url {
        &self.server.root
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.server.clock
    }

    /// Whom the server should take us for; none: anonymous.
    pub fn account(&self) -> Option<&site::Credential> {
        self.login.credential()
    }

    /// The last calls through both doors, oldest first.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.server.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Asks for a path below the root.
    ///
    /// # Errors
    /// The path is not on the list of reads, or no complete answer came within bounds. A status is no error here.
    pub async fn get(&self, path: &UrlPath, query: &[(&str, &str)], want: Want) -> Result<Answer, Problem> {
        let what = format!("GET /{path}");
        if !self.list.allows(path) {
            return Err(fault::refused(
                format!("{what} is not on the list of reads, and nothing was sent"),
                "this is a mistake in bellboard; please report it",
            ));
        }
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let mut url = self.server.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let secret = self.login.secret().await?;
        let request = self.login.sign(client.request(Method::GET, url), secret.as_ref());
        let _turn = self.turns.acquire().await;
        let result = self.server.exchange(&what, request, want).await;
        self.login.judge(&result).await;
        result.map_err(|p| self.login.masked(p, secret.as_ref()))
    }
}

impl WriteDoor {
    /// Whether writes go through at all; else why not.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn is_open(&self) -> Result<(), &Text> {
        self.open.as_ref().map(|_| ())
    }

    /// Sends one write.
    ///
    /// # Errors
    /// Refused here (read-only, another system's permit, a permit that ran out), or no complete answer came: then the
    /// write may have had its effect (`Problem::in_doubt`). A status is no error here.
    pub async fn post(&self, permit: Permit, post: Post) -> Result<Answer, Problem> {
        let what = format!("POST /{}", post.path);
        let (client, login) = self
            .open
            .as_ref()
            .map_err(|why| fault::refused(format!("{what} was not sent: {why}"), "nothing was changed"))?;
        self.server.check(&permit, &what)?;
        if !list::plain(&post.path) {
            return Err(fault::refused(format!("{what} was not sent: the path is not a plain one"), ""));
        }
        let mut url = self.server.url(&post.path)?;
        if !post.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&post.query);
        }
        let secret = login.secret().await?;
        let left = self.server.check(&permit, &what)?;
        let client = client.as_ref().map_err(Clone::clone)?;
        let mut request = login.sign(client.request(Method::POST, url), secret.as_ref());
        for header in post.headers {
            request = request.header(header.name, header.value);
        }
        let request = match post.body {
            Body::Empty => request.header("content-length", "0"),
            Body::Form(fields) => request.form(&fields),
            Body::Xml(text) => request.header("content-type", "application/xml; charset=utf-8").body(text),
        };
        let want = Want { total: Want::ORDINARY.total.min(left), cut: true, body: 1 << 20 };
        let result = self.server.exchange(&what, request, want).await;
        login.judge(&result).await;
        result.map_err(|p| login.masked(p, secret.as_ref()))
    }
}

impl Server {
    /// The address of a path, which must stay below the root.
    fn url(&self, path: &UrlPath) -> Result<Url, Problem> {
        let root = self.root.as_str();
        let text = format!("{root}{}{path}", if root.ends_with('/') { "" } else { "/" });
        Url::parse(&text)
            .ok()
            .filter(|url| url.as_str() == text)
            .ok_or_else(|| fault::refused(format!("/{path} names nothing below {}", self.system), "nothing was sent"))
    }

    /// Whether a permit is for this system and not over; how long it still holds.
    fn check(&self, permit: &Permit, what: &str) -> Result<Duration, Problem> {
        if permit.system() != &self.system {
            return Err(fault::refused(
                format!("{what} was not sent to {}: the permit is for {}", self.system, permit.system()),
                "this is a mistake in bellboard; please report it",
            ));
        }
        let left = permit.send_before().saturating_sub(self.clock.boot());
        if left.is_zero() {
            return Err(fault::refused(
                format!("{what} was not sent to {}: the time it had has run out", self.system),
                "the run is looked at again before anything else is tried",
            ));
        }
        Ok(left)
    }

    /// Sends, reads within bounds, and remembers the call.
    async fn exchange(&self, what: &str, request: RequestBuilder, want: Want) -> Result<Answer, Problem> {
        let (sent, start) = (self.clock.now(), self.clock.boot());
        let result = self.bounded(what, request, want).await;
        let record = CallRecord {
            at: sent,
            what: Text::line(what),
            took: self.clock.boot().saturating_sub(start),
            status: result.as_ref().ok().map(|a| a.status),
            bytes: result.as_ref().map_or(0, |a| a.body.len() as u64),
            error: result.as_ref().err().map(|p| p.what.clone()),
        };
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= CALLS {
            // Reads of single jobs come in crowds; they do not push the others out.
            let of_job = |c: &CallRecord| c.what.starts_with("GET /job/");
            let crowd = calls.iter().filter(|c| of_job(c)).count() > CALLS / 2;
            let oldest = calls.iter().position(|c| !crowd || of_job(c)).unwrap_or(0);
            calls.remove(oldest);
        }
        calls.push_back(record);
        result
    }

    async fn bounded(&self, what: &str, request: RequestBuilder, want: Want) -> Result<Answer, Problem> {
        let total = want.total.min(self.limits.total);
        // Time-outs run on tokio's clock, the only one that wakes tasks.
        let end = Instant::now() + total;
        let sent = self.clock.now();
        let request = request.header("accept-language", "en").header("accept", "application/json, */*;q=0.5");
        let response = timeout_at(end, request.send())
            .await
            .map_err(|_| fault::late(&self.system, what, total, None))?
            .map_err(|e| fault::transport(&self.system, what, &e.without_url()))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let skew = answer::skew(&headers, sent, self.clock.now());
        let mut body = BytesMut::new();
        let cut = timeout_at(end, self.body(what, response, want, &mut body))
            .await
            .unwrap_or_else(|_| Err(fault::late(&self.system, what, total, Some(body.len()))))?;
        Ok(Answer { status, headers, body: body.freeze(), cut, at: self.clock.now(), skew })
    }

    /// Reads the body as it comes; whether it was cut.
    async fn body(&self, what: &str, mut response: Response, want: Want, body: &mut BytesMut) -> Result<bool, Problem> {
        let broken = |e: reqwest::Error| fault::transport(&self.system, what, &e.without_url());
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let room = usize::try_from(want.body).unwrap_or(usize::MAX).saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..chunk.len().min(room)).unwrap_or_default());
            if chunk.len() > room {
                return if want.cut { Ok(true) } else { Err(fault::large(&self.system, what, want.body)) };
            }
        }
        Ok(false)
    }
}
