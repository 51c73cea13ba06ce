//! Small parts that several answers share.
use std::time::Duration;

use serde::Deserialize;

use crate::base::{Text, Time};
use crate::model::Cause;

/// One of `actions[]`: most are empty objects.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Action {
    pub causes: Loose<RawCause>,
    pub parameters: Loose<RawParameter>,
    #[serde(rename = "lastBuiltRevision")]
    pub last_built: Option<Revision>,
    pub contributor: Option<String>,
    #[serde(rename = "contributorDisplayName")]
    pub contributor_name: Option<String>,
    #[serde(rename = "objectUrl")]
    pub object_url: Option<String>,
    #[serde(rename = "objectDisplayName")]
    pub object_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawCause {
    #[serde(rename = "shortDescription")]
    pub text: Option<String>,
    #[serde(rename = "userId")]
    pub user: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawParameter {
    pub name: Option<String>,
    /// Any type; a password has none.
    pub value: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Revision {
    #[serde(rename = "SHA1")]
    pub sha1: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    pub name: Option<String>,
}

/// A list in which single entries may be null.
pub type Loose<T> = Option<Vec<Option<T>>>;

/// The entries that are there.
pub fn present<T>(list: Loose<T>) -> impl Iterator<Item = T> {
    list.into_iter().flatten().flatten()
}

/// Causes of all actions.
pub fn causes(actions: &[Action]) -> Vec<Cause> {
    let raw = actions.iter().filter_map(|a| a.causes.as_ref()).flatten().flatten();
    raw.map(|c| Cause { text: line(c.text.as_deref()), user: c.user.as_deref().map(Text::line) }).collect()
}

/// Parameters of all actions; a password's value is not told and stays empty.
pub fn params(actions: &[Action]) -> Vec<(Text, Text)> {
    let raw = actions.iter().filter_map(|a| a.parameters.as_ref()).flatten().flatten();
    raw.map(|p| {
        let value = match &p.value {
            None | Some(serde_json::Value::Null) => Text::default(),
            Some(serde_json::Value::String(text)) => Text::line(text),
            Some(other) => Text::line(&other.to_string()),
        };
        (line(p.name.as_deref()), value)
    })
    .collect()
}

pub fn line(text: Option<&str>) -> Text {
    text.map(Text::line).unwrap_or_default()
}

/// A moment; zero and less mean none.
pub fn moment(millis: Option<i64>) -> Option<Time> {
    millis.filter(|m| *m > 0).map(Time::from_millis)
}

/// A duration; -1 means that Jenkins does not know.
pub fn span(millis: Option<i64>) -> Option<Duration> {
    millis.and_then(|m| u64::try_from(m).ok()).map(Duration::from_millis)
}

/// Text that newer controllers escape for HTML and older ones do not.
pub fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (entity, plain) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#039;", "'"), ("&amp;", "&")]
    {
        out = out.replace(entity, plain);
    }
    out
}

/// The name of what runs, without the words before a step's build (`part of tvm » PR-1 #7 (Test)`; Jenkins'
/// workflow-durable-task-step, in English because we ask for English).
pub fn title(text: Option<&str>) -> Text {
    text.map(|t| Text::line(t.strip_prefix("part of ").unwrap_or(t))).unwrap_or_default()
}
