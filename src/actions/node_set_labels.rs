//! `jenkins.node.set_labels`: which builds a node takes.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::{Mode, Node, NodeKind, Problem, ProblemKind};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::{Operator, config};

use super::node_state::{about, built_in, lock, marked, mode_word, reason};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct NodeSetLabels;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.node.set_labels",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[
        Param::required("node", Kind::Node, "the node"),
        Param::required("labels", Kind::Words, "all labels that it is to have; its own name is always one of them"),
        Param::choice(
            "mode",
            &["keep", "normal", "exclusive"],
            "exclusive: only builds that ask for one of its labels",
        ),
    ],
    result: "was: the labels before; mark_lost: whether writing took its offline mark away; reason: what the mark said",
    needs: "Agent/Configure",
    rescue: false,
    undoable: true,
    example: r#"{ id: labels, uses: jenkins.node.set_labels, with: { node: gpu-4, labels: [GPU, TensorCore], mode: keep } }"#,
    doc: "Gives a node other labels by changing its configuration; the connection and what runs there stay. Controllers \
          since 2.482 may lose the node's offline mark by it: that is looked at and told, to be put back by a step of \
          its own (`jenkins.node.mark_again`). Undone only while the labels are still those that were set.",
};

/// Labels and mode; the order of labels means nothing.
#[derive(Debug, Clone, PartialEq)]
struct Tags {
    labels: Vec<Text>,
    mode: Mode,
}

impl Tags {
    fn new(mut labels: Vec<Text>, mode: Mode) -> Self {
        labels.sort();
        labels.dedup();
        Self { labels, mode }
    }

    fn of(xml: &str) -> Result<Self, Problem> {
        let (labels, mode) = config::labels(xml).map_err(|t| Problem::new(ProblemKind::BadAnswer, t, ""))?;
        Ok(Self::new(labels, mode))
    }

    /// What the parameters ask for, of a node that is so now.
    fn wanted(with: Args<'_>, now: Mode) -> Self {
        let words = with.words("labels");
        let labels = words.iter().flat_map(|w| w.split_whitespace()).map(Text::line).collect();
        let mode = match with.text("mode").as_str() {
            "normal" => Mode::Normal,
            "exclusive" => Mode::Exclusive,
            _ => now,
        };
        Self::new(labels, mode)
    }

    fn before(before: &Value) -> Self {
        let labels = before.get("labels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let labels = labels.iter().filter_map(Value::as_str).map(Text::line).collect();
        let exclusive = before.get("mode").and_then(Value::as_str) == Some("exclusive");
        Self::new(labels, if exclusive { Mode::Exclusive } else { Mode::Normal })
    }

    fn says(&self) -> Text {
        let words: Vec<&str> = self.labels.iter().map(Text::as_str).collect();
        let words = if words.is_empty() { "no label".to_owned() } else { words.join(" ") };
        Text::line(&format!("{words} ({})", mode_word(self.mode)))
    }
}

/// A label that Jenkins would read as an expression, or not find again.
fn no_label(tags: &Tags) -> Option<Text> {
    let odd = |l: &Text| l.chars().any(|c| "&|!()<>\",".contains(c));
    let found = tags.labels.iter().find(|l| odd(l))?;
    Some(Text::line(&format!("`{found}` cannot be a label: Jenkins would take it for an expression")))
}

fn warnings(node: &Node, wanted: &Tags) -> Vec<Text> {
    let mut all = Vec::new();
    if node.kind == NodeKind::Autoscaled {
        all.push("its fleet gives every new node the fleet's own labels: only this one changes, until it is ended");
    }
    if marked(node) {
        all.push(
            "writing a node's configuration may take its offline mark away (since 2.482); it is looked at afterwards",
        );
    }
    if wanted.labels.is_empty() {
        all.push("without labels only builds that name the node itself, or want no label, can run there");
    }
    all.into_iter().map(Text::from).collect()
}

fn meanwhile(node: &Text, is: &Tags) -> Problem {
    let what = format!("the labels of {node} were changed meanwhile: they are {}", is.says());
    Problem::new(ProblemKind::NotAllowed, what, "nothing was changed; plan again if it is still wanted")
}

impl Verb for NodeSetLabels {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        let labels: Vec<Text> = with.words("labels");
        let labels: Vec<&str> = labels.iter().map(Text::as_str).collect();
        Text::line(&format!("POST /{}/config.xml with the labels {}", with.node("node"), labels.join(" ")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let node = scene.reader.node(&with.node("node")).await?.value;
            let base = Prepared { on: node.name.clone(), about: about(&node), ..Prepared::default() };
            if let Some(why) = built_in(&node) {
                return Ok(Prepared { held_back: Some(why), ..base });
            }
            let is = Tags::of(&scene.reader.node_config(&with.node("node")).await?.value)?;
            let to = Tags::wanted(with, is.mode);
            let same = format!("{} has the labels {} already", node.name, is.says());
            Ok(Prepared {
                from: is.says(),
                to: to.says(),
                before: json!({
                    "labels": is.labels, "mode": mode_word(is.mode), "marked": marked(&node), "reason": reason(&node),
                }),
                already: (is == to).then(|| Text::line(&same)),
                held_back: no_label(&to),
                warnings: warnings(&node, &to),
                ..base
            })
        })
    }

    fn execute<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            let is = Tags::before(before);
            write(scene, operator, permit, with, &is, &Tags::wanted(with, is.mode)).await?;
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
            let (was, now) = (Tags::before(before), Look::at(scene, with).await?);
            let wanted = Tags::wanted(with, was.mode);
            Ok(if now.tags == wanted {
                let lost = now.lost(before);
                let output = json!({ "was": was.labels, "mark_lost": lost, "reason": before.get("reason") });
                let but = if lost { "; its offline mark was lost by it: it takes builds" } else { "" };
                Sighting::Done(Text::line(&format!("{}{but}", now.says())), output)
            } else if now.tags == was {
                Sighting::Before(now.says())
            } else {
                Sighting::Unclear(Text::line(&format!("{}: somebody else set them meanwhile", now.says())))
            })
        })
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let (was, now) = (Tags::before(before), Look::at(scene, with).await?);
            Ok(if now.tags == was {
                UndoPrepared::Already(now.says())
            } else if now.tags == Tags::wanted(with, was.mode) {
                UndoPrepared::Ready
            } else {
                UndoPrepared::NotOurs(Text::line(&format!("{}: somebody else set them, and they stay", now.says())))
            })
        })
    }

    fn undo<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move {
            let was = Tags::before(before);
            write(scene, operator, permit, with, &Tags::wanted(with, was.mode), &was).await
        })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let (was, now) = (Tags::before(before), Look::at(scene, with).await?);
            Ok(if now.tags == was && now.lost(before) {
                let says = format!("{} again, but its offline mark was lost by it: it takes builds", now.says());
                Sighting::Unclear(Text::line(&says))
            } else if now.tags == was {
                Sighting::Done(now.says(), Value::Null)
            } else if now.tags == Tags::wanted(with, was.mode) {
                Sighting::Before(now.says())
            } else {
                Sighting::Unclear(Text::line(&format!("{}: somebody else set them meanwhile", now.says())))
            })
        })
    }
}

/// A node's labels and mark now.
struct Look {
    name: Text,
    tags: Tags,
    marked: bool,
}

impl Look {
    async fn at(scene: &Scene<'_>, with: Args<'_>) -> Result<Self, Problem> {
        let path = with.node("node");
        let tags = Tags::of(&scene.reader.node_config(&path).await?.value)?;
        let node = scene.reader.node(&path).await?.value;
        Ok(Self { name: node.name.clone(), tags, marked: marked(&node) })
    }

    fn lost(&self, before: &Value) -> bool {
        before.get("marked") == Some(&Value::Bool(true)) && !self.marked
    }

    fn says(&self) -> Text {
        Text::line(&format!("{} has the labels {}", self.name, self.tags.says()))
    }
}

/// Changes labels and mode from what they must be now, and nothing else of the configuration.
async fn write(
    scene: &Scene<'_>,
    operator: &Operator,
    permit: Permit,
    with: Args<'_>,
    from: &Tags,
    to: &Tags,
) -> Result<(), Problem> {
    let path = with.node("node");
    let xml = scene.reader.node_config(&path).await?.value;
    let is = Tags::of(&xml)?;
    if is != *from {
        return Err(meanwhile(&with.text("node"), &is));
    }
    let changed = config::with_labels(&xml, &to.labels, Some(to.mode));
    let changed = changed.map_err(|t| Problem::new(ProblemKind::NotAllowed, t, ""))?;
    operator.set_config(permit, &path, &changed).await
}
