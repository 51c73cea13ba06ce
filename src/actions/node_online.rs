//! `jenkins.node.online`: a node takes builds again.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::Node;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::mark::run_of;
use super::node_state::{about, marked, reason, state};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct NodeOnline;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.online",
    version: 1,
    class: Class::Toggle,
    least_risk: Risk::Low,
    params: &[
        Param::required("node", Kind::Node, "the node"),
        Param::choice("mark", &["ours", "anyones"], "whether a mark that bellboard did not make may be taken away"),
    ],
    result: "was: why the node was offline",
    needs: "Agent/Connect",
    rescue: true,
    undoable: true,
    example: "{ id: online, uses: jenkins.node.online, with: { node: gpu-4, mark: ours } }",
    doc: "Takes a node's offline mark away. Jenkins has only a toggle for this, so the mark is read under the node's \
          lock before and after it. A mark that bellboard did not make is left alone unless `mark: anyones`.",
};

/// What is remembered of a mark, to tell it from another.
fn mark_of(node: &Node) -> Value {
    let since = node.cause.as_ref().and_then(|c| c.since).map(|t| t.millis());
    json!({ "marked": marked(node), "reason": reason(node), "since": since })
}

impl Verb for NodeOnline {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/toggleOffline, if it is marked offline", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        vec![Text::line(&format!("node/{}", with.text("node")))]
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let owner = run_of(&reason(&node));
            let whose = match owner {
                _ if !marked(&node) => "",
                Some(run) if (scene.ours)(run) => ", our mark",
                Some(_) => ", a mark of bellboard elsewhere",
                None => ", somebody else's mark",
            };
            let mut prepared = Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: Text::line(&format!("{}{whose}", state(&node))),
                to: Text::from("online"),
                before: mark_of(&node),
                ..Prepared::default()
            };
            if !marked(&node) {
                prepared.already =
                    Some(Text::line(&format!("{} is not marked offline: it is {}", node.name, state(&node))));
            } else if with.text("mark") != *"anyones" && !owner.is_some_and(scene.ours) {
                let says = format!(
                    "{} was not marked by a run in this journal: {}; say mark=anyones to take the mark away",
                    node.name,
                    reason(&node)
                );
                prepared.held_back = Some(Text::line(&says));
            }
            if node.offline && marked(&node) && !node.idle {
                prepared.warnings.push(Text::from("something still runs there"));
            }
            Ok(prepared)
        })
    }

    fn execute<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            operator.toggle_offline(permit, &with.node("node")).await?;
            Ok(Value::Null)
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        before: &'a Value,
        _handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let says = Text::line(&format!("{} is {}", node.name, state(&node)));
            Ok(if !marked(&node) {
                Sighting::Done(says, json!({ "was": before.get("reason") }))
            } else if mark_of(&node) == *before {
                Sighting::Before(says)
            } else {
                Sighting::Unclear(Text::line(&format!(
                    "{says}: the mark is another than before; somebody else may have turned it over"
                )))
            })
        })
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            Ok(if marked(&node) {
                UndoPrepared::Already(Text::line(&format!("{} is {} already", node.name, state(&node))))
            } else {
                UndoPrepared::Ready
            })
        })
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move {
            let reason = Text::line(before.get("reason").and_then(Value::as_str).unwrap_or_default());
            operator.mark_offline(permit, &with.node("node"), &reason).await
        })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let says = Text::line(&format!("{} is {}", node.name, state(&node)));
            Ok(if marked(&node) { Sighting::Done(says, Value::Null) } else { Sighting::Before(says) })
        })
    }
}
