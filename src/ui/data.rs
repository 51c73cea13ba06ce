//! What the screens show: everything that came in, and what was concluded from it. Nothing here waits.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::detail::Detail;
use super::io::{ControllerCard, UiParts};
use super::keymap::Keymap;
use super::theme::Theme;
use crate::base::{Text, Time};
use crate::model::{BuildId, Controller, ControllerId, Jenkins, Standing, Topic};
use crate::run::{RunView, Runs};
use crate::runbook::{Catalogue, Kind, RunbookInfo};
use crate::views::{BuildRow, Context, NodeRow, QueueRow, Survey};

/// All that is known.
#[derive(Debug)]
pub struct Data {
    pub parts: UiParts,
    pub now: Time,
    pub began: Time,
    pub survey: Survey,
    pub standing: BTreeMap<ControllerId, Standing>,
    pub catalogue: Option<Arc<Catalogue>>,
    pub details: BTreeMap<Topic, Detail>,
    pub theme: Theme,
    pub keymap: Keymap,
    /// The only controller that is shown; none: all.
    pub only: Option<ControllerId>,
}

/// What an action is for, with the name that it had when it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub controller: ControllerId,
    pub kind: ThingKind,
    pub name: Text,
}

/// What it is, as the inputs of runbooks call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThingKind {
    Node,
    QueueItem(u64),
    Build(BuildId),
}

impl Thing {
    pub fn node(row: &NodeRow) -> Self {
        Self { controller: row.controller.clone(), kind: ThingKind::Node, name: row.node.name.clone() }
    }

    pub fn item(row: &QueueRow) -> Self {
        Self { controller: row.controller.clone(), kind: ThingKind::QueueItem(row.item.id), name: row.what() }
    }

    pub fn build(row: &BuildRow) -> Self {
        let kind = ThingKind::Build(row.build.id.clone());
        Self { controller: row.controller.clone(), kind, name: row.build.title.clone() }
    }

    /// The value for an input of this kind, if this thing is one.
    pub fn value(&self, kind: Kind) -> Option<Text> {
        match (&self.kind, kind) {
            (ThingKind::Node, Kind::Node) => Some(self.name.clone()),
            (ThingKind::QueueItem(id), Kind::QueueItem) => Some(Text::line(&id.to_string())),
            (ThingKind::Build(id), Kind::Build) => Some(Text::line(id.path().as_str())),
            (ThingKind::Build(id), Kind::Job) => Some(Text::line(id.job.as_str())),
            _ => None,
        }
    }

    /// The inputs of a runbook that this thing fills, if it fills one that must be given.
    pub fn fills(&self, book: &RunbookInfo) -> Option<Vec<(Text, Text)>> {
        let inputs: Vec<(Text, Text)> = book
            .inputs
            .iter()
            .filter(|i| i.default.is_none())
            .filter_map(|i| Some((i.name.clone(), self.value(i.kind)?)))
            .collect();
        (!inputs.is_empty()).then_some(inputs)
    }
}

impl Data {
    pub fn context(&self) -> Context {
        let several = self.only.is_none() && self.parts.controllers.len() > 1;
        Context { now: self.now, several }
    }

    /// Whether anything was heard of any controller.
    pub fn heard(&self) -> bool {
        self.survey
            .jenkins()
            .any(|(_, j)| j.controller.read_at.is_some() || j.nodes.read_at.is_some() || j.queue.read_at.is_some())
    }

    /// The controller that the top line speaks of: the only one shown, else the first marked production, else the first.
    pub fn card(&self) -> Option<&ControllerCard> {
        let cards = &self.parts.controllers;
        let only = self.only.as_ref().and_then(|id| cards.iter().find(|c| c.id == *id));
        only.or_else(|| cards.iter().find(|c| c.production)).or_else(|| cards.first())
    }

    pub fn card_of(&self, id: &ControllerId) -> Option<&ControllerCard> {
        self.parts.controllers.iter().find(|c| c.id == *id)
    }

    pub fn jenkins(&self, id: &ControllerId) -> Option<&Arc<Jenkins>> {
        self.survey.snapshot.jenkins.get(id)
    }

    pub fn controller(&self, id: &ControllerId) -> Option<&Controller> {
        self.jenkins(id)?.controller.get()
    }

    pub fn shows(&self, id: &ControllerId) -> bool {
        self.only.as_ref().is_none_or(|only| only == id)
    }

    pub fn runs(&self) -> &Runs {
        &self.survey.runs
    }

    pub fn run(&self, id: crate::base::RunId) -> Option<&Arc<RunView>> {
        self.runs().iter().find(|r| r.id == id)
    }

    pub fn book(&self, name: &str) -> Option<&RunbookInfo> {
        self.catalogue.as_ref()?.runbooks.iter().find(|b| b.name == *name)
    }

    /// The runs that stop when this process ends.
    pub fn runs_here(&self) -> Vec<&Arc<RunView>> {
        self.runs().iter().filter(|r| r.here && !r.state.is_over()).collect()
    }

    /// Until when writes to this controller are open.
    pub fn armed_until(&self, id: &ControllerId) -> Option<Time> {
        self.standing.get(id)?.armed_until.filter(|until| *until > self.now)
    }

    /// Why nothing can be written to this controller now.
    pub fn read_only(&self, id: &ControllerId) -> Option<Text> {
        if self.armed_until(id).is_some() {
            return None;
        }
        match self.standing.get(id) {
            None => Some(Text::line("it is not known yet what you may do here")),
            Some(standing) => Some(standing.read_only_because.clone().unwrap_or_else(|| {
                Text::line(&format!("not armed: {} arms {id} for 60 minutes", self.keymap.key_of(super::act::Act::Arm)))
            })),
        }
    }

    /// How long this has been going on.
    pub fn waited(&self, since: Time) -> Duration {
        self.now.since(since)
    }

    /// A page of the controller in a browser.
    pub fn url(&self, id: &ControllerId, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.card_of(id)?.url))
    }
}
