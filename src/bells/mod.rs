//! The health rules, a file each: what needs somebody, since when, why, and the runbook that answers it.
mod clock_skew;
mod disk_low;
mod label_without_nodes;
mod node_marked_long;
mod node_offline;
mod old_data;
mod queue_waits;
mod quieting_down;
mod run_asks;
mod run_unfinished;
mod stuck_build;

use std::fmt;

use serde::Serialize;

use crate::base::{RunId, Text, Time, UrlPath};
use crate::insight::Diagnoses;
use crate::model::{ControllerId, Jenkins};
use crate::run::Runs;
use crate::site::BellLimits;

/// Something needs somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bell {
    /// The rule's name, which stays the same: `disk-low`.
    pub rule: &'static str,
    pub severity: Severity,
    pub controller: ControllerId,
    /// What it is about, in a word: `gpu-7`, `CPU-SMALL`.
    pub subject: Text,
    pub about: About,
    /// On our clock; none where nobody says.
    pub since: Option<Time>,
    /// What is wrong, in a sentence without the subject.
    pub why: Text,
    /// The runbook that answers it, where there is one; whether the catalogue has it is for the screen to see.
    pub runbook: Option<&'static str>,
}

/// The thing a bell is about, so that one key leads there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    Controller,
    Node(UrlPath),
    Label(Text),
    Run(RunId),
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a rule looks at: one controller.
pub struct Sight<'a> {
    pub id: &'a ControllerId,
    pub jenkins: &'a Jenkins,
    pub diagnoses: &'a Diagnoses,
    /// All runs; a rule picks those of its controller.
    pub runs: &'a Runs,
    pub limits: &'a BellLimits,
    /// Our clock.
    pub now: Time,
}

impl fmt::Debug for Sight<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sight({}, {})", self.id, self.now)
    }
}

impl Sight<'_> {
    /// Now, on the controller's clock.
    fn there(&self) -> Time {
        self.jenkins.now(self.now)
    }

    /// A moment of the controller's on our clock.
    fn ours(&self, there: Time) -> Time {
        there.shifted(self.jenkins.skew.saturating_neg())
    }

    fn bell(&self, rule: &'static str, severity: Severity, about: About, subject: Text) -> Bell {
        Bell {
            rule,
            severity,
            controller: self.id.clone(),
            subject,
            about,
            since: None,
            why: Text::default(),
            runbook: None,
        }
    }
}

impl Bell {
    fn since(mut self, since: Option<Time>) -> Self {
        self.since = since;
        self
    }

    fn why(mut self, why: impl Into<Text>) -> Self {
        self.why = why.into();
        self
    }

    fn answer(mut self, runbook: Option<&'static str>) -> Self {
        self.runbook = runbook;
        self
    }

    /// By what a bell is known while it rings.
    pub fn key(&self) -> (&'static str, &ControllerId, &About) {
        (self.rule, &self.controller, &self.about)
    }
}

/// One health rule.
pub trait Rule: Sync {
    /// Stays the same: `disk-low`.
    fn name(&self) -> &'static str;
    /// What it watches for, for the help.
    fn about(&self) -> &'static str;
    /// Every bell of this rule at one controller.
    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>);
}

/// All rules.
pub const RULES: &[&dyn Rule] = &[
    &old_data::OldData,
    &quieting_down::QuietingDown,
    &label_without_nodes::LabelWithoutNodes,
    &queue_waits::QueueWaits,
    &node_offline::NodeOffline,
    &disk_low::DiskLow,
    &clock_skew::ClockSkew,
    &node_marked_long::NodeMarkedLong,
    &stuck_build::StuckBuild,
    &run_asks::RunAsks,
    &run_unfinished::RunUnfinished,
];

/// Every bell of one controller, in the order of `sort`.
pub fn ring(sight: &Sight<'_>) -> Vec<Bell> {
    let mut out = Vec::new();
    for rule in RULES {
        rule.ring(sight, &mut out);
    }
    sort(&mut out);
    out
}

/// Worst first; among equals the longest, those of unknown age last; then by name.
pub fn sort(bells: &mut [Bell]) {
    bells.sort_by(|a, b| {
        let age = |bell: &Bell| (bell.since.is_none(), bell.since);
        b.severity.cmp(&a.severity).then_with(|| age(a).cmp(&age(b))).then_with(|| a.subject.cmp(&b.subject))
    });
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The bells of one rule.
    pub fn rung(rule: &str, jenkins: &Jenkins, runs: &Runs) -> Vec<Bell> {
        let diagnoses = Diagnoses::of(jenkins);
        let limits = BellLimits::default();
        let now = crate::insight::testing::now();
        let id = ControllerId::new("prod");
        let sight = Sight { id: &id, jenkins, diagnoses: &diagnoses, runs, limits: &limits, now };
        ring(&sight).into_iter().filter(|b| b.rule == rule).collect()
    }

    #[test]
    fn names_are_unique_and_the_worst_comes_first() {
        let mut names: Vec<_> = RULES.iter().map(|r| r.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        assert!(RULES.iter().all(|r| !r.about().is_empty()));
        let bell = |severity, since: Option<u64>| Bell {
            rule: "x",
            severity,
            controller: ControllerId::new("prod"),
            subject: "s".into(),
            about: About::Controller,
            since: since.map(crate::insight::testing::ago),
            why: Text::default(),
            runbook: None,
        };
        let mut bells = [
            bell(Severity::Warning, None),
            bell(Severity::Warning, Some(10)),
            bell(Severity::Critical, Some(1)),
            bell(Severity::Warning, Some(99)),
        ];
        sort(&mut bells);
        let order: Vec<_> = bells.iter().map(|b| (b.severity, b.since)).collect();
        assert_eq!(order[0].0, Severity::Critical);
        assert_eq!(order[1].1, Some(crate::insight::testing::ago(99)));
        assert_eq!(order[3].1, None);
    }
}
