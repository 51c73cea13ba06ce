//! `jenkins.wait_ready`: waits until the controller is up, after a restart perhaps.
use serde_json::json;

use crate::base::Text;
use crate::model::Controller;
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};

use super::controller_state::{on, read};
use super::{Args, Doing, Poll, Prepared, Scene, Verb};

#[derive(Debug)]
pub struct WaitReady;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.wait_ready",
    version: 1,
    class: Class::Wait,
    least_risk: Risk::Low,
    params: &[
        Param::optional("session", Kind::Text, "the session before the restart; another must have begun"),
        Param::optional("version", Kind::Text, "the version that must have come up: 2.528.3"),
    ],
    result: "session and version of the controller",
    needs: "Overall/Read",
    rescue: false,
    undoable: false,
    example: "{ id: ready, uses: jenkins.wait_ready, with: { version: 2.528.3 }, timeout: 30m, on_timeout: ask }",
    doc: "Waits until the controller answers and is not quieting down; in a new session if the old one is given, which is \
          the only sure sign of a restart. It fails when it comes up in another version than is wanted.",
};

impl Verb for WaitReady {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        let version = with.text("version");
        let as_version = if version.is_empty() { String::new() } else { format!(" as {version}") };
        let again = if with.text("session").is_empty() { "" } else { " again" };
        Text::line(&format!("waits until the controller is up{again}{as_version}"))
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, _with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let (on, about) = on(scene, &read(scene).await?);
            Ok(Prepared { on, about, ..Prepared::default() })
        })
    }

    fn poll<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Poll> {
        Box::pin(async move {
            let controller = read(scene).await?;
            Ok(judge(&controller, &with.text("session"), &with.text("version")))
        })
    }
}

fn judge(controller: &Controller, old: &str, version: &str) -> Poll {
    let waiting = |says: &str| Poll::Waiting { says: Text::line(says), left: None };
    if !old.is_empty() && controller.session == *old {
        return waiting(match controller.quieting_down {
            true => "it has not restarted yet: builds still keep it",
            false => "it has not restarted, and is not quieting down: somebody may have called the restart off",
        });
    }
    if !version.is_empty() && controller.version != *version {
        let says = format!("it is up as {}, and not as {version}", controller.version);
        return if old.is_empty() { waiting(&says) } else { Poll::Failed(Text::line(&says)) };
    }
    if controller.quieting_down {
        return waiting("it is up, and quieting down");
    }
    let says = Text::line(&format!("it is up: {}, session {}", controller.version, controller.session));
    Poll::Done { says, output: json!({ "session": controller.session, "version": controller.version }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mode, Who};

    fn see(session: &str, quiet: bool, old: &str, version: &str) -> Poll {
        let controller = Controller {
            version: "2.528.3".into(),
            session: session.into(),
            mode: Mode::Exclusive,
            quieting_down: quiet,
            quiet_down_reason: Text::default(),
            description: Text::default(),
            use_crumbs: true,
            who: Who { name: "op2".into(), anonymous: false },
        };
        judge(&controller, old, version)
    }

    #[test]
    fn it_is_ready_in_a_new_session_of_the_right_version_only() {
        assert!(matches!(see("bb", false, "aa", "2.528.3"), Poll::Done { .. }));
        assert!(matches!(see("bb", false, "", ""), Poll::Done { .. }));
        assert!(matches!(see("bb", true, "aa", ""), Poll::Waiting { .. }));
        assert!(matches!(see("aa", true, "aa", ""), Poll::Waiting { .. }));
        assert!(matches!(see("aa", false, "aa", ""), Poll::Waiting { .. }));
        assert!(matches!(see("bb", false, "aa", "2.540.1"), Poll::Failed(_)));
        assert!(matches!(see("bb", false, "", "2.540.1"), Poll::Waiting { .. }));
    }
}
