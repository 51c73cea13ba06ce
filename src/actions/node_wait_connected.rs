//! `jenkins.node.wait_connected`: waits until a node's agent is connected.
use serde_json::json;

use crate::base::Text;
use crate::model::ProblemKind;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};

use super::node_state::{about, reason, state};
use super::{Args, Doing, Poll, Prepared, Scene, Verb};

#[derive(Debug)]
pub struct NodeWaitConnected;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.wait_connected",
    version: 1,
    class: Class::Wait,
    least_risk: Risk::Low,
    params: &[Param::required("node", Kind::Node, "the node; it may be made only meanwhile")],
    result: "nothing",
    needs: "Agent/Connect, to see it of a node that is marked offline",
    rescue: false,
    undoable: false,
    example: "{ id: back, uses: jenkins.node.wait_connected, with: { node: gpu-4 }, timeout: 20m, on_timeout: ask }",
    doc: "Waits until a node's agent is connected, whether or not the node is marked offline.",
};

impl Verb for NodeWaitConnected {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("waits until {} is connected", with.text("node")))
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            Ok(Prepared { on: node.name.clone(), about: about(&node), ..Prepared::default() })
        })
    }

    fn poll<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Poll> {
        Box::pin(async move {
            let (node, connected) = match scene.reader.node_link(&with.node("node")).await {
                Ok(node) => node.value,
                Err(problem) if problem.kind == ProblemKind::NotFound => {
                    let says = Text::line(&format!("there is no node {} now", with.text("node")));
                    return Ok(Poll::Waiting { says, left: None });
                }
                Err(problem) => return Err(problem),
            };
            let name = &node.name;
            Ok(match connected {
                Some(true) => {
                    let says = Text::line(&format!("{name} is connected, {}", state(&node)));
                    Poll::Done { says, output: json!({}) }
                }
                Some(false) => {
                    let why = reason(&node);
                    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                    Poll::Waiting { says: Text::line(&format!("{name} is not connected{why}")), left: None }
                }
                None => Poll::Failed(Text::line(&format!(
                    "whether {name} is connected is not told: the account lacks Agent/Connect"
                ))),
            })
        })
    }
}
