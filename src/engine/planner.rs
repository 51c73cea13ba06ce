//! From a runbook and inputs to a plan: reads everything, changes nothing anywhere.
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::actions::{self, Args, Prepared, Scene};
use crate::base::{RunId, Span, Text};
use crate::insight;
use crate::model::{ControllerId, Jenkins, Snapshot};
use crate::run::{
    Change, Confirm, Event, Interruption, Plan, PlannedStep, Script, ScriptStep, Verdict, VerdictKind, What,
};
use crate::runbook::{Class, Context, Guard, Language, Risk, Runbook, Step};
use crate::site::Controller;

use super::guards::{self, CapacityAsk, Case, Hold};
use super::inputs::{self, Filled};
use super::{Hands, Inner, find_jenkins};

/// A plan and what is needed to carry it out.
#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    pub script: Script,
}

impl Planned {
    /// The first event of its run.
    pub fn event(self, by: Text, at: crate::base::Time) -> Event {
        Event { seq: 0, at, what: What::Planned { by, plan: Box::new(self.plan), script: Box::new(self.script) } }
    }
}

/// What preparing the steps brought.
#[derive(Debug, Default)]
struct Findings {
    steps: Vec<ScriptStep>,
    changes: Vec<Change>,
    irreversible: Vec<Text>,
    verdicts: Vec<Verdict>,
    locks: Vec<Text>,
    /// Those under which an earlier step acts.
    acted: Vec<Text>,
    /// Nodes that are waited for, and nodes whose builds die.
    waited: Vec<Text>,
    rescue: bool,
}

impl Inner {
    /// Plans a run of that name.
    ///
    /// # Errors
    /// The runbook, an input or the controller cannot be found or read.
    pub(super) async fn plan_as(
        &self,
        run: RunId,
        controller: &ControllerId,
        name: &str,
        given: &[(Text, Text)],
        planning: bool,
    ) -> Result<Planned, Text> {
        let runbook = self.catalogue.runbook(name)?;
        let (site, hands) = self.controller(controller)?;
        let snapshot = self.parts.sight.refresh(controller, true).await.map_err(|p| Text::line(&p.to_string()))?;
        let jenkins = find_jenkins(&snapshot, controller);
        let filled = inputs::fill(&runbook, given, run, &self.parts.site, site, &jenkins)?;
        let who = self.standings.who(controller, &snapshot);
        let found = self.prepare(&runbook, &filled, run, &who, hands).await?;
        let plan = self
            .assemble(&runbook, run, site, &snapshot, &jenkins, filled.shown.clone(), &found, &filled, planning)
            .await?;
        let script = Script {
            text: Text::block(&runbook.text),
            context: filled.context,
            locks: found.locks,
            guards: runbook.guards.clone(),
            steps: found.steps,
        };
        Ok(Planned { plan, script })
    }

    async fn prepare(
        &self,
        runbook: &Runbook,
        filled: &Filled,
        run: RunId,
        who: &Text,
        hands: &Hands,
    ) -> Result<Findings, Text> {
        let language = Language::default();
        let mut found = Findings { rescue: true, ..Findings::default() };
        for lock in &runbook.locks {
            let name = language.fill(&Value::from(lock.as_str()), &filled.context).map_err(|e| Text::line(&e))?;
            add(&mut found.locks, Text::line(name.as_str().unwrap_or_default()));
        }
        let scene = Scene { reader: &hands.reader, run, who, ours: &*self.ours, now: self.parts.clock.now() };
        for step in &runbook.steps {
            self.prepare_step(step, &language, &filled.context, &scene, &mut found).await?;
        }
        found.rescue &= !runbook.steps.iter().all(|s| !s.verb.class.has_effect());
        Ok(found)
    }

    async fn prepare_step(
        &self,
        step: &Step,
        language: &Language,
        context: &Context,
        scene: &Scene<'_>,
        found: &mut Findings,
    ) -> Result<(), Text> {
        let with = Value::Object(step.with.clone());
        // what depends on an earlier step cannot be filled in yet
        let filled = match language.fill(&with, context) {
            Ok(Value::Object(map)) => Some(map),
            _ if mentions_steps(&with) => None,
            Ok(_) => None,
            Err(error) => return Err(Text::line(&format!("step {}: {error}", step.id))),
        };
        let skipped = step.when.as_ref().is_some_and(|w| matches!(language.holds(w, context), Ok(false)));
        let mut planned = script_step(step);
        if let Some((map, verb)) = filled.as_ref().zip(actions::verb(step.verb.name)) {
            let args = Args(map);
            planned.does = verb.does(args);
            if step.verb.class.has_effect() && !skipped {
                let locks = verb.locks(args);
                let first = !locks.iter().any(|l| found.acted.contains(l));
                found.acted.extend(locks.iter().cloned());
                locks.into_iter().for_each(|l| add(&mut found.locks, l));
                found.rescue &= step.verb.rescue;
                let prepared = verb.prepare(scene, args).await.map_err(|p| Text::line(&p.to_string()))?;
                planned.scope = first.then(|| prepared.from.clone());
                planned.does = prepared.already.as_ref().map_or(planned.does, |a| Text::line(&format!("nothing: {a}")));
                note(step, prepared, found);
            } else if step.verb.class == Class::Wait && !skipped && map.contains_key("node") {
                add(&mut found.waited, args.text("node"));
            }
            planned.with = step.with.clone();
        } else {
            planned.does = Text::line(&format!(
                "{}, as the steps before it turn out",
                step.verb.doc.split('.').next().unwrap_or_default()
            ));
        }
        if skipped {
            planned.does = Text::from("nothing: its condition does not hold");
        }
        found.steps.push(planned);
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // each is one finding; a struct of them would only rename the list
    async fn assemble(
        &self,
        runbook: &Runbook,
        run: RunId,
        site: &Controller,
        snapshot: &Snapshot,
        jenkins: &Jenkins,
        shown: Vec<(Text, Text)>,
        found: &Findings,
        filled: &Filled,
        planning: bool,
    ) -> Result<Plan, Text> {
        let now = self.parts.clock.now();
        let confirm = match runbook.risk {
            Risk::Low => Confirm::Key,
            Risk::Medium => Confirm::Typed(filled.subject.clone()),
            Risk::High | Risk::Critical => Confirm::TypedAfterReading(filled.subject.clone()),
        };
        let interrupted = interruptions(jenkins, &found.waited, jenkins.now(now));
        // one build of unknown length, and nobody knows how long it all takes
        let known = interrupted.iter().map(|i| i.left).collect::<Option<Vec<Span>>>();
        let takes = known.filter(|_| !found.waited.is_empty()).map(|all| all.into_iter().max().unwrap_or_default());
        let holds = self.holds(run).await?;
        let standing = self.standings.of(&site.id, snapshot, now);
        let barred = self.standings.barred(&site.id, snapshot);
        let capacity = capacity_asks(&runbook.guards, &filled.context)?;
        let case = Case {
            controller: site,
            jenkins,
            now,
            fresh: self.parts.pace.fresh,
            standing: &standing,
            barred: barred.as_ref(),
            planning,
            risk: runbook.risk,
            window: runbook.window,
            confirm: &confirm,
            locks: &found.locks,
            holds: &holds,
            capacity: &capacity,
            rescue: found.rescue,
        };
        let mut verdicts = guards::judge(&case);
        verdicts.extend(found.verdicts.iter().cloned());
        let digest = digest(runbook, &shown, found, site.id.as_str());
        Ok(Plan {
            run,
            runbook: runbook.name.clone(),
            title: runbook.title.clone(),
            controller: site.id.clone(),
            production: site.production,
            risk: runbook.risk,
            inputs: shown,
            subject: filled.subject.clone(),
            changes: found.changes.clone(),
            interrupted,
            irreversible: found.irreversible.clone(),
            undo: runbook.undo.clone().unwrap_or_default(),
            takes,
            verdicts,
            steps: found.steps.iter().map(planned_step).collect(),
            confirm,
            digest,
            planned_at: now,
        })
    }

    /// The locks that others have, or that unfinished runs may still need.
    pub(super) async fn holds(&self, but: RunId) -> Result<Vec<Hold>, Text> {
        let held = super::journal::blocking(&self.store, |s| s.held()).await.map_err(|e| Text::line(&e.to_string()))?;
        let mut holds: Vec<Hold> = Vec::new();
        for view in self.board.views() {
            if view.state.is_over() || view.id == but {
                continue;
            }
            // its journal says which locks it needs, whether or not somebody drives it now
            let Ok((_, run, _)) = super::journal::load(&self.store, view.id).await else { continue };
            let by = Text::line(&format!("{} {} of {}, unfinished", view.runbook, view.subject, view.by));
            holds.extend(run.script.locks.into_iter().map(|lock| Hold { lock, run: Some(view.id), by: by.clone() }));
        }
        let note = format!("run {but} ");
        for lease in held.into_iter().filter(|h| !h.note.starts_with(&note)) {
            if !holds.iter().any(|h| h.lock == *lease.name) {
                holds.push(Hold { lock: Text::line(&lease.name), run: None, by: lease.note });
            }
        }
        Ok(holds)
    }
}

fn add(all: &mut Vec<Text>, one: Text) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn mentions_steps(value: &Value) -> bool {
    value.to_string().contains("steps.")
}

fn note(step: &Step, prepared: Prepared, found: &mut Findings) {
    let verdict = |kind, text: Text| Verdict {
        guard: Text::line(&format!("step {}", step.id)),
        kind,
        text,
        data: Text::from("read just now"),
        read_at: None,
    };
    if let Some(already) = &prepared.already {
        found.verdicts.push(verdict(VerdictKind::Warning, already.clone()));
    } else {
        let Prepared { on, about, from, to, .. } = &prepared;
        found.changes.push(Change { on: on.clone(), about: about.clone(), from: from.clone(), to: to.clone() });
    }
    found.verdicts.extend(prepared.held_back.map(|t| verdict(VerdictKind::Refused, t)));
    found.verdicts.extend(prepared.warnings.into_iter().map(|t| verdict(VerdictKind::Warning, t)));
    found.irreversible.extend(prepared.irreversible);
}

fn script_step(step: &Step) -> ScriptStep {
    ScriptStep {
        id: step.id.clone(),
        depth: 0,
        verb: Text::from(step.verb.name),
        version: step.verb.version,
        class: step.verb.class,
        undoable: step.verb.undoable,
        rescue: step.verb.rescue,
        with: step.with.clone(),
        when: step.when.as_deref().map(Text::line),
        timeout: step.timeout.as_deref().map(Text::line),
        on_timeout: step.on_timeout,
        on_failure: step.on_failure,
        retry: step.retry,
        undo: step.undo,
        does: Text::default(),
        scope: None,
    }
}

fn planned_step(step: &ScriptStep) -> PlannedStep {
    PlannedStep { id: step.id.clone(), verb: step.verb.clone(), depth: step.depth, does: step.does.clone() }
}

/// The builds that run on nodes which are waited for.
fn interruptions(jenkins: &Jenkins, nodes: &[Text], now: crate::base::Time) -> Vec<Interruption> {
    let all = jenkins.nodes.get().map(Vec::as_slice).unwrap_or_default();
    let named = all.iter().filter(|n| nodes.contains(&n.name));
    named
        .flat_map(|node| insight::drain(jenkins, node).builds)
        .map(|ending| Interruption {
            build: ending.title,
            pull_request: ending.pull_request.map(|p| Text::line(&format!("PR-{} {}", p.number, p.title))),
            ends: ending.ends,
            left: ending.ends.map(|t| Span(t.since(now))),
            waited_for: true,
        })
        .collect()
}

/// The `capacity` guards of a runbook, filled in.
///
/// # Errors
/// An expression or a percentage is wrong.
pub(super) fn capacity_asks(guards: &[Guard], context: &Context) -> Result<Vec<CapacityAsk>, Text> {
    let language = Language::default();
    let mut asks = Vec::new();
    for guard in guards.iter().filter(|g| g.name == *"capacity") {
        let filled = language.fill(&Value::Object(guard.with.clone()), context).map_err(|e| Text::line(&e))?;
        let empty = Map::new();
        let args = Args(filled.as_object().unwrap_or(&empty));
        let some = |name| Some(args.text(name)).filter(|t| !t.is_empty());
        let keep = some("keep").map(|t| t.trim_end_matches('%').trim().parse::<u8>().map_err(|_| t)).transpose();
        asks.push(CapacityAsk {
            node: some("node"),
            label: some("label"),
            keep: keep.map_err(|t| Text::line(&format!("guard capacity: `{t}` is not a percentage; write 60%")))?,
            outage: args.text("outage") == *"yes",
        });
    }
    Ok(asks)
}

/// Of what is confirmed: the runbook's text, the inputs, what each step finds and does.
fn digest(runbook: &Runbook, inputs: &[(Text, Text)], found: &Findings, controller: &str) -> Text {
    let steps: Vec<Value> = found.steps.iter().map(|s| json!([s.id, s.verb, s.does, s.scope])).collect();
    let all = json!([controller, &*runbook.text, inputs, steps, found.locks]);
    let sum = Sha256::digest(all.to_string().as_bytes());
    Text::line(&sum.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>())
}
