//! What is concluded from one snapshot, once, for all lists: diagnoses, and rows that share the snapshot's own.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Time;
use crate::bells::{self, Bell, Sight};
use crate::insight::Diagnoses;
use crate::model::{ControllerId, Jenkins, Snapshot};
use crate::run::Runs;
use crate::site::BellLimits;

use super::{BellRow, BuildRow, Context, NodeRow, QueueRow, RunRow, SourceRow};

/// A snapshot with its conclusions.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub snapshot: Arc<Snapshot>,
    pub runs: Arc<Runs>,
    diagnoses: BTreeMap<ControllerId, (Arc<Jenkins>, Arc<Diagnoses>)>,
}

impl Survey {
    pub fn new(snapshot: Arc<Snapshot>, runs: Arc<Runs>) -> Self {
        Self::default().next(snapshot, runs)
    }

    /// The conclusions of the next snapshot; those of controllers of which nothing that they rest on changed are kept.
    #[must_use]
    pub fn next(&self, snapshot: Arc<Snapshot>, runs: Arc<Runs>) -> Self {
        let diagnose = |id: &ControllerId, jenkins: &Arc<Jenkins>| match self.diagnoses.get(id) {
            Some((before, diagnoses)) if same(before, jenkins) => diagnoses.clone(),
            _ => Arc::new(Diagnoses::of(jenkins)),
        };
        let diagnoses = snapshot.jenkins.iter().map(|(id, j)| (id.clone(), (j.clone(), diagnose(id, j)))).collect();
        Self { snapshot, runs, diagnoses }
    }

    pub fn diagnoses(&self, controller: &ControllerId) -> Option<&Arc<Diagnoses>> {
        self.diagnoses.get(controller).map(|(_, d)| d)
    }

    pub fn jenkins(&self) -> impl Iterator<Item = (&ControllerId, &Arc<Jenkins>)> {
        self.snapshot.jenkins.iter()
    }

    /// What a row is shown with.
    pub fn context(&self, now: Time) -> Context {
        Context { now, several: self.snapshot.jenkins.len() > 1 }
    }

    /// All bells, worst first.
    pub fn bells(&self, limits: &BellLimits, now: Time) -> Vec<Bell> {
        let mut all = Vec::new();
        for (id, (jenkins, diagnoses)) in &self.diagnoses {
            all.extend(bells::ring(&Sight { id, jenkins, diagnoses, runs: &self.runs, limits, now }));
        }
        bells::sort(&mut all);
        all
    }

    pub fn bell_rows(&self, limits: &BellLimits, now: Time) -> Vec<BellRow> {
        let read_at = |id: &ControllerId| self.snapshot.jenkins.get(id).and_then(|j| j.controller.read_at);
        self.bells(limits, now).into_iter().map(|b| BellRow { read_at: read_at(&b.controller), bell: b }).collect()
    }

    pub fn nodes(&self) -> Vec<NodeRow> {
        let row = |(id, j): (&ControllerId, &Arc<Jenkins>)| {
            let (id, j) = (id.clone(), j.clone());
            let nodes = j.nodes.value.clone().unwrap_or_default();
            (0..nodes.len())
                .filter_map(|i| nodes.get(i).cloned())
                .map(|node| NodeRow { controller: id.clone(), node, jenkins: j.clone() })
                .collect::<Vec<_>>()
        };
        self.jenkins().flat_map(row).collect()
    }

    pub fn queue(&self) -> Vec<QueueRow> {
        let mut rows = Vec::new();
        for (id, (jenkins, diagnoses)) in &self.diagnoses {
            for item in jenkins.queue.get().into_iter().flatten() {
                rows.push(QueueRow {
                    controller: id.clone(),
                    item: item.clone(),
                    jenkins: jenkins.clone(),
                    diagnoses: diagnoses.clone(),
                });
            }
        }
        rows
    }

    pub fn builds(&self) -> Vec<BuildRow> {
        let mut rows = Vec::new();
        for (id, jenkins) in self.jenkins() {
            for build in jenkins.builds.get().into_iter().flatten() {
                rows.push(BuildRow { controller: id.clone(), build: build.clone(), jenkins: jenkins.clone() });
            }
        }
        rows
    }

    pub fn run_rows(&self) -> Vec<RunRow> {
        self.runs.iter().map(|run| RunRow { run: run.clone() }).collect()
    }

    pub fn sources(&self) -> Vec<SourceRow> {
        self.jenkins().flat_map(|(id, j)| SourceRow::all(id, j)).collect()
    }
}

/// Whether diagnoses of one hold for the other: only what they are made of is compared.
fn same(a: &Arc<Jenkins>, b: &Arc<Jenkins>) -> bool {
    fn kept<T>(a: &crate::model::Reading<T>, b: &crate::model::Reading<T>) -> bool {
        match (&a.value, &b.value) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
    Arc::ptr_eq(a, b)
        || kept(&a.nodes, &b.nodes)
            && kept(&a.queue, &b.queue)
            && kept(&a.fleets, &b.fleets)
            && a.controller.get().map(|c| c.quieting_down) == b.controller.get().map(|c| c.quieting_down)
}
