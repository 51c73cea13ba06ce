//! `jenkins.job.enable`: a disabled job can be built again.
use serde_json::Value;

use crate::base::Text;
use crate::gate::Permit;
use crate::model::JobKind;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::job_state::{self, lock};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct JobEnable;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.job.enable",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Low,
    params: &[Param::required("job", Kind::Job, "the job or multibranch project; a branch job cannot be")],
    result: "nothing",
    needs: "Job/Configure",
    rescue: true,
    undoable: true,
    example: "{ id: enable, uses: jenkins.job.enable, with: { job: tvm-gpu } }",
    doc: "Enables a job or a multibranch project. What was pushed while a project was disabled is found by its next scan.",
};

impl Verb for JobEnable {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/enable", with.job("job")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let (job, mut prepared) = job_state::prepare(scene, with, false).await?;
            if job.kind == JobKind::Multibranch {
                let says = "what was pushed meanwhile is found by its next scan: start one with scan-project";
                prepared.warnings.push(Text::from(says));
            }
            Ok(prepared)
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
            operator.enable_job(permit, &with.job("job")).await?;
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
        Box::pin(job_state::observe(scene, with, false))
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(job_state::prepare_undo(scene, with, false))
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move { operator.disable_job(permit, &with.job("job")).await })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(job_state::observe_undo(scene, with, false))
    }
}
