//! `jenkins.scan`: a multibranch project looks at its repository now.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::{JobKind, Problem};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::job_state::lock;
use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct Scan;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.scan",
    version: 1,
    class: Class::Create,
    least_risk: Risk::Medium,
    params: &[Param::required("project", Kind::Job, "the multibranch project")],
    result: "nothing",
    needs: "Job/Build",
    rescue: false,
    undoable: false,
    example: "{ id: scan, uses: jenkins.scan, with: { project: tvm-gpu }, undo: keep }",
    doc: "Has a multibranch project look at its repository: branches and pull requests that are new or were pushed since \
          get a build. When the answer is lost, the scan's log says whether a new one has begun; a second scan harms nothing.",
};

impl Verb for Scan {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/build", with.job("project")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        let project = Value::from(with.text("project").as_str());
        lock(Args(&serde_json::Map::from_iter([("job".to_owned(), project)])))
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let job = scene.reader.job(&with.job("project")).await?.value;
            let name = &job.full_name;
            let base = Prepared { on: name.clone(), from: Text::from("as last scanned"), ..Prepared::default() };
            if !matches!(job.kind, JobKind::Multibranch | JobKind::Folder) {
                let why = format!("{name} is not a multibranch project: there is nothing to scan");
                return Ok(Prepared { held_back: Some(Text::line(&why)), ..base });
            }
            if scene.reader.job_disabled(&job.path).await?.value {
                let why = format!("{name} is disabled, and Jenkins refuses to scan it; enable it first");
                return Ok(Prepared { held_back: Some(Text::line(&why)), ..base });
            }
            Ok(Prepared {
                about: Text::line(&format!("{} branch jobs", job.children)),
                to: Text::from("scanned now"),
                before: json!({ "began": began(scene, with).await? }),
                warnings: vec![Text::from("every branch and pull request that changed since gets a build at once")],
                irreversible: vec![Text::from("a scan cannot be called off from here, nor the builds that it starts")],
                ..base
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
            operator.scan(permit, &with.job("project")).await?;
            Ok(json!({ "answered": true }))
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let project = with.text("project");
            let began = began(scene, with).await?;
            Ok(if !handle.is_null() {
                Sighting::Done(Text::line(&format!("{project} is being scanned, says Jenkins")), json!({}))
            } else if before.get("began").and_then(Value::as_str) == Some(began.as_str()) {
                Sighting::Before(Text::line(&format!("no new scan of {project} has begun")))
            } else {
                Sighting::Done(Text::line(&format!("{project} was scanned: {began}")), json!({}))
            })
        })
    }
}

/// When the last scan began, as its log says; empty when there was none.
async fn began(scene: &Scene<'_>, with: Args<'_>) -> Result<Text, Problem> {
    match scene.reader.scan_began(&with.job("project")).await {
        Ok(text) => Ok(text.value),
        Err(problem) if problem.kind == crate::model::ProblemKind::NotFound => Ok(Text::default()),
        Err(problem) => Err(problem),
    }
}
