//! `jenkins.queue.cancel`: an item leaves the queue without a build.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::QueueItem;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::{Operator, QueueFate};

use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct QueueCancel;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.queue.cancel",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[Param::required("item", Kind::QueueItem, "the queue item's number")],
    result: "nothing",
    needs: "Job/Cancel",
    rescue: false,
    undoable: false,
    example: "{ id: cancel, uses: jenkins.queue.cancel, with: { item: 4711 } }",
    doc: "Cancels a queue item. The item of a Pipeline's step makes its whole build a FAILURE (not ABORTED), which its \
          pull request is told. It cannot be put back: the build must be started again.",
};

impl Verb for QueueCancel {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /queue/cancelItem?id={}", with.text("item")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        vec![Text::line(&format!("queue/{}", with.text("item")))]
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let id = with.number("item")?;
            let base = Prepared { on: Text::line(&format!("queue item {id}")), ..Prepared::default() };
            let held = |why: String| Prepared { held_back: Some(Text::line(&why)), ..base.clone() };
            Ok(match scene.reader.queue_item(id).await?.value {
                QueueFate::Waiting(item) => waiting(&item, base),
                QueueFate::Cancelled => {
                    Prepared { already: Some(Text::line(&format!("queue item {id} was cancelled already"))), ..base }
                }
                QueueFate::Started(build) => {
                    held(format!("queue item {id} has left the queue: {build} runs; stop that"))
                }
                QueueFate::Leaving => held(format!("queue item {id} is leaving the queue now: stop its build")),
                QueueFate::Gone => held(format!("there is no queue item {id} any more")),
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
            operator.cancel_item(permit, with.number("item")?).await?;
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
            let id = with.number("item")?;
            let fate = scene.reader.queue_item(id).await?.value;
            Ok(judge(id, &fate, !handle.is_null()))
        })
    }
}

fn waiting(item: &QueueItem, base: Prepared) -> Prepared {
    let name = if item.task.name.is_empty() { "a step of a Pipeline" } else { item.task.name.as_str() };
    let mut warnings = Vec::new();
    let mut irreversible = vec![Text::from("a cancelled item is not put back: its build must be started again")];
    if item.task.is_pipeline_step() {
        let build = item.task.build.as_ref().map_or("the build that it belongs to".to_owned(), ToString::to_string);
        let says = format!("{build} becomes a FAILURE, not ABORTED, and so its pull request is told");
        irreversible.insert(0, Text::line(&says));
        warnings.push(Text::from("it is a step of a running Pipeline: to stop the build, stop the build itself"));
    }
    Prepared {
        on: Text::line(name),
        about: Text::line(&format!("queue item {}", item.id)),
        from: Text::from("in the queue"),
        to: Text::from("cancelled"),
        before: json!({ "task": name, "since": item.since.millis() }),
        warnings,
        irreversible,
        ..base
    }
}

fn judge(id: u64, fate: &QueueFate, answered: bool) -> Sighting {
    let says = |what: &str| Text::line(&format!("queue item {id} {what}"));
    match fate {
        QueueFate::Cancelled => Sighting::Done(says("is cancelled"), json!({})),
        QueueFate::Waiting(_) => Sighting::Before(says("is in the queue")),
        QueueFate::Started(build) => {
            Sighting::Unclear(says(&format!("left the queue before it was cancelled: {build}")))
        }
        QueueFate::Leaving | QueueFate::Gone if answered => {
            Sighting::Done(says("was cancelled, says Jenkins"), json!({}))
        }
        QueueFate::Leaving => Sighting::Unclear(says("is leaving the queue, cancelled or for a build")),
        QueueFate::Gone => Sighting::Unclear(says("is not known any more: it was cancelled, or left for a build")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UrlPath;
    use crate::model::BuildId;

    #[test]
    fn an_item_that_left_for_a_build_is_not_called_cancelled() {
        let started = QueueFate::Started(BuildId::new(UrlPath::encoded("job/a"), 7));
        for answered in [true, false] {
            assert!(matches!(judge(1, &started, answered), Sighting::Unclear(_)));
            assert!(matches!(judge(1, &QueueFate::Cancelled, answered), Sighting::Done(..)));
        }
        assert!(matches!(judge(1, &QueueFate::Gone, true), Sighting::Done(..)));
        assert!(matches!(judge(1, &QueueFate::Gone, false), Sighting::Unclear(_)));
    }
}
