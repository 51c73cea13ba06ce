//! `jenkins.node.wait_idle`: waits until nothing runs on a node that takes nothing new.
use serde_json::json;

use crate::base::{Span, Text, Time};
use crate::model::{Executor, Node};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};

use super::node_state::{about, marked, state};
use super::{Args, Doing, Poll, Prepared, Scene, Verb};

#[derive(Debug)]
pub struct NodeWaitIdle;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.wait_idle",
    version: 1,
    class: Class::Wait,
    least_risk: Risk::Low,
    params: &[Param::required("node", Kind::Node, "the node, marked offline")],
    result: "nothing",
    needs: "Overall/Read",
    rescue: false,
    undoable: false,
    example: "{ id: idle, uses: jenkins.node.wait_idle, with: { node: gpu-4 }, timeout: 4h, on_timeout: ask }",
    doc: "Waits until no executor of a marked node is busy; says what still runs there and when it should end. \
          It fails when the mark is taken away: a node that takes new builds never falls idle for good.",
};

impl Verb for NodeWaitIdle {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("waits until no executor of {} is busy", with.text("node")))
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            Ok(Prepared { on: node.name.clone(), about: about(&node), ..Prepared::default() })
        })
    }

    fn poll<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Poll> {
        Box::pin(async move {
            let answer = scene.reader.node(&with.node("node")).await?;
            Ok(judge(&answer.value, scene.now.shifted(answer.skew)))
        })
    }
}

/// `now` is on the controller's clock.
fn judge(node: &Node, now: Time) -> Poll {
    let busy: Vec<&Executor> = node.executors.iter().chain(&node.one_off).filter(|e| !e.idle).collect();
    if !marked(node) && node.accepting() {
        return Poll::Failed(Text::line(&format!(
            "{} takes builds again: somebody took its offline mark away",
            node.name
        )));
    }
    if busy.is_empty() {
        return Poll::Done { says: Text::line(&format!("{} is idle, {}", node.name, state(node))), output: json!({}) };
    }
    let running: Vec<String> = busy.iter().map(|e| running(e, now)).collect();
    let ends = busy.iter().map(|e| e.occupant.as_ref().and_then(|o| o.ends())).collect::<Option<Vec<_>>>();
    let left = ends.and_then(|e| e.into_iter().max()).map(|t| Span(t.since(now)));
    let ordinary = node.busy();
    let says = format!("{ordinary} of {} executors busy: {}", node.executors.len(), running.join("; "));
    Poll::Waiting { says: Text::line(&says), left }
}

/// `tvm-gpu » PR-11352 #3 ends in ~21m`
fn running(executor: &Executor, now: Time) -> String {
    let Some(occupant) = &executor.occupant else { return "something unnamed".to_owned() };
    let title = if occupant.title.is_empty() { "a Pipeline's step" } else { occupant.title.as_str() };
    match occupant.ends() {
        Some(end) if end > now => format!("{title} ends in ~{}", Span(end.since(now)).short()),
        Some(end) => format!("{title} is {} over its estimate", Span(now.since(end)).short()),
        None => format!("{title}, nobody knows for how long"),
    }
}
