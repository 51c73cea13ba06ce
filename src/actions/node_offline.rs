//! `jenkins.node.offline`: nothing new starts on a node; what runs goes on.
use serde_json::{Value, json};

use crate::base::{RunId, Text};
use crate::gate::Permit;
use crate::model::{Node, NodeKind};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::mark::{mark, run_of};
use super::node_state::{about, marked, reason, state};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct NodeOffline;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.offline",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[
        Param::required("node", Kind::Node, "the node"),
        Param::optional("reason", Kind::Text, "why, for everybody who looks at the node in Jenkins"),
    ],
    result: "reason: what the node's page now says",
    needs: "Agent/Disconnect",
    rescue: false,
    undoable: true,
    example: r#"{ id: offline, uses: jenkins.node.offline, with: { node: gpu-4, reason: "more disk" } }"#,
    doc: "Marks a node offline with a reason that bears the run's name. Builds that run go on; nothing new starts. \
          A node that somebody else marked is left alone. Undone only while our mark still stands.",
};

fn ours(node: &Node, run: RunId) -> bool {
    marked(node) && run_of(&reason(node)) == Some(run)
}

impl Verb for NodeOffline {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/changeOfflineCause", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        vec![Text::line(&format!("node/{}", with.text("node")))]
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let to = mark("drained", scene.who, scene.run, &with.text("reason"));
            let mut prepared = Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: state(&node),
                to: Text::line(&format!("offline \"{to}\"")),
                before: json!({ "marked": marked(&node), "reason": reason(&node) }),
                ..Prepared::default()
            };
            if ours(&node, scene.run) {
                prepared.already = Some(Text::line(&format!("{} bears this run's mark already", node.name)));
            } else if marked(&node) {
                let says =
                    format!("{} is marked offline already: {}; return it first, or leave it", node.name, reason(&node));
                prepared.held_back = Some(Text::line(&says));
            }
            if node.kind == NodeKind::Autoscaled {
                prepared.warnings.push(Text::from(
                    "an autoscaled node is ended by its fleet a minute or two after it falls idle, marked or not",
                ));
            }
            Ok(prepared)
        })
    }

    fn execute<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            let text = mark("drained", scene.who, scene.run, &with.text("reason"));
            operator.mark_offline(permit, &with.node("node"), &text).await?;
            Ok(Value::Null)
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        _before: &'a Value,
        _handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let says = Text::line(&format!("{} is {}", node.name, state(&node)));
            Ok(if ours(&node, scene.run) {
                Sighting::Done(says, json!({ "reason": reason(&node) }))
            } else if marked(&node) {
                Sighting::Unclear(Text::line(&format!("{says}: somebody else marked it meanwhile")))
            } else {
                Sighting::Before(says)
            })
        })
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            Ok(if ours(&node, scene.run) {
                UndoPrepared::Ready
            } else if marked(&node) {
                let says = format!("{} stays offline: it is marked by somebody else now: {}", node.name, reason(&node));
                UndoPrepared::NotOurs(Text::line(&says))
            } else {
                UndoPrepared::Already(Text::line(&format!("{} is {} already", node.name, state(&node))))
            })
        })
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move { operator.toggle_offline(permit, &with.node("node")).await })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let says = Text::line(&format!("{} is {}", node.name, state(&node)));
            Ok(if ours(&node, scene.run) {
                Sighting::Before(says)
            } else if marked(&node) {
                Sighting::Unclear(Text::line(&format!("{says}: it was marked again meanwhile")))
            } else {
                Sighting::Done(says, Value::Null)
            })
        })
    }
}
