//! A Jenkins controller and the account it knows us by.
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Text;

/// The name a controller has in the site file: `prod`, `staging`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ControllerId(Arc<str>);

impl ControllerId {
    pub fn new(name: &str) -> Self {
        Self(Arc::from(Text::line(name).as_str()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ControllerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ControllerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// What a controller says of itself (`/api/json`, response headers, `/whoAmI`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// `X-Jenkins`.
    pub version: Text,
    /// `X-Jenkins-Session`: changes with every start, the only sure sign of a restart.
    pub session: Text,
    pub mode: Mode,
    pub quieting_down: bool,
    pub quiet_down_reason: Text,
    /// The system message shown to every user, as HTML made harmless.
    pub description: Text,
    pub use_crumbs: bool,
    pub who: Who,
}

/// Whether builds without a label may run on the built-in node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Normal,
    Exclusive,
}

/// Who the controller takes us for (`/whoAmI/api/json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    pub name: Text,
    pub anonymous: bool,
}

/// What the person at this console may do at one controller, for the screens to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Who the actions will be journalled as.
    pub who: Text,
    /// Whether the site file makes this person an operator there.
    pub operator: bool,
    /// Why nothing can be written now; none while armed.
    pub read_only_because: Option<Text>,
    /// Until when writes are open (our clock).
    pub armed_until: Option<crate::base::Time>,
}
