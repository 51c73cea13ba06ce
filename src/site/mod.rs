//! The site file: what this installation consists of, who may do what, where secrets come from. Data and its checking, no I/O.
mod mistake;
mod read;
mod table;

use std::time::Duration;

use url::Url;

use crate::base::Text;
use crate::model::ControllerId;

pub use mistake::{Mistake, nearest};

/// A whole site file, checked.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: Text,
    /// An IANA name, checked; none: the machine's own zone.
    pub time_zone: Option<String>,
    pub controllers: Vec<Controller>,
    /// Folders with the installation's own runbooks, as written.
    pub runbook_dirs: Vec<String>,
    pub bells: BellLimits,
}

impl Site {
    /// Reads a site file's text; `file` names it in mistakes.
    ///
    /// # Errors
    /// Every mistake in it, in the order of the lines.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Mistake>> {
        read::site(text, file)
    }

    /// The controller of that name.
    pub fn controller(&self, id: &ControllerId) -> Option<&Controller> {
        self.controllers.iter().find(|c| c.id == *id)
    }
}

/// One controller.
#[derive(Clone, Debug)]
pub struct Controller {
    pub id: ControllerId,
    /// With its path, always ending in a slash.
    pub url: Url,
    pub production: bool,
    /// None: anonymous.
    pub credential: Option<Credential>,
    /// People, as the controller's `whoAmI` names them, who may act.
    pub operators: Vec<Text>,
    /// A regular prefix or pattern by which autoscaled nodes are told from static ones; an EC2 instance id always is one.
    pub autoscaled: Vec<String>,
    /// Guard `capacity`: the share of a label's executors that must go on accepting, in percent.
    pub keep: Vec<(Text, u8)>,
    pub keep_default: u8,
}

/// Whose token, and where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub user: Text,
    pub kind: CredentialKind,
    pub secret: SecretSource,
}

/// An API token needs no crumb; a password needs crumb and session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    Token,
    Password,
}

/// Where a secret comes from; never the site file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Env(String),
    File(String),
    /// Program and arguments; its first line of output.
    Command(Vec<String>),
    /// Service and user in the system's keyring.
    Keyring {
        service: String,
        user: String,
    },
}

/// When bells ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BellLimits {
    /// An item waits this long for its label: warning; four times as long: critical.
    pub queue_wait: Duration,
    /// Bytes free on a node's disk.
    pub disk_free: u64,
    /// A node's clock differs so much from the controller's.
    pub clock_diff: Duration,
    /// A node has been offline this long without anybody having meant it.
    pub node_offline: Duration,
    /// A node has been draining or marked offline this long.
    pub node_marked: Duration,
}

impl Default for BellLimits {
    fn default() -> Self {
        Self {
            queue_wait: Duration::from_secs(600),
            disk_free: 5_000_000_000,
            clock_diff: Duration::from_secs(30),
            node_offline: Duration::from_secs(120),
            node_marked: Duration::from_secs(24 * 3600),
        }
    }
}
