//! Items wait long for their label.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::{Span, Text};
use crate::insight::{Capacity, LabelState};

/// See the module.
#[derive(Debug)]
pub struct QueueWaits;

impl Rule for QueueWaits {
    fn name(&self) -> &'static str {
        "queue-waits"
    }

    fn about(&self) -> &'static str {
        "items wait for a label longer than the limit; critical at four times the limit"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let quieting = sight.jenkins.controller.get().is_some_and(|c| c.quieting_down);
        for state in sight.diagnoses.labels.waiting() {
            let Some(wait) = state.wait(sight.there()) else { continue };
            let possible = state.capacity.accepting > 0 || state.capacity.fleet.is_some();
            if quieting || wait < sight.limits.queue_wait || !possible || state.error.is_some() {
                continue;
            }
            let severity = if wait >= sight.limits.queue_wait * 4 { Severity::Critical } else { Severity::Warning };
            let name = if state.label.is_empty() { Text::line("any node") } else { state.label.clone() };
            out.push(
                sight
                    .bell(self.name(), severity, About::Label(state.label.clone()), name)
                    .since(state.oldest.map(|t| sight.ours(t)))
                    .why(words(state, Span(wait))),
            );
        }
    }
}

fn words(state: &LabelState, wait: Span) -> Text {
    let items = if state.waiting == 1 { "item waits" } else { "items wait" };
    let free = state.capacity.free;
    let why = match &state.capacity {
        Capacity { fleet: Some(fleet), busy, .. } if fleet.at_maximum() => {
            format!("fleet at its maximum, {} in service, {busy} busy", fleet.active)
        }
        Capacity { fleet: Some(fleet), .. } if fleet.starting() > 0 => {
            format!("fleet is starting {}", fleet.starting())
        }
        _ if free > 0 => format!("although {free} of {} executors are free", state.capacity.accepting),
        Capacity { offline, marked, nodes, .. } if offline + marked > 0 => {
            format!("{} of {nodes} nodes offline, the others busy", offline + marked)
        }
        capacity => format!("{} of {} executors busy", capacity.working(), capacity.accepting),
    };
    Text::line(&format!("{} {items}, oldest {wait}; {why}", state.waiting))
}

#[cfg(test)]
mod tests {
    use crate::bells::Severity;
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, busy, item, jenkins, node};

    #[test]
    fn rings_by_label_and_louder_at_four_times_the_limit() {
        let mut long = item(1, "CPU");
        long.since = ago(900);
        let mut longer = item(2, "GPU");
        longer.since = ago(2_500);
        let nodes = vec![busy(node("c", &["CPU"]), "x", 1, 9, 99), node("g", &["GPU"]), node("a", &["ARM"])];
        let bells = rung("queue-waits", &jenkins(nodes, vec![long, longer, item(3, "ARM")]), &vec![]);
        let rung: Vec<_> = bells.iter().map(|b| (b.subject.as_str(), b.severity, b.why.as_str())).collect();
        assert_eq!(
            rung,
            [
                ("GPU", Severity::Critical, "1 item waits, oldest 41m 40s; although 1 of 1 executors are free"),
                ("CPU", Severity::Warning, "1 item waits, oldest 15m; 1 of 1 executors busy"),
            ]
        );
    }
}
