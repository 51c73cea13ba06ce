//! `jenkins.build.wait`: follows a queue item to its build, and the build to its end.
use serde_json::json;

use crate::base::{Span, Text, Time};
use crate::model::{Build, BuildId, Problem, ProblemKind};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::QueueFate;

use super::build_start::of_item;
use super::{Args, Doing, Poll, Prepared, Scene, Verb};

#[derive(Debug)]
pub struct BuildWait;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.build.wait",
    version: 1,
    class: Class::Wait,
    least_risk: Risk::Low,
    params: &[
        Param::optional("build", Kind::Build, "the build; or else the queue item that becomes it"),
        Param::optional("item", Kind::QueueItem, "the queue item that becomes the build"),
        Param::optional("job", Kind::Job, "the item's job: finds its build after Jenkins has forgotten the item"),
        Param::choice("until", &["ended", "started"], "what is waited for"),
        Param::choice(
            "expect",
            &["anything", "SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"],
            "how it must end; any other end fails the step",
        ),
    ],
    result: "build: its path; number; result: how it ended, or null",
    needs: "Job/Read",
    rescue: false,
    undoable: false,
    example: "{ id: proof, uses: jenkins.build.wait, with: { build: job/tvm/job/PR-1/7, expect: SUCCESS }, timeout: 2h }",
    doc: "Waits until a build has ended (or begun), following the queue item that becomes it; says why the item waits, and \
          when the build should end. It fails when the item is cancelled or the build ends otherwise than expected.",
};

impl Verb for BuildWait {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        let until = if with.text("until") == *"started" { "begins" } else { "has ended" };
        let build = with.text("build");
        let what =
            if build.is_empty() { format!("the build of queue item {}", with.text("item")) } else { build.to_string() };
        Text::line(&format!("waits until {what} {until}"))
    }

    fn prepare<'a>(&'a self, _scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move { Ok(Prepared { on: self.does(with), ..Prepared::default() }) })
    }

    fn poll<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Poll> {
        Box::pin(async move {
            let id = match which(scene, with).await? {
                Ok(id) => id,
                Err(poll) => return Ok(poll),
            };
            let answer = scene.reader.build(&id).await?;
            let started = with.text("until") == *"started";
            Ok(judge(&answer.value, scene.now.shifted(answer.skew), started, &with.text("expect")))
        })
    }
}

/// The build; or how waiting for one goes.
async fn which(scene: &Scene<'_>, with: Args<'_>) -> Result<Result<BuildId, Poll>, Problem> {
    if !with.text("build").is_empty() {
        return with.build("build").map(Ok);
    }
    if with.text("item").is_empty() {
        let hint = "give `build` or `item` in the runbook";
        return Err(Problem::new(ProblemKind::NotAllowed, "neither a build nor a queue item is given", hint));
    }
    let item = with.number("item")?;
    let waiting = |says: String| Poll::Waiting { says: Text::line(&says), left: None };
    let failed = |says: String| Poll::Failed(Text::line(&says));
    Ok(match scene.reader.queue_item(item).await?.value {
        QueueFate::Started(build) => Ok(build),
        QueueFate::Waiting(at) => Err(waiting(format!("queue item {item} waits: {}", at.why))),
        QueueFate::Leaving => Err(waiting(format!("queue item {item} is leaving the queue"))),
        QueueFate::Cancelled => Err(failed(format!("queue item {item} was cancelled: there will be no build"))),
        QueueFate::Gone if with.text("job").is_empty() => {
            Err(failed(format!("Jenkins has forgotten queue item {item}: look at the job's builds")))
        }
        QueueFate::Gone => match of_item(scene, &with.job("job"), item).await? {
            Some(build) => Ok(build.id),
            None => Err(failed(format!(
                "Jenkins has forgotten queue item {item}, and no build of {} was it",
                with.text("job")
            ))),
        },
    })
}

/// `now` is on the controller's clock.
fn judge(build: &Build, now: Time, started: bool, expect: &str) -> Poll {
    let result = build.result.map(|r| r.word());
    let output = json!({ "build": build.id.path(), "number": build.id.number, "result": result });
    if build.building && !started {
        let left = build.ends().filter(|end| *end > now).map(|end| Span(end.since(now)));
        let ends = left.map_or_else(String::new, |l| format!(", ends in ~{}", l.short()));
        return Poll::Waiting { says: Text::line(&format!("{} runs{ends}", build.title)), left };
    }
    let how = result.unwrap_or(if build.building { "runs" } else { "ended, and does not say how" });
    let says = Text::line(&format!("{}: {how}", build.title));
    let any = started || expect.is_empty() || expect == "anything";
    if any || result == Some(expect) {
        Poll::Done { says, output }
    } else {
        Poll::Failed(Text::line(&format!("{says}, and not {expect}")))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::UrlPath;
    use crate::model::Outcome;

    fn build(result: Option<Outcome>) -> Build {
        Build {
            id: BuildId::new(UrlPath::encoded("job/a"), 7),
            title: "a #7".into(),
            building: result.is_none(),
            result,
            started: Time::from_millis(1_000_000),
            duration: Duration::ZERO,
            estimated: Some(Duration::from_secs(600)),
            causes: vec![],
            revision: None,
            pull_request: None,
            params: vec![],
            node: None,
            queue_id: Some(3),
            description: Text::default(),
        }
    }

    #[test]
    fn an_end_that_was_not_expected_fails() {
        let now = Time::from_millis(1_060_000);
        let Poll::Waiting { says, left } = judge(&build(None), now, false, "SUCCESS") else { panic!() };
        assert_eq!((says.as_str(), left), ("a #7 runs, ends in ~9m", Some(Span(Duration::from_secs(540)))));
        assert!(matches!(judge(&build(None), now, true, "anything"), Poll::Done { .. }));
        for (expect, fine) in [("SUCCESS", true), ("anything", true), ("", true), ("FAILURE", false)] {
            let polled = judge(&build(Some(Outcome::Success)), now, false, expect);
            assert_eq!(matches!(polled, Poll::Done { .. }), fine, "{expect}");
        }
        let Poll::Done { output, .. } = judge(&build(Some(Outcome::Unstable)), now, false, "UNSTABLE") else {
            panic!()
        };
        assert_eq!(output, json!({ "build": "job/a/7", "number": 7, "result": "UNSTABLE" }));
    }
}
