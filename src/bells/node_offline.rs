//! A node is not connected and nobody meant it so.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;
use crate::model::{Node, NodeKind, NodeState, OfflineKind};

/// See the module.
#[derive(Debug)]
pub struct NodeOffline;

impl Rule for NodeOffline {
    fn name(&self) -> &'static str {
        "node-offline"
    }

    fn about(&self) -> &'static str {
        "a node has been offline longer than the limit and nobody marked it so"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let nodes = sight.jenkins.nodes.get().into_iter().flatten();
        for node in nodes.filter(|n| n.state() == NodeState::Offline && unplanned(n)) {
            let since = node.cause.as_ref().and_then(|c| c.since);
            if since.is_some_and(|s| sight.there().since(s) < sight.limits.node_offline) {
                continue;
            }
            let severity = if last_of_a_label(sight, node) { Severity::Critical } else { Severity::Warning };
            out.push(
                sight
                    .bell(self.name(), severity, About::Node(node.path.clone()), node.name.clone())
                    .since(since.map(|s| sight.ours(s)))
                    .why(words(node)),
            );
        }
    }
}

/// Nodes of a fleet come without ever having been connected, and go when idle.
fn unplanned(node: &Node) -> bool {
    let kind = node.cause.as_ref().map(|c| c.kind);
    match kind {
        Some(OfflineKind::Idle) => false,
        Some(OfflineKind::NeverConnected) | None => node.kind != NodeKind::Autoscaled,
        Some(_) => true,
    }
}

fn last_of_a_label(sight: &Sight<'_>, node: &Node) -> bool {
    let labels = node.labels.iter().filter_map(|l| sight.diagnoses.labels.get(l));
    labels.into_iter().any(|l| l.waiting > 0 && l.capacity.accepting == 0)
}

fn words(node: &Node) -> Text {
    let reason = node.cause.as_ref().map(|c| c.reason.as_str()).filter(|r| !r.is_empty());
    Text::line(&match (node.cause.as_ref().map(|c| c.kind), reason) {
        (None | Some(OfflineKind::NeverConnected), None) => "offline: it has never connected".to_owned(),
        (_, None) => "offline, and the controller does not say why".to_owned(),
        (_, Some(reason)) => format!("offline: {reason}"),
    })
}

#[cfg(test)]
mod tests {
    use crate::bells::Severity;
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, item, jenkins, node};
    use crate::model::{OfflineCause, OfflineKind};

    #[test]
    fn rings_for_what_nobody_meant() {
        let with = |name: &str, kind, since| {
            let mut node = node(name, &[name.split('-').next().unwrap()]);
            node.offline = true;
            let reason = "Connection was broken".into();
            node.cause = Some(OfflineCause { kind, reason, detail: "".into(), since: Some(ago(since)) });
            node
        };
        let mut marked = with("d-1", OfflineKind::User, 9_999);
        marked.temporarily_offline = true;
        let nodes = vec![
            with("a-1", OfflineKind::Channel, 600),
            with("b-1", OfflineKind::Channel, 5),
            with("c-1", OfflineKind::Idle, 600),
            marked,
            with("i-1", OfflineKind::NeverConnected, 600),
            with("gpu-1", OfflineKind::LaunchFailed, 300),
        ];
        let bells = rung("node-offline", &jenkins(nodes, vec![item(1, "gpu")]), &vec![]);
        let rung: Vec<_> = bells.iter().map(|b| (b.subject.as_str(), b.severity)).collect();
        assert_eq!(rung, [("gpu-1", Severity::Critical), ("a-1", Severity::Warning)]);
        assert_eq!(bells[1].why, "offline: Connection was broken");
    }
}
