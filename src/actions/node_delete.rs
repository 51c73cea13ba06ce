//! `jenkins.node.delete`: a node is gone for good.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::{Node, NodeKind, ProblemKind};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::node_state::{about, broken_off, built_in, lock, state};
use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct NodeDelete;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.delete",
    version: 1,
    class: Class::Set,
    least_risk: Risk::High,
    params: &[Param::required("node", Kind::Node, "the node")],
    result: "nothing",
    needs: "Agent/Delete",
    rescue: false,
    undoable: false,
    example: "{ id: delete, uses: jenkins.node.delete, with: { node: gpu-4 } }",
    doc: "Deletes a node and its configuration from Jenkins; what runs there is broken off. Of a fleet's node this also \
          schedules the EC2 instance for termination. It cannot be undone.",
};

/// What tells a node from another that somebody made in its place.
fn likeness(node: &Node) -> Value {
    json!({ "labels": node.labels, "executors": node.num_executors, "description": node.description })
}

impl Verb for NodeDelete {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/doDelete", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let mut irreversible = broken_off(&node);
            irreversible.push(Text::line(&format!("the configuration of {} is deleted from Jenkins", node.name)));
            let mut warnings = Vec::new();
            if node.kind == NodeKind::Autoscaled {
                let says = format!("deleting {} schedules its EC2 instance for termination", node.name);
                irreversible.push(Text::line(&says));
            } else {
                warnings.push(Text::from(
                    "its machine runs on; a reload of Configuration as Code makes the node again if it is listed there",
                ));
            }
            if node.accepting() {
                warnings.push(Text::from("it still takes builds: drain it first, so that none is broken off"));
            }
            Ok(Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: state(&node),
                to: Text::from("deleted"),
                before: likeness(&node),
                held_back: built_in(&node),
                warnings,
                irreversible,
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
            operator.delete_node(permit, &with.node("node")).await?;
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
            let name = with.text("node");
            match scene.reader.node(&with.node("node")).await {
                Ok(node) if likeness(&node.value) == *before => {
                    Ok(Sighting::Before(Text::line(&format!("{name} is still there"))))
                }
                Ok(_) => {
                    let says = format!("there is a node {name}, but not as it was: somebody may have made it anew");
                    Ok(Sighting::Unclear(Text::line(&says)))
                }
                // it was seen before: so it is gone, and not merely hidden
                Err(problem) if problem.kind == ProblemKind::NotFound => {
                    Ok(Sighting::Done(Text::line(&format!("{name} is deleted")), json!({})))
                }
                Err(problem) => Err(problem),
            }
        })
    }
}
