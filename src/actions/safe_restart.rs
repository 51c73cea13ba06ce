//! `jenkins.safe_restart`: the controller restarts once nothing keeps it.
use serde_json::{Value, json};

use crate::base::Text;
use crate::gate::Permit;
use crate::model::Controller;
use crate::runbook::{Class, Risk, VerbSpec};
use crate::sources::jenkins::Operator;

use super::controller_state::{lock, on, read, says, state};
use super::{Args, Doing, Prepared, Scene, Sighting, UndoPrepared, Verb};

#[derive(Debug)]
pub struct SafeRestart;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.safe_restart",
    version: 1,
    class: Class::Set,
    least_risk: Risk::High,
    params: &[],
    result: "session: the session before the restart, to wait for another (`jenkins.wait_ready`)",
    needs: "Overall/Administer, or Overall/Manage where it is switched on",
    rescue: false,
    undoable: true,
    example: "{ id: restart, uses: jenkins.safe_restart }",
    doc: "Restarts the controller as soon as no freestyle build runs. Pipelines are not waited for: they go on afterwards, \
          but for steps whose agent is lost. Told from no restart by the session, which only a start changes. Undone, until \
          it begins, by ending the quiet-down that it began.",
};

fn session(before: &Value) -> &str {
    before.get("session").and_then(Value::as_str).unwrap_or_default()
}

/// A restart that has begun, or waits, or not: a session that changed is the only sure sign.
fn judge(controller: &Controller, before: &Value, answered: bool, says: &Text) -> Sighting {
    let output = json!({ "session": session(before) });
    let was_quiet = before.get("quieting") == Some(&Value::Bool(true));
    if controller.session != *session(before) {
        Sighting::Done(Text::line(&format!("it has restarted: session {}", controller.session)), output)
    } else if controller.quieting_down && (answered || !was_quiet) {
        Sighting::Done(Text::line(&format!("{says}; it restarts once nothing keeps it")), output)
    } else if controller.quieting_down {
        Sighting::Unclear(Text::line(&format!("{says}, as before: whether a restart waits is not told")))
    } else {
        Sighting::Before(says.clone())
    }
}

impl Verb for SafeRestart {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, _with: Args<'_>) -> Text {
        Text::from("POST /safeRestart")
    }

    fn locks(&self, _with: Args<'_>) -> Vec<Text> {
        lock()
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let (on, about) = on(scene, &controller);
            let mut warnings = vec![Text::from(
                "Pipelines are not waited for: they go on after the restart, but for steps whose agent is lost by it",
            )];
            if controller.quieting_down {
                warnings.push(Text::line(&format!("{}: this takes its reason away", says(scene, &controller))));
            }
            Ok(Prepared {
                on,
                about,
                from: state(&controller),
                to: Text::from("restarted, once no freestyle build runs"),
                before: json!({ "session": controller.session, "quieting": controller.quieting_down }),
                warnings,
                irreversible: vec![Text::from("a restart that has begun; nobody can work with Jenkins meanwhile")],
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
            operator.safe_restart(permit).await?;
            Ok(json!({ "answered": true }))
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        _with: Args<'a>,
        before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            Ok(judge(&controller, before, !handle.is_null(), &says(scene, &controller)))
        })
    }

    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>, before: &'a Value) -> Doing<'a, UndoPrepared> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if controller.session != *session(before) {
                UndoPrepared::NotOurs(Text::from("it has restarted: that cannot be taken back"))
            } else if !controller.quieting_down {
                UndoPrepared::Already(says)
            } else if before.get("quieting") == Some(&Value::Bool(true)) {
                UndoPrepared::NotOurs(Text::line(&format!("{says}, as it was before the run: it stays so")))
            } else if !controller.quiet_down_reason.is_empty() {
                UndoPrepared::NotOurs(Text::line(&format!(
                    "{says}: somebody gave it that reason since, and it stays so"
                )))
            } else {
                UndoPrepared::Ready
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

    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>, before: &'a Value) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let controller = read(scene).await?;
            let says = says(scene, &controller);
            Ok(if controller.session != *session(before) {
                Sighting::Unclear(Text::from("it restarted before that could be called off"))
            } else if controller.quieting_down {
                Sighting::Before(says)
            } else {
                Sighting::Done(says, Value::Null)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mode, Who};

    fn controller(session: &str, quieting_down: bool) -> Controller {
        Controller {
            version: "2.528.3".into(),
            session: session.into(),
            mode: Mode::Exclusive,
            quieting_down,
            quiet_down_reason: Text::default(),
            description: Text::default(),
            use_crumbs: true,
            who: Who { name: "op2".into(), anonymous: false },
        }
    }

    #[test]
    fn only_a_new_session_or_a_new_quiet_down_shows_that_it_was_heard() {
        let see = |session: &str, now: bool, before: bool, answered: bool| {
            let before = json!({ "session": "aa", "quieting": before });
            judge(&controller(session, now), &before, answered, &Text::default())
        };
        assert!(matches!(see("bb", false, false, false), Sighting::Done(..)));
        assert!(matches!(see("aa", true, false, false), Sighting::Done(..)));
        assert!(matches!(see("aa", true, true, true), Sighting::Done(..)));
        assert!(matches!(see("aa", true, true, false), Sighting::Unclear(_)));
        assert!(matches!(see("aa", false, false, true), Sighting::Before(_)));
        assert!(matches!(see("bb", true, true, false), Sighting::Done(..)));
    }
}
