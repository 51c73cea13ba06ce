//! All runbooks and verbs that there are: those that come with bellboard, and the installation's own in their place.
use std::sync::Arc;

use serde::Serialize;

use crate::base::Text;

use super::{Kind, Risk, VerbSpec};

/// Runbooks and verbs, for planning and for people to read.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By name.
    pub runbooks: Vec<RunbookInfo>,
    /// By name.
    pub verbs: Vec<&'static VerbSpec>,
}

/// What there is to know of a runbook before it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunbookInfo {
    pub name: Text,
    pub title: Text,
    pub about: Text,
    pub risk: Risk,
    pub inputs: Vec<InputInfo>,
    /// The runbook that undoes it, if one does.
    pub undo: Option<Text>,
    /// `built in`, or the file it was read from.
    pub from: Text,
    /// Its YAML.
    pub text: Arc<str>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputInfo {
    pub name: Text,
    pub kind: Kind,
    pub about: Text,
    /// As it would be typed; none: it must be given. May be an expression.
    pub default: Option<Text>,
    /// The words of a choice.
    pub of: Vec<Text>,
}
