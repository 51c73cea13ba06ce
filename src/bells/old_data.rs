//! A controller cannot be read: everything shown of it is old.
use std::time::Duration;

use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;
use crate::model::{Problem, Reading, ReadingState};

/// See the module.
#[derive(Debug)]
pub struct OldData;

/// A restart takes half a minute; shorter failures are nobody's business.
const CRITICAL_AFTER: Duration = Duration::from_secs(60);

impl Rule for OldData {
    fn name(&self) -> &'static str {
        "old-data"
    }

    fn about(&self) -> &'static str {
        "a controller, or a part of what it says, cannot be read"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let j = sight.jenkins;
        let parts = [
            ("the controller", failing(&j.controller)),
            ("its nodes", failing(&j.nodes)),
            ("its queue", failing(&j.queue)),
            ("its builds", failing(&j.builds)),
            ("its jobs", failing(&j.jobs)),
            ("its fleets", failing(&j.fleets)),
        ];
        let failed: Vec<_> = parts.iter().filter_map(|(name, f)| Some((*name, (*f)?))).collect();
        let Some((_, (since, problem))) = failed.iter().min_by_key(|(_, (since, _))| *since) else { return };
        let whole = failed.iter().any(|(name, _)| *name == "the controller");
        let long = sight.now.since(*since) >= CRITICAL_AFTER;
        let severity = if whole && long { Severity::Critical } else { Severity::Warning };
        let what = if whole {
            format!("{problem}")
        } else {
            let names: Vec<_> = failed.iter().map(|(name, _)| *name).collect();
            format!("cannot read {}: {problem}", names.join(", "))
        };
        let subject = Text::line(sight.id.as_str());
        out.push(
            sight.bell(self.name(), severity, About::Controller, subject).since(Some(*since)).why(Text::line(&what)),
        );
    }
}

fn failing<T>(reading: &Reading<T>) -> Option<(crate::base::Time, &Problem)> {
    match &reading.state {
        ReadingState::Failing { since, problem, .. } => Some((*since, problem)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::bells::Severity;
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, jenkins, now};
    use crate::model::{Problem, ProblemKind, ReadingState};

    #[test]
    fn one_bell_a_controller_critical_after_a_minute() {
        let mut jenkins = jenkins(vec![], vec![]);
        assert!(rung("old-data", &jenkins, &vec![]).is_empty());
        let failing = |since| ReadingState::Failing {
            since,
            problem: Problem::new(ProblemKind::TimedOut, "no answer from prod within 10s", "it may be overloaded"),
            next_try: now(),
        };
        jenkins.queue.state = failing(ago(200));
        let bells = rung("old-data", &jenkins, &vec![]);
        assert_eq!(bells[0].severity, Severity::Warning);
        assert!(bells[0].why.starts_with("cannot read its queue: no answer"), "{}", bells[0].why);
        jenkins.controller.state = failing(ago(100));
        let bells = rung("old-data", &jenkins, &vec![]);
        assert_eq!((bells.len(), bells[0].severity, bells[0].since), (1, Severity::Critical, Some(ago(200))));
    }
}
