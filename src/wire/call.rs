//! What is asked for: a read's query and size, a write's path and body.
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use crate::base::UrlPath;

/// How much answer a read may get.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    /// Bytes, unpacked.
    pub body: u64,
    /// From sending to the last byte.
    pub total: Duration,
    /// Give back what came when it is more than `body`, rather than fail.
    pub cut: bool,
}

impl Want {
    /// An ordinary answer: 16 MB in 20 seconds.
    pub const ORDINARY: Want = Want { body: 16 << 20, total: Duration::from_secs(20), cut: false };
    /// A list of thousands of rows: 64 MB in 45 seconds.
    pub const LARGE: Want = Want { body: 64 << 20, total: Duration::from_secs(45), cut: false };
}

/// A header whose value is never logged.
#[derive(Debug)]
pub struct Header {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

impl Header {
    /// None if one of them cannot stand in a header.
    pub fn sensitive(name: &str, value: &str) -> Option<Self> {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(Self { name, value })
    }
}

/// One write.
#[derive(Debug)]
pub struct Post {
    pub path: UrlPath,
    pub query: Vec<(&'static str, String)>,
    pub body: Body,
    /// A crumb and its session, where they are needed.
    pub headers: Vec<Header>,
}

/// What a write carries.
#[derive(Debug)]
pub enum Body {
    Empty,
    Form(Vec<(String, String)>),
    Xml(String),
}

impl Post {
    /// A write without body.
    pub fn to(path: UrlPath) -> Self {
        Self { path, query: Vec::new(), body: Body::Empty, headers: Vec::new() }
    }

    /// With a form.
    pub fn form<K: Into<String>, V: Into<String>>(path: UrlPath, fields: impl IntoIterator<Item = (K, V)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { body: Body::Form(fields), ..Self::to(path) }
    }

    /// With a value in the query.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}
