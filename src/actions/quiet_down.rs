//! `jenkins.quiet_down`: nothing new starts anywhere on the controller.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::Controller;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::controller_state::{lock, on, read, says, state};
use super::mark::{mark, run_of};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct QuietDown;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.quiet_down",
    version: 1,
    class: Class::Set,
    least_risk: Risk::High,
    params: &[Param::optional("reason", Kind::Text, "why, for everybody who looks at Jenkins")],
    result: "nothing",
    needs: "Overall/Administer, or Overall/Manage where it is switched on",
    rescue: false,
    undoable: true,
    example: r#"{ id: quiet, uses: jenkins.quiet_down, with: { reason: "restart at 18:00" } }"#,
    doc: "Nothing new starts on the whole controller, with a reason that bears the run's name. It is no drain: Pipelines \
          pause after the step they are in and do not end until it is over. Undone only while our reason still stands.",
};

fn ours(controller: &Controller, scene: &Scene<'_>) -> bool {
    controller.quieting_down && run_of(&controller.quiet_down_reason) == Some(scene.run)
}

impl Verb for QuietDown {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, _with: Args<'_>) -> Text {
        Text::from("POST /quietDown")
    }

    fn locks(&self, _with: Args<'_>) -> Vec<Text> {
        lock()
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let (on, about) = on(scene, &controller);
            let to = mark("quieted down", scene.who, scene.run, &with.text("reason"));
            Ok(Prepared {
                on,
                about,
                from: state(&controller),
                to: Text::line(&format!("quieting down \"{to}\"")),
                before: json!({ "quieting": controller.quieting_down }),
                already: controller.quieting_down.then(|| says(scene, &controller)),
                warnings: vec![Text::from(
                    "quiet-down is no drain: running Pipelines pause after their current step and never end while it lasts",
                )],
                ..Prepared::default()
            })
        })
    }

    fn execute<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            operator.quiet_down(permit, &mark("quieted down", scene.who, scene.run, &with.text("reason"))).await?;
            Ok(json!({ "answered": true }))
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        _with: Args<'a>,
        _before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if !controller.quieting_down {
                Sighting::Before(says)
            } else if ours(&controller, scene) || !handle.is_null() {
                Sighting::Done(says, json!({}))
            } else {
                Sighting::Unclear(Text::line(&format!("{says}: somebody else did it meanwhile")))
            })
        })
    }

    fn prepare_undo<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        _with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if !controller.quieting_down {
                UndoPrepared::Already(says)
            } else if ours(&controller, scene) {
                UndoPrepared::Ready
            } else {
                let why = format!("{says}, for another reason than ours (a restart may wait): it stays so");
                UndoPrepared::NotOurs(Text::line(&why))
            })
        })
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        _with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move { operator.cancel_quiet_down(permit).await })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if !controller.quieting_down {
                Sighting::Done(says, Value::Null)
            } else if ours(&controller, scene) {
                Sighting::Before(says)
            } else {
                Sighting::Unclear(Text::line(&format!("{says}: somebody quieted it down again meanwhile")))
            })
        })
    }
}
