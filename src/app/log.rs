//! The log that `--log FILE` asks for: what the console did and what went wrong, a line each; nothing without it.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::{Text, Time};
use crate::model::{ControllerId, Snapshot};
use crate::ui::io::Effect;

/// A log, or none.
#[derive(Clone, Debug, Default)]
pub struct Log(Option<Arc<Mutex<Lines>>>);

#[derive(Debug)]
struct Lines {
    file: File,
    /// The last problem told of each part, so that each is told once.
    problems: BTreeMap<(ControllerId, &'static str), Text>,
}

impl Log {
    /// Appends to a file that only its owner may read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn to(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = File::options().append(true).create(true).mode(0o600).open(path)?;
        Ok(Self(Some(Arc::new(Mutex::new(Lines { file, problems: BTreeMap::new() })))))
    }

    pub fn line(&self, now: Time, text: &str) {
        if let Some(lines) = &self.0 {
            lines.lock().unwrap_or_else(PoisonError::into_inner).write(now, text);
        }
    }

    /// What the screen asked for.
    pub fn effect(&self, effect: &Effect, now: Time) {
        let text = match effect {
            Effect::Plan { controller, runbook, .. } => format!("plan {runbook} at {controller}"),
            Effect::Start { plan, .. } => format!("start {} of {} at {}", plan.runbook, plan.subject, plan.controller),
            Effect::Tell { run, command } => format!("tell run {run}: {command:?}"),
            Effect::Arm { controller, .. } => format!("arm {controller}"),
            Effect::Disarm { controller } => format!("disarm {controller}"),
            _ => return,
        };
        self.line(now, &text);
    }

    /// Problems that are new in a snapshot, and those that went away.
    pub fn snapshot(&self, snapshot: &Snapshot, now: Time) {
        let Some(lines) = &self.0 else { return };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, jenkins) in &snapshot.jenkins {
            let parts = [
                ("controller", jenkins.controller.problem()),
                ("nodes", jenkins.nodes.problem()),
                ("queue", jenkins.queue.problem()),
                ("builds", jenkins.builds.problem()),
                ("jobs", jenkins.jobs.problem()),
                ("fleets", jenkins.fleets.problem()),
            ];
            for (part, problem) in parts {
                lines.part(now, id, part, problem.map(|p| p.what.clone()));
            }
        }
    }
}

impl Lines {
    fn write(&mut self, now: Time, text: &str) {
        // a full disk must not end the console
        let _ = writeln!(self.file, "{now} {}", Text::line(text));
    }

    fn part(&mut self, now: Time, id: &ControllerId, part: &'static str, problem: Option<Text>) {
        let key = (id.clone(), part);
        match problem {
            Some(what) if self.problems.get(&key) != Some(&what) => {
                self.write(now, &format!("{id}: {part}: {what}"));
                self.problems.insert(key, what);
            }
            Some(_) => {}
            None => {
                if self.problems.remove(&key).is_some() {
                    self.write(now, &format!("{id}: {part}: answers again"));
                }
            }
        }
    }
}
