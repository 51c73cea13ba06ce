//! A run waits for a person's answer.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;

/// See the module.
#[derive(Debug)]
pub struct RunAsks;

impl Rule for RunAsks {
    fn name(&self) -> &'static str {
        "run-asks"
    }

    fn about(&self) -> &'static str {
        "a run asks a question and does nothing until somebody answers"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        for run in sight.runs.iter().filter(|r| r.controller == *sight.id && !r.state.is_over()) {
            let Some(question) = &run.question else { continue };
            let subject = Text::line(&format!("{} {}", run.runbook, run.subject));
            out.push(
                sight
                    .bell(self.name(), Severity::Warning, About::Run(run.id), subject)
                    .since(Some(question.asked_at))
                    .why(Text::line(&format!("asks: {}", question.text))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::bells::testing::rung;
    use crate::bells::{About, run_unfinished::tests::run};
    use crate::insight::testing::{ago, jenkins};
    use crate::run::{Question, RunState};

    #[test]
    fn rings_while_it_asks() {
        let mut asking = run(RunState::Waiting, true);
        asking.question = Some(Question { step: None, text: "go on?".into(), choices: Vec::new(), asked_at: ago(60) });
        let mut over = asking.clone();
        over.state = RunState::Done;
        let bells = rung("run-asks", &jenkins(vec![], vec![]), &vec![Arc::new(asking.clone()), Arc::new(over)]);
        assert_eq!(bells.len(), 1);
        assert_eq!((bells[0].why.as_str(), &bells[0].about), ("asks: go on?", &About::Run(asking.id)));
    }
}
