//! Something waits for a label that no node can serve: it will wait for ever.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;
use crate::insight::LabelState;

/// See the module.
#[derive(Debug)]
pub struct LabelWithoutNodes;

impl Rule for LabelWithoutNodes {
    fn name(&self) -> &'static str {
        "label-without-nodes"
    }

    fn about(&self) -> &'static str {
        "items wait for a label that no node has, or whose nodes are all offline"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        if sight.jenkins.nodes.get().is_none() {
            return;
        }
        for state in sight.diagnoses.labels.waiting() {
            let Some(what) = impossible(state) else { continue };
            let items = if state.waiting == 1 { "item waits" } else { "items wait" };
            let name = if state.label.is_empty() { Text::line("any node") } else { state.label.clone() };
            let about = About::Label(state.label.clone());
            out.push(
                sight
                    .bell(self.name(), Severity::Critical, about, name)
                    .since(state.oldest.map(|t| sight.ours(t)))
                    .why(format!("{} {items}, and {what}", state.waiting)),
            );
        }
    }
}

fn impossible(state: &LabelState) -> Option<String> {
    let capacity = &state.capacity;
    if let Some(error) = &state.error {
        return Some(format!("the label expression cannot be read: {error}"));
    }
    if capacity.fleet.is_some() || capacity.accepting > 0 {
        return None;
    }
    Some(match (capacity.nodes, capacity.marked) {
        (0, _) => "no node has this label".to_owned(),
        (1, 1) => "its only node is marked offline".to_owned(),
        (1, _) => "its only node is offline".to_owned(),
        (nodes, 0) => format!("all {nodes} of its nodes are offline"),
        (nodes, marked) => format!("all {nodes} of its nodes are offline, {marked} of them marked so"),
    })
}

#[cfg(test)]
mod tests {
    use crate::bells::testing::rung;
    use crate::insight::testing::{item, jenkins, node};
    use crate::model::Reading;

    #[test]
    fn rings_for_labels_nobody_has_and_for_those_all_offline() {
        let mut off = node("arm-1", &["ARM"]);
        off.offline = true;
        let queue = vec![item(1, "GPU"), item(2, "ARM"), item(3, "ARM"), item(4, "CPU")];
        let mut jenkins = jenkins(vec![off, node("cpu-1", &["CPU"])], queue);
        let bells = rung("label-without-nodes", &jenkins, &vec![]);
        let whys: Vec<_> = bells.iter().map(|b| (b.subject.as_str(), b.why.as_str())).collect();
        assert_eq!(
            whys,
            [
                ("ARM", "2 items wait, and its only node is offline"),
                ("GPU", "1 item waits, and no node has this label")
            ]
        );
        jenkins.nodes = Reading::default();
        assert!(rung("label-without-nodes", &jenkins, &vec![]).is_empty());
    }
}
