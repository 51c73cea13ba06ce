//! `jenkins.node.mark_again`: puts back an offline mark that was lost by something else.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::node_state::{about, lock, marked, reason, state};
use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct NodeMarkAgain;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.mark_again",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[
        Param::required("node", Kind::Node, "the node"),
        Param::optional(
            "reason",
            Kind::Text,
            "what the mark said, word for word: it stays the mark of whoever made it",
        ),
    ],
    result: "reason: what the node's page now says",
    needs: "Agent/Disconnect",
    rescue: false,
    undoable: false,
    example: r#"{ id: held, uses: jenkins.node.mark_again, with: { node: gpu-4, reason: "{{ site.name }}: more disk" }, undo: keep }"#,
    doc: "Marks a node offline again with the words that its mark had, after a change that lost the mark. A node that is \
          marked is left alone.",
};

impl Verb for NodeMarkAgain {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/changeOfflineCause, if its mark is gone", with.node("node")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let already = format!("{} is marked offline: {}", node.name, reason(&node));
            Ok(Prepared {
                on: node.name.clone(),
                about: about(&node),
                from: state(&node),
                to: Text::line(&format!("offline \"{}\"", with.text("reason"))),
                before: json!({ "marked": marked(&node) }),
                already: marked(&node).then(|| Text::line(&already)),
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
            operator.mark_offline(permit, &with.node("node"), &with.text("reason")).await?;
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
            Ok(match marked(&node) {
                true => Sighting::Done(says, json!({ "reason": reason(&node) })),
                false => Sighting::Before(says),
            })
        })
    }
}
