//! A run was broken off with its console and nobody drives it.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;

/// See the module.
#[derive(Debug)]
pub struct RunUnfinished;

impl Rule for RunUnfinished {
    fn name(&self) -> &'static str {
        "run-unfinished"
    }

    fn about(&self) -> &'static str {
        "a run is unfinished and no console drives it; it can be resumed"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let unfinished = |r: &&std::sync::Arc<crate::run::RunView>| {
            r.controller == *sight.id && !r.here && !r.state.is_over() && r.started_at.is_some()
        };
        for run in sight.runs.iter().filter(unfinished) {
            let subject = Text::line(&format!("{} {}", run.runbook, run.subject));
            let why = Text::line(&format!(
                "run {} of {} is unfinished and nobody drives it: {}",
                run.id, run.by, run.because
            ));
            out.push(
                sight.bell(self.name(), Severity::Warning, About::Run(run.id), subject).since(run.started_at).why(why),
            );
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use crate::base::RunId;
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, jenkins};
    use crate::model::ControllerId;
    use crate::run::{Risk, RunState, RunView};

    pub fn run(state: RunState, here: bool) -> RunView {
        RunView {
            id: RunId::new(0x7f3c_0a91),
            runbook: "drain-node".into(),
            title: "Drain a node".into(),
            subject: "gpu-4".into(),
            controller: ControllerId::new("prod"),
            state,
            risk: Risk::Low,
            by: "op2".into(),
            planned_at: ago(400),
            started_at: Some(ago(360)),
            ended_at: state.is_over().then(|| ago(10)),
            left: None,
            steps: Vec::new(),
            question: None,
            notes: Vec::new(),
            verdicts: Vec::new(),
            here,
            because: "the console was killed".into(),
        }
    }

    #[test]
    fn rings_for_runs_that_nobody_drives() {
        let runs = [(RunState::Running, false), (RunState::Running, true), (RunState::Done, false)]
            .map(|(s, h)| Arc::new(run(s, h)));
        let bells = rung("run-unfinished", &jenkins(vec![], vec![]), &runs.to_vec());
        assert_eq!(bells.len(), 1);
        assert!(bells[0].why.contains("7f3c0a91 of op2 is unfinished"), "{}", bells[0].why);
    }
}
