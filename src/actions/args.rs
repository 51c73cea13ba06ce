//! A verb's parameters, filled in.
use serde_json::{Map, Value};

use crate::base::{Text, UrlPath};
use crate::model::{BuildId, Problem, ProblemKind};

/// The parameters as the runbook names them, by their own names.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(pub &'a Map<String, Value>);

impl Args<'_> {
    /// A text, empty when it was left out; of a thing with a name, its name.
    pub fn text(&self, name: &str) -> Text {
        match self.0.get(name) {
            Some(Value::String(text)) => Text::line(text),
            Some(Value::Object(thing)) => Text::line(thing.get("name").and_then(Value::as_str).unwrap_or_default()),
            Some(Value::Null) | None => Text::default(),
            Some(other) => Text::line(&other.to_string()),
        }
    }

    /// A path that comes with a thing, or is made from its name.
    fn path(&self, name: &str, make: impl FnOnce(&str) -> UrlPath) -> UrlPath {
        let given = self.0.get(name).and_then(|v| v.get("path")).and_then(Value::as_str);
        given.map_or_else(|| make(&self.text(name)), UrlPath::encoded)
    }

    /// Where a node is: `computer/gpu-4`.
    pub fn node(&self, name: &str) -> UrlPath {
        self.path(name, |n| UrlPath::of(["computer", n]))
    }

    /// Where a job is: `job/tvm/job/PR-1`.
    pub fn job(&self, name: &str) -> UrlPath {
        self.path(name, |n| match n.starts_with("job/") {
            true => UrlPath::encoded(n),
            false => UrlPath::of(n.split('/').flat_map(|part| ["job", part])),
        })
    }

    /// A build by its path `job/tvm/job/PR-1/7`.
    ///
    /// # Errors
    /// It names none.
    pub fn build(&self, name: &str) -> Result<BuildId, Problem> {
        let text = self.text(name);
        let path = self.path(name, UrlPath::encoded);
        let parts = path.as_str().rsplit_once('/').and_then(|(job, n)| Some((UrlPath::encoded(job), n.parse().ok()?)));
        parts
            .map(|(job, number)| BuildId::new(job, number))
            .ok_or_else(|| wrong(&text, "a build: write job/tvm/job/PR-1/7"))
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, name: &str) -> Result<u64, Problem> {
        let text = self.text(name);
        text.parse().map_err(|_| wrong(&text, "a whole number"))
    }

    /// A list of words; a text is split at blanks.
    pub fn words(&self, name: &str) -> Vec<Text> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(Text::line).collect(),
            Some(Value::String(text)) => text.split_whitespace().map(Text::line).collect(),
            _ => Vec::new(),
        }
    }
}

fn wrong(text: &str, what: &str) -> Problem {
    Problem::new(ProblemKind::NotAllowed, format!("`{text}` is not {what}"), "correct the runbook or its inputs")
}
