//! `jenkins.job.disable`: nothing new starts of a job.
use serde_json::Value;

use crate::base::Text;
use crate::gate::Permit;
use crate::model::JobKind;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::job_state::{self, lock};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct JobDisable;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.job.disable",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[Param::required("job", Kind::Job, "the job or multibranch project; a branch job cannot be")],
    result: "nothing",
    needs: "Job/Configure",
    rescue: false,
    undoable: true,
    example: "{ id: disable, uses: jenkins.job.disable, with: { job: tvm-gpu } }",
    doc: "Disables a job or a multibranch project: nothing new starts of it, what runs goes on, its items in the queue are \
          cancelled. Undone by enabling it, if it is still disabled.",
};

impl Verb for JobDisable {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        Text::line(&format!("POST /{}/disable", with.job("job")))
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        lock(with)
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let (job, mut prepared) = job_state::prepare(scene, with, true).await?;
            if job.kind == JobKind::Multibranch {
                let says = "a scan of it is refused from then on; one of its branch jobs can still be started by hand";
                prepared.warnings.push(Text::from(says));
            }
            if job.in_queue {
                prepared.irreversible.push(Text::from("its item in the queue is cancelled by it"));
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
            operator.disable_job(permit, &with.job("job")).await?;
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
        Box::pin(job_state::observe(scene, with, true))
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(job_state::prepare_undo(scene, with, true))
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move { operator.enable_job(permit, &with.job("job")).await })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(job_state::observe_undo(scene, with, true))
    }
}
