//! `jenkins.cancel_quiet_down`: the controller takes builds again.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::runbook::{Class, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::controller_state::{lock, on, read, says, state};
use super::mark::run_of;
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct CancelQuietDown;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.cancel_quiet_down",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[],
    result: "was: why it was quieting down",
    needs: "Overall/Administer, or Overall/Manage where it is switched on",
    rescue: true,
    undoable: true,
    example: "{ id: open, uses: jenkins.cancel_quiet_down }",
    doc: "Ends quieting down, whoever began it: builds start again and paused Pipelines go on. A safe restart that waits is \
          called off by it. Undone by quieting down again with the same reason; a restart is not asked for again.",
};

impl Verb for CancelQuietDown {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, _with: Args<'_>) -> Text {
        Text::from("POST /cancelQuietDown")
    }

    fn locks(&self, _with: Args<'_>) -> Vec<Text> {
        lock()
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let (on, about) = on(scene, &controller);
            let reason = controller.quiet_down_reason.clone();
            let mut warnings = vec![Text::from("a safe restart that waits is called off by it, without a word")];
            if reason.is_empty() {
                warnings.push(Text::from("it does not say why it is quieting down: a restart may well be what waits"));
            } else if !run_of(&reason).is_some_and(scene.ours) {
                warnings.push(Text::line(&format!("somebody else began it: {reason}")));
            }
            Ok(Prepared {
                on,
                about,
                from: state(&controller),
                to: Text::from("takes builds"),
                before: json!({ "quieting": controller.quieting_down, "reason": reason }),
                already: (!controller.quieting_down).then(|| says(scene, &controller)),
                warnings: if controller.quieting_down { warnings } else { Vec::new() },
                ..Prepared::default()
            })
        })
    }

    fn execute<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        _with: Args<'a>,
        _before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            operator.cancel_quiet_down(permit).await?;
            Ok(Value::Null)
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        _with: Args<'a>,
        before: &'a Value,
        _handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            let same = before.get("reason").and_then(Value::as_str) == Some(controller.quiet_down_reason.as_str());
            Ok(if !controller.quieting_down {
                Sighting::Done(says, json!({ "was": before.get("reason") }))
            } else if same {
                Sighting::Before(says)
            } else {
                Sighting::Unclear(Text::line(&format!("{says}: somebody quieted it down again meanwhile")))
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
            Ok(match controller.quieting_down {
                true => UndoPrepared::Already(says(scene, &controller)),
                false => UndoPrepared::Ready,
            })
        })
    }

    fn undo<'a>(
        &'a self,
        _scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        _with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, ()> {
        Box::pin(async move {
            let reason = Text::line(before.get("reason").and_then(Value::as_str).unwrap_or_default());
            operator.quiet_down(permit, &reason).await
        })
    }

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>, _before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if controller.quieting_down { Sighting::Done(says, Value::Null) } else { Sighting::Before(says) })
        })
    }
}
