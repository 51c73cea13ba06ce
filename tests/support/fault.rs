//! A proxy between client and server that does to answers what networks and broken servers do.
#![allow(dead_code)] // each test binary uses its own part

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http::{Request, Response, Server, send};

/// What happens to a request or its answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The request is read and never answered.
    Hang,
    /// The headers and a few bytes of the body come, then nothing.
    Stall,
    /// A byte at a time.
    Drip,
    /// The connection is reset in the middle of the body.
    Reset,
    /// The body is cut, and its length says so.
    Truncate,
    /// Something else is answered; the server behind hears nothing.
    Instead(Response),
    /// The server behind does what was asked, and its answer is lost.
    LoseAnswer,
}

#[derive(Debug)]
struct Rule {
    method: &'static str,
    path: String,
    fault: Fault,
}

/// The proxy. Requests that no rule names go through.
#[derive(Debug)]
pub struct Proxy {
    pub server: Server,
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Proxy {
    pub async fn before(upstream: SocketAddr) -> Self {
        let rules: Arc<Mutex<Vec<Rule>>> = Arc::default();
        let known = rules.clone();
        let server = Server::start(move |request, stream| {
            let fault = known.lock().unwrap().iter().find(|r| applies(r, &request)).map(|r| r.fault.clone());
            Box::pin(serve(upstream, request, stream, fault))
        })
        .await;
        Self { server, rules }
    }

    /// From now on this happens to requests whose path contains `path`.
    pub fn inject(&self, method: &'static str, path: &str, fault: Fault) {
        self.rules.lock().unwrap().insert(0, Rule { method, path: path.into(), fault });
    }

    /// All goes through again.
    pub fn heal(&self) {
        self.rules.lock().unwrap().clear();
    }

    pub fn url(&self) -> String {
        self.server.url()
    }
}

fn applies(rule: &Rule, request: &Request) -> bool {
    rule.method == request.method && request.path().contains(&rule.path)
}

async fn serve(upstream: SocketAddr, request: Request, mut stream: TcpStream, fault: Option<Fault>) {
    match fault {
        Some(Fault::Instead(response)) => return send(stream, &response.bytes()).await,
        Some(Fault::Hang) => return until_closed(stream).await,
        _ => {}
    }
    let answer = ask(upstream, &request).await;
    let body = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let middle = body + (answer.len() - body) / 2;
    match fault {
        None => send(stream, &answer).await,
        Some(Fault::LoseAnswer) => drop(stream),
        Some(Fault::Stall) => {
            let _ = stream.write_all(&answer[..middle]).await;
            until_closed(stream).await;
        }
        Some(Fault::Drip) => {
            for byte in &answer {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                let _ = stream.flush().await;
                tokio::time::sleep(Duration::from_millis(5)).await; // the fault itself
            }
        }
        Some(Fault::Reset) => {
            let _ = stream.write_all(&answer[..middle]).await;
            let _ = stream.flush().await;
            let _ = stream.set_zero_linger();
        }
        Some(Fault::Truncate) => {
            let cut = &answer[body..middle];
            let head = String::from_utf8_lossy(&answer[..body]);
            let mut out = String::new();
            for line in head.split("\r\n").filter(|l| !l.is_empty()) {
                let framing = ["content-length", "transfer-encoding", "connection"];
                if !framing.iter().any(|name| line.to_lowercase().starts_with(name)) {
                    out.push_str(&format!("{line}\r\n"));
                }
            }
            out.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", cut.len()));
            let mut bytes = out.into_bytes();
            bytes.extend_from_slice(cut);
            send(stream, &bytes).await;
        }
        Some(Fault::Instead(_) | Fault::Hang) => {}
    }
}

async fn ask(upstream: SocketAddr, request: &Request) -> Vec<u8> {
    let mut answer = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(upstream).await {
        let _ = stream.write_all(&request.forwarded()).await;
        let _ = stream.read_to_end(&mut answer).await;
    }
    answer
}

/// Holds the connection until the client gives up.
async fn until_closed(mut stream: TcpStream) {
    let mut part = [0; 64];
    while matches!(stream.read(&mut part).await, Ok(count) if count > 0) {}
}
