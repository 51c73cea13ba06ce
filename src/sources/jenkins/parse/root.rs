//! The controller itself, and whom it takes us for.
use serde::Deserialize;

use crate::base::Text;
use crate::model::{Mode, Who};

use super::lenient::line;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Root {
    mode: Option<String>,
    pub quieting_down: Option<bool>,
    quiet_down_reason: Option<String>,
    description: Option<String>,
    pub use_crumbs: Option<bool>,
}

impl Root {
    pub fn mode(&self) -> Mode {
        if self.mode.as_deref() == Some("EXCLUSIVE") { Mode::Exclusive } else { Mode::Normal }
    }

    pub fn reason(&self) -> Text {
        line(self.quiet_down_reason.as_deref())
    }

    pub fn description(&self) -> Text {
        self.description.as_deref().map(Text::block).unwrap_or_default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawWho {
    name: Option<String>,
    anonymous: Option<bool>,
}

pub fn who(raw: RawWho) -> Who {
    Who { name: line(raw.name.as_deref()), anonymous: raw.anonymous.unwrap_or(false) }
}

/// `/crumbIssuer/api/json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Crumb {
    pub crumb: String,
    pub crumb_request_field: String,
}
