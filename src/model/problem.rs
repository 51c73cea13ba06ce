//! Why something outside could not be read or done: what happened, to what, and what to do about it.
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::base::Text;

/// A failure at the border to an outside system, worded for the person who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub kind: ProblemKind,
    /// What happened, to what, why: one sentence without a full stop.
    pub what: Text,
    /// What to do about it; empty where there is nothing to do but wait.
    pub hint: Text,
}

/// The kinds of failure that callers tell apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProblemKind {
    /// No connection: refused, reset, no such host, no route, TLS.
    Unreachable,
    /// Connected, but no complete answer in time.
    TimedOut,
    /// 401: the credential is wrong or has been withdrawn.
    Unauthorized,
    /// 403, or 404 where the right to see is missing: `permission` as the server names it, where it does.
    Forbidden { permission: Option<Text> },
    /// 404.
    NotFound,
    /// 409, 422, 400, 500 of a request that the server understood and would not do.
    Refused { status: u16 },
    /// 429 or 503 with `Retry-After`.
    Throttled { retry_after: Option<Duration> },
    /// 503 of a controller that starts or restarts.
    Restarting,
    /// Any other 5xx.
    ServerError { status: u16 },
    /// An answer that is not what was asked for: a login page, invalid or truncated JSON, another host's redirect.
    BadAnswer,
    /// More bytes than this request may answer with.
    TooLarge,
    /// Refused here, before anything was sent: read-only, a permit that ran out, not on the list of reads.
    NotAllowed,
}

impl Problem {
    /// A failure with a hint.
    pub fn new(kind: ProblemKind, what: impl Into<Text>, hint: impl Into<Text>) -> Self {
        Self { kind, what: what.into(), hint: hint.into() }
    }

    /// Whether a write that ended so may nevertheless have had its effect: the request may have arrived.
    pub fn in_doubt(&self) -> bool {
        matches!(
            self.kind,
            ProblemKind::Unreachable
                | ProblemKind::TimedOut
                | ProblemKind::ServerError { .. }
                | ProblemKind::BadAnswer
                | ProblemKind::TooLarge
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
