//! What went wrong on the way, worded.
use std::error::Error;
use std::time::Duration;

use crate::base::Span;
use crate::model::{ControllerId, Problem, ProblemKind};

/// A request that got no answer at all, or whose answer broke off.
pub fn transport(system: &ControllerId, what: &str, error: &reqwest::Error) -> Problem {
    let (kind, happened, hint) = if error.is_timeout() {
        (ProblemKind::TimedOut, "took too long", "is it up, and is the address in the site file right?")
    } else if error.is_connect() {
        (ProblemKind::Unreachable, "could not be reached", "is it up, and is the address in the site file right?")
    } else if (error.is_body() || error.is_decode()) && broken(error) {
        (ProblemKind::Unreachable, "broke off in the middle of its answer", "")
    } else if error.is_decode() {
        (
            ProblemKind::BadAnswer,
            "sent a body that cannot be unpacked",
            "is something between us and it changing answers?",
        )
    } else {
        (ProblemKind::Unreachable, "closed the connection without an answer", "")
    };
    let text = format!("{system} {happened}: {what}: {}", cause(error));
    Problem::new(kind, text, hint)
}

/// Whether the connection broke while the body came; a body that cannot be unpacked looks alike from outside.
fn broken(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = next {
        let held = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is::<hyper::Error>() || held.is_some_and(|e| e.is::<hyper::Error>() || e.is::<reqwest::Error>()) {
            return true;
        }
        next = inner.source();
    }
    false
}

/// The innermost reason: what the operating system, resolver or TLS said.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

/// No complete answer within the time it had.
pub fn late(system: &ControllerId, what: &str, total: Duration, got: Option<usize>) -> Problem {
    let span =
        if total < Duration::from_secs(1) { format!("{}ms", total.as_millis()) } else { Span(total).to_string() };
    let how = match got {
        None => "did not answer".to_owned(),
        Some(bytes) => format!("stalled after {bytes} bytes of its answer"),
    };
    Problem::new(ProblemKind::TimedOut, format!("{system} {how} within {span}: {what}"), "it is tried again by itself")
}

/// More bytes than allowed.
pub fn large(system: &ControllerId, what: &str, limit: u64) -> Problem {
    Problem::new(
        ProblemKind::TooLarge,
        format!("{system} answered with more than {} MB: {what}", limit >> 20),
        "nothing was kept of it",
    )
}

/// Refused here, before a byte was sent.
pub fn refused(what: impl Into<String>, hint: &str) -> Problem {
    Problem::new(ProblemKind::NotAllowed, what.into(), hint)
}
