//! A client with no manners of its own: one HTTP/1.1 request over a plain socket, for tests that want to see what was really said.
#![allow(dead_code)] // each test file uses its own part of it
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bellboard::demo::Demo;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether a client that takes it for JSON fails.
    pub fn json_error(&self) -> bool {
        serde_json::from_str::<serde_json::Value>(&self.body).is_err()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {}: {}", self.status, self.body))
    }
}

/// Somebody who asks a simulated controller.
#[derive(Debug, Clone)]
pub struct Client {
    pub patience: Duration,
    pub host: String,
    pub user: Option<(String, String)>,
    pub extra: Vec<(String, String)>,
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let value = chunk.iter().fold(0u32, |v, b| v << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(value >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

impl Client {
    /// By API token.
    pub fn token(demo: &Demo, user: &str) -> Self {
        let account = demo.account(user).expect("an account");
        Self::with(demo, user, account.token.expose())
    }

    /// By password.
    pub fn password(demo: &Demo, user: &str) -> Self {
        let account = demo.account(user).expect("an account");
        Self::with(demo, user, account.password.expose())
    }

    pub fn with(demo: &Demo, user: &str, secret: &str) -> Self {
        Self { user: Some((user.into(), secret.into())), ..Self::anonymous(demo) }
    }

    pub fn anonymous(demo: &Demo) -> Self {
        let url = demo.url();
        Self {
            host: format!("127.0.0.1:{}", url.port().expect("a port")),
            user: None,
            extra: Vec::new(),
            patience: Duration::from_secs(20),
        }
    }

    /// Gives up sooner.
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    pub fn get(&self, target: &str) -> Answer {
        self.send("GET", target, "", "")
    }

    pub fn post(&self, target: &str, form: &str) -> Answer {
        self.send("POST", target, "application/x-www-form-urlencoded", form)
    }

    pub fn send(&self, method: &str, target: &str, kind: &str, body: &str) -> Answer {
        self.try_send(method, target, kind, body).expect("an answer")
    }

    pub fn try_send(&self, method: &str, target: &str, kind: &str, body: &str) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(self.patience))?;
        let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !self.extra.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
            text.push_str(&format!("Host: {}\r\n", self.host));
        }
        if let Some((user, secret)) = &self.user {
            text.push_str(&format!("Authorization: Basic {}\r\n", base64(format!("{user}:{secret}").as_bytes())));
        }
        if !kind.is_empty() {
            text.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        for (name, value) in &self.extra {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{text}\r\n{body}").as_bytes())?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        let raw = String::from_utf8_lossy(&raw).into_owned();
        let (head, body) = raw.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or(0);
        let headers = lines
            .filter_map(|l| l.split_once(':'))
            .map(|(n, v)| (n.trim().to_lowercase(), v.trim().to_owned()))
            .collect();
        Ok(Answer { status, headers, body: body.to_owned() })
    }
}

/// A runtime that serves while the test's own thread asks.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}
