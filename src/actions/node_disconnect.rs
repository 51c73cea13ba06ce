//! `jenkins.node.disconnect`: cuts the connection to a node's agent.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::{Node, Problem};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::mark::{mark, run_of};
use super::node_state::{about, broken_off, built_in, lock, marked, reason, state};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct NodeDisconnect;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.disconnect",
    version: 1,
    class: Class::Set,
    least_risk: Risk::High,
    params: &[
        Param::required("node", Kind::Node, "the node"),
        Param::optional("reason", Kind::Text, "why, for everybody who looks at the node in Jenkins"),
    ],
    result: "nothing",
    needs: "Agent/Disconnect",
    rescue: false,
    undoable: true,
    example: r#"{ id: cut, uses: jenkins.node.disconnect, with: { node: gpu-4, reason: "its agent hangs" } }"#,
    doc: "Cuts the connection to a node's agent: what runs there is broken off. An inbound agent connects again by \
          itself. Undone by connecting the node, while its page still bears this run's name.",
};

impl Verb for NodeDisconnect {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/doDisconnect", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let (node, connected) = look(scene, with).await?;
            let mut warnings = Vec::new();
            if node.inbound {
                warnings.push(Text::from(
                    "an inbound agent connects again by itself, within a minute or two, unless its program is stopped",
                ));
            }
            let already = format!("{} is not connected: {}", node.name, state(&node));
            let to = mark("disconnected", scene.who, scene.run, &with.text("reason"));
            Ok(Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: Text::line(&format!("connected, {}", state(&node))),
                to: Text::line(&format!("disconnected \"{to}\"")),
                before: json!({ "marked": marked(&node), "reason": reason(&node) }),
                already: (connected == Some(false)).then(|| Text::line(&already)),
                held_back: built_in(&node),
                warnings,
                irreversible: broken_off(&node),
            })
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
            let text = mark("disconnected", scene.who, scene.run, &with.text("reason"));
            operator.disconnect(permit, &with.node("node"), &text).await?;
            Ok(json!({ "answered": true }))
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        _before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let (node, connected) = look(scene, with).await?;
            let answered = !handle.is_null();
            Ok(match connected {
                Some(false) => Sighting::Done(says(&node, "is disconnected"), json!({})),
                Some(true) if answered && node.inbound => {
                    Sighting::Done(says(&node, "was disconnected, and has connected again by itself"), json!({}))
                }
                Some(true) => Sighting::Before(says(&node, "is connected")),
                None if answered || run_of(&reason(&node)) == Some(scene.run) => {
                    Sighting::Done(says(&node, "was disconnected, says Jenkins"), json!({}))
                }
                None => Sighting::Unclear(says(&node, "is marked offline, and whether it is connected is not told")),
            })
        })
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let (node, connected) = look(scene, with).await?;
            let hidden = before.get("marked") == Some(&Value::Bool(true)) && marked(&node);
            Ok(if connected == Some(true) {
                UndoPrepared::Already(says(&node, "is connected already"))
            } else if !node.launch_supported {
                UndoPrepared::NotOurs(says(&node, "connects by itself: start its agent on its machine"))
            } else if run_of(&reason(&node)) == Some(scene.run) || hidden {
                UndoPrepared::Ready
            } else {
                let why = reason(&node);
                UndoPrepared::NotOurs(says(
                    &node,
                    &format!("stays disconnected: it is so for another reason now: {why}"),
                ))
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
        Box::pin(async move { operator.connect(permit, &with.node("node")).await })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let (node, connected) = look(scene, with).await?;
            Ok(match connected {
                Some(true) => Sighting::Done(says(&node, "is connected"), Value::Null),
                Some(false) => Sighting::Before(says(&node, "is not connected")),
                None => Sighting::Unclear(says(&node, "is marked offline, and whether it is connected is not told")),
            })
        })
    }
}

async fn look(scene: &Scene<'_>, with: Args<'_>) -> Result<(Node, Option<bool>), Problem> {
    Ok(scene.reader.node_link(&with.node("node")).await?.value)
}

fn says(node: &Node, what: &str) -> Text {
    Text::line(&format!("{} {what}", node.name))
}
