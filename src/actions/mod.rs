//! The verbs, a file each: what a verb is, how it is planned, done, looked for and undone, all in one place.
mod args;
mod build_params;
mod build_start;
mod build_stop;
mod build_wait;
mod cancel_quiet_down;
mod controller_state;
mod job_disable;
mod job_enable;
mod job_state;
mod mark;
mod node_connect;
mod node_delete;
mod node_disconnect;
mod node_mark_again;
mod node_offline;
mod node_online;
mod node_set_labels;
mod node_state;
mod node_wait_connected;
mod node_wait_idle;
mod queue_cancel;
mod quiet_down;
mod safe_restart;
mod scan;
mod verb;
mod wait_ready;

pub use args::Args;
pub use mark::{mark, run_of};
pub use verb::{Doing, Poll, Prepared, Scene, Sighting, UndoPrepared, Verb};

/// Every verb that there is. Check, documents, plans and crash tests walk this list.
pub const VERBS: &[&dyn Verb] = &[
    &node_offline::NodeOffline,
    &node_online::NodeOnline,
    &node_wait_idle::NodeWaitIdle,
    &node_set_labels::NodeSetLabels,
    &node_mark_again::NodeMarkAgain,
    &node_disconnect::NodeDisconnect,
    &node_connect::NodeConnect,
    &node_wait_connected::NodeWaitConnected,
    &node_delete::NodeDelete,
    &queue_cancel::QueueCancel,
    &build_start::BuildStart,
    &build_wait::BuildWait,
    &build_stop::BuildStop,
    &job_disable::JobDisable,
    &job_enable::JobEnable,
    &scan::Scan,
    &quiet_down::QuietDown,
    &cancel_quiet_down::CancelQuietDown,
    &safe_restart::SafeRestart,
    &wait_ready::WaitReady,
];

/// A verb by name.
pub fn verb(name: &str) -> Option<&'static dyn Verb> {
    VERBS.iter().find(|v| v.spec().name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{BUILT_IN, Catalogue, Class};

    #[test]
    fn each_verb_has_a_name_of_its_own_and_an_example_that_passes_the_check() {
        let specs: Vec<_> = VERBS.iter().map(|v| v.spec()).collect();
        for spec in &specs {
            assert_eq!(specs.iter().filter(|s| s.name == spec.name).count(), 1, "{}", spec.name);
            assert!(!spec.doc.is_empty() && !spec.result.is_empty() && !spec.needs.is_empty(), "{}", spec.name);
            assert!(spec.class.has_effect() || !spec.undoable, "{}", spec.name);
            assert!(!matches!(spec.class, Class::Process), "{}: no keeper yet", spec.name);
            let text = format!("runbook: x\ntitle: x\nrisk: critical\nsteps:\n  - {}\n", spec.example);
            let (_, mistakes) = crate::runbook::parse("example", &text, &specs);
            assert!(mistakes.is_empty(), "{}: {mistakes:?}", spec.name);
        }
    }

    #[test]
    fn the_built_in_runbooks_have_no_mistakes_and_undo_each_other() {
        let (catalogue, mistakes) = Catalogue::load(VERBS.iter().map(|v| v.spec()).collect(), &[]);
        assert_eq!(mistakes, []);
        assert_eq!(catalogue.runbooks.len(), BUILT_IN.len());
        for runbook in &catalogue.runbooks {
            if let Some(undo) = &runbook.undo {
                assert!(catalogue.runbook(undo).is_ok(), "{} is undone by {undo}", runbook.name);
            }
            assert!(
                !runbook.about.is_empty() && runbook.inputs.iter().all(|i| !i.about.is_empty()),
                "{}",
                runbook.name
            );
        }
    }
}
