//! A proxy between bellboard and a controller that counts every write and can keep one of them, or its answer, back.
#![allow(dead_code)] // each test file uses its own part of it
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What happens to the next write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// It never arrives; the sender waits.
    Block,
    /// It arrives; its answer never comes back, the sender waits.
    Withhold,
    /// It arrives; instead of an answer the connection is cut.
    Cut,
    /// It never arrives; the connection is cut.
    Refuse,
    /// It is answered with 401 and never arrives.
    Unauthorized,
}

#[derive(Debug)]
struct Shared {
    to: String,
    client: reqwest::Client,
    writes: Mutex<Vec<String>>,
    fate: Mutex<Fate>,
    kept: watch::Sender<u64>,
    /// The n-th read from now of a path that begins so is kept back.
    held_read: Mutex<Option<(String, usize)>>,
}

/// Stops when it is dropped, with its runtime.
#[derive(Debug)]
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Between here and `to`, which ends with a slash.
    pub async fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        #[allow(clippy::disallowed_methods)] // a test's own client: bare, so that it changes nothing on the way
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .no_proxy()
            .build()
            .unwrap();
        let shared = Arc::new(Shared {
            to: to.trim_end_matches('/').to_owned(),
            client,
            writes: Mutex::default(),
            fate: Mutex::new(Fate::Pass),
            kept: watch::channel(0).0,
            held_read: Mutex::default(),
        });
        let served = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| through(shared.clone(), request));
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, shared }
    }

    /// Every write that reached the controller, in order: `POST /computer/gpu-1/toggleOffline`.
    pub fn writes(&self) -> Vec<String> {
        self.shared.writes.lock().unwrap().clone()
    }

    /// What becomes of the next write; those after it pass again.
    pub fn next(&self, fate: Fate) {
        *self.shared.fate.lock().unwrap() = fate;
    }

    /// Keeps the n-th read from now, counted from 1, of this path back.
    pub fn hold_read(&self, path: &str, n: usize) {
        *self.shared.held_read.lock().unwrap() = Some((path.to_owned(), n));
    }

    /// Raised whenever a write or its answer is kept back.
    pub fn kept(&self) -> watch::Receiver<u64> {
        self.shared.kept.subscribe()
    }
}

impl Shared {
    fn holds_this(&self, path: &str) -> bool {
        let mut held = self.held_read.lock().unwrap();
        let Some((wanted, left)) = held.as_mut().filter(|(wanted, _)| path == wanted) else { return false };
        *left -= 1;
        let now = *left == 0 && !wanted.is_empty();
        if now {
            *held = None;
        }
        now
    }
}

/// The connection is cut: an error that the server closes it for.
#[derive(Debug)]
struct CutOff;

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut off")
    }
}

impl std::error::Error for CutOff {}

async fn through(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, CutOff> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| CutOff)?.to_bytes();
    let write = head.method == Method::POST;
    let path = head.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let fate = match write {
        true => std::mem::replace(&mut *shared.fate.lock().unwrap(), Fate::Pass),
        false => Fate::Pass,
    };
    if !write && shared.holds_this(head.uri.path()) {
        return keep_back(&shared).await;
    }
    match fate {
        Fate::Block => return keep_back(&shared).await,
        Fate::Refuse => return Err(CutOff),
        Fate::Unauthorized => {
            return Ok(Response::builder()
                .status(401)
                .body(Full::new(Bytes::from_static(b"<html>no</html>")))
                .unwrap());
        }
        _ => {}
    }
    if write {
        shared.writes.lock().unwrap().push(format!("POST {}", head.uri.path()));
    }
    let mut forward = shared.client.request(head.method, format!("{}{path}", shared.to)).body(body);
    for (name, value) in &head.headers {
        if name != "host" && name != "content-length" && name != "connection" {
            forward = forward.header(name, value);
        }
    }
    let answer = forward.send().await.map_err(|_| CutOff)?;
    match fate {
        Fate::Withhold => return keep_back(&shared).await,
        Fate::Cut => return Err(CutOff),
        _ => {}
    }
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" && name != "connection" {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.map_err(|_| CutOff)?;
    response.body(Full::new(body)).map_err(|_| CutOff)
}

async fn keep_back(shared: &Shared) -> Result<Response<Full<Bytes>>, CutOff> {
    shared.kept.send_modify(|n| *n += 1);
    let never: Result<Infallible, CutOff> = std::future::pending().await;
    match never {
        Ok(never) => match never {},
        Err(cut) => Err(cut),
    }
}
