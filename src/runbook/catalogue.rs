//! All runbooks and verbs that there are: those that come with bellboard, and the installation's own in their place.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::base::Text;

use super::{BUILT_IN, Input, Kind, Mistake, Risk, Runbook, VerbSpec, parse};

/// Runbooks and verbs, for planning and for people to read.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Those that come with bellboard first, in their own order (what is wanted most stands first in a menu); then the
    /// installation's others by name.
    pub runbooks: Vec<RunbookInfo>,
    /// By name.
    pub verbs: Vec<&'static VerbSpec>,
    programs: BTreeMap<Text, Arc<Runbook>>,
}

impl Catalogue {
    /// The built-in runbooks and, in their place where the name is the same, those of the installation: file name and
    /// text of each. What has mistakes is left out and its mistakes are returned; a built-in of that name is left out
    /// too, for it is not what was meant.
    pub fn load(verbs: Vec<&'static VerbSpec>, own: &[(String, String)]) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let mut programs = BTreeMap::new();
        let mut order = Vec::with_capacity(BUILT_IN.len());
        for (from, (_, text)) in BUILT_IN.iter().map(|b| ("built in", b)) {
            let (program, wrong) = parse(from, text, &verbs);
            mistakes.extend(wrong);
            order.extend(program.iter().map(|p| p.name.clone()));
            programs.extend(program.map(|p| (p.name.clone(), Arc::new(p))));
        }
        for (from, text) in own {
            let (program, wrong) = parse(from, text, &verbs);
            match program {
                Some(program) => {
                    programs.insert(program.name.clone(), Arc::new(program));
                }
                None => {
                    programs.retain(|name, p| p.from != *"built in" || !names(text, name));
                }
            }
            mistakes.extend(wrong);
        }
        let mut runbooks: Vec<_> = programs.values().map(|p| info(p)).collect();
        runbooks.sort_by_key(|r| order.iter().position(|name| *name == r.name).unwrap_or(usize::MAX));
        (Self { runbooks, verbs, programs }, mistakes)
    }

    /// A runbook by name.
    ///
    /// # Errors
    /// Says that there is none, and which was perhaps meant.
    pub fn runbook(&self, name: &str) -> Result<Arc<Runbook>, Text> {
        self.programs.get(name).cloned().ok_or_else(|| {
            let hint = super::did_you_mean(name, self.programs.keys().map(Text::as_str));
            Text::line(&format!("there is no runbook `{name}`; {hint}"))
        })
    }

    /// A verb by name.
    pub fn verb(&self, name: &str) -> Option<&'static VerbSpec> {
        self.verbs.iter().find(|v| v.name == name).copied()
    }
}

/// Whether a text that could not be read whole says that it is the runbook `name`.
fn names(text: &str, name: &str) -> bool {
    text.lines().any(|l| l.strip_prefix("runbook:").is_some_and(|rest| rest.trim() == name))
}

fn info(program: &Runbook) -> RunbookInfo {
    RunbookInfo {
        name: program.name.clone(),
        title: program.title.clone(),
        about: program.about.clone(),
        risk: program.risk,
        inputs: program.inputs.iter().map(input).collect(),
        undo: program.undo.clone(),
        from: program.from.clone(),
        text: program.text.clone(),
    }
}

fn input(input: &Input) -> InputInfo {
    let default = input.default.as_ref().map(|d| match d.as_str() {
        Some(text) => Text::line(text),
        None => Text::line(&d.to_string()),
    });
    InputInfo { name: input.name.clone(), kind: input.kind, about: input.about.clone(), default, of: input.of.clone() }
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
