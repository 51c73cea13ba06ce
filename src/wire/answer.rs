//! An answer as it came, whatever its status.
use bytes::Bytes;
use reqwest::header::HeaderMap;

use crate::base::{Text, Time};

/// Status, headers and body, and when.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// There was more than was wanted; the rest was not read.
    pub cut: bool,
    /// When it was complete (our clock).
    pub at: Time,
    /// The server's clock less ours, from `Date`, in milliseconds; about half a second exact.
    pub skew: i64,
}

impl Answer {
    /// A header's text, empty where it is missing or not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// All values of a header, made harmless, parted by commas.
    pub fn header_all(&self, name: &str) -> Text {
        let values: Vec<&str> = self.headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
        Text::line(&values.join(", "))
    }

    /// The cookies that it sets, `name=value` parted by `; `, without those that it removes.
    pub fn cookies(&self) -> String {
        let all = self.headers.get_all("set-cookie").iter();
        let pairs = all.filter_map(|c| c.to_str().ok()?.split(';').next()).filter(|c| !c.ends_with('='));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Whether it calls itself HTML.
    pub fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html") || self.start().trim_start().starts_with('<')
    }

    /// The first bytes of the body as text.
    pub fn start(&self) -> String {
        String::from_utf8_lossy(self.body.get(..self.body.len().min(4_096)).unwrap_or_default()).into_owned()
    }
}

/// The server's clock less ours: `Date` has whole seconds, so half a second is added to it.
pub fn skew(headers: &HeaderMap, sent: Time, got: Time) -> i64 {
    let date = headers.get("date").and_then(|v| v.to_str().ok()).and_then(|v| httpdate::parse_http_date(v).ok());
    let Some(since) = date.and_then(|d| d.duration_since(std::time::UNIX_EPOCH).ok()) else { return 0 };
    let theirs = i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(500);
    let ours = sent.millis().saturating_add(got.millis().saturating_sub(sent.millis()) / 2);
    theirs.saturating_sub(ours)
}
