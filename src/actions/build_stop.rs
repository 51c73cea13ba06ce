//! `jenkins.build.stop`: a running build is broken off.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::Build;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

#[derive(Debug)]
pub struct BuildStop;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.build.stop",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[Param::required("build", Kind::Build, "the build")],
    result: "result: how the build ended",
    needs: "Job/Cancel",
    rescue: false,
    undoable: false,
    example: "{ id: stop, uses: jenkins.build.stop, with: { build: job/tvm/job/PR-1/7 } }",
    doc: "Stops a running build; it ends as ABORTED, unless it ends by itself first. What it has done is lost. Jenkins \
          says *done* to anybody who asks, so the build is looked at until it has ended.",
};

/// How it ended.
fn ended(build: &Build) -> String {
    let how = build.result.map_or("has ended", |r| r.word());
    format!("{} is over: {how}", build.title)
}

impl Verb for BuildStop {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/stop", with.text("build")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        vec![Text::line(&format!("build/{}", with.text("build")))]
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let build = scene.reader.build(&with.build("build")?).await?.value;
            let about = build.pull_request.as_ref().map(|p| Text::line(&format!("PR-{} {}", p.number, p.title)));
            let lost = format!("what {} has done so far is lost", build.title);
            Ok(Prepared {
                on: build.title.clone(),
                about: about.unwrap_or_default(),
                from: Text::from("running"),
                to: Text::from("ABORTED"),
                already: (!build.building).then(|| Text::line(&ended(&build))),
                irreversible: vec![Text::line(&lost)],
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
            operator.stop_build(permit, &with.build("build")?).await?;
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
            let build = scene.reader.build(&with.build("build")?).await?.value;
            Ok(if build.building {
                Sighting::Before(Text::line(&format!("{} still runs", build.title)))
            } else {
                Sighting::Done(Text::line(&ended(&build)), json!({ "result": build.result }))
            })
        })
    }
}
