//! What a `Reader` remembers between calls, all of it derived and safe to lose.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::UrlPath;
use crate::model::{Build, BuildId, PullRequest, StageSource, Who};

/// One lock, held for moments only.
#[derive(Debug, Default)]
pub struct Caches(Mutex<Remembered>);

#[derive(Debug, Default)]
pub struct Remembered {
    /// `X-Jenkins` of the last answer that had one.
    pub version: String,
    /// `X-Jenkins-Session` likewise; what is below is forgotten when it changes.
    pub session: String,
    /// Whom the controller takes us for, and when (`Clock::boot`) it said so.
    pub who: Option<(Who, Duration)>,
    /// Which plugin gives stages, once one did.
    pub stage_source: Option<StageSource>,
    /// The older prefix of pipeline-graph-view.
    pub old_prefix: bool,
    /// Whether a parent's children are branches for Blue Ocean.
    pub multibranch: HashMap<UrlPath, bool>,
    /// By job, from the last list of jobs.
    pub pull_requests: HashMap<UrlPath, PullRequest>,
    /// Builds by job and what its last build looked like when they were read.
    pub builds: HashMap<UrlPath, (LastSeen, Vec<Arc<Build>>)>,
    /// Steps in the queue whose build was found.
    pub steps: HashMap<u64, BuildId>,
    /// How often the build of a step in the queue was looked for.
    pub tried: HashMap<u64, u8>,
    /// How often a Pipeline that runs was asked for its waiting steps.
    pub asked: HashMap<BuildId, u32>,
}

/// What of a job's last build shows that the list of its builds changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSeen {
    pub number: u64,
    pub building: bool,
}

impl Caches {
    pub fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an answer's version and session; a new session forgets what a restart may change.
    pub fn note(&self, version: &str, session: &str) {
        if session.is_empty() {
            return;
        }
        let mut known = self.lock();
        if known.session != session {
            known.session = session.to_owned();
            known.stage_source = None;
            known.who = None;
            known.steps.clear();
            known.tried.clear();
            known.asked.clear();
        }
        if known.version != version {
            known.version = version.to_owned();
        }
    }
}
