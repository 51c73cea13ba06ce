//! `jenkins.node.connect`: has the controller launch a node's agent.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::node_state::{about, lock, state};
use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct NodeConnect;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.connect",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Low,
    params: &[Param::required("node", Kind::Node, "the node")],
    result: "nothing; `jenkins.node.wait_connected` waits until it is connected",
    needs: "Agent/Connect",
    rescue: true,
    undoable: false,
    example: "{ id: connect, uses: jenkins.node.connect, with: { node: gpu-4 }, undo: keep }",
    doc: "Has the controller launch a node's agent (over SSH, for instance). Told twice it begins again, which harms \
          nothing. An inbound agent connects by itself and cannot be told to.",
};

impl Verb for NodeConnect {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/launchSlaveAgent", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let (node, connected) = scene.reader.node_link(&with.node("node")).await?.value;
            let connected = connected == Some(true);
            let inbound = format!("{} connects by itself: start its agent on its machine", node.name);
            Ok(Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: state(&node),
                to: Text::from("launching"),
                before: json!({ "connected": connected }),
                already: connected.then(|| Text::line(&format!("{} is connected", node.name))),
                held_back: (!node.launch_supported && !connected).then(|| Text::line(&inbound)),
                ..Prepared::default()
            })
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
            operator.connect(permit, &with.node("node")).await?;
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
            let (node, connected) = scene.reader.node_link(&with.node("node")).await?.value;
            let says = |what: &str| Text::line(&format!("{} {what}", node.name));
            Ok(match connected {
                Some(true) => Sighting::Done(says("is connected"), json!({})),
                // Jenkins does not tell whether a launch is under way
                _ if !handle.is_null() => Sighting::Done(says("is being launched, says Jenkins"), json!({})),
                _ => Sighting::Before(says("is not connected")),
            })
        })
    }
}
