//! A node has been marked offline for long: perhaps it was forgotten.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;
use crate::model::NodeState;

/// See the module.
#[derive(Debug)]
pub struct NodeMarkedLong;

impl Rule for NodeMarkedLong {
    fn name(&self) -> &'static str {
        "node-marked-long"
    }

    fn about(&self) -> &'static str {
        "a node has been draining or marked offline longer than the limit"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        for node in sight.jenkins.nodes.get().into_iter().flatten().filter(|n| n.temporarily_offline) {
            let Some(cause) = &node.cause else { continue };
            let Some(since) = cause.since.filter(|s| sight.there().since(*s) >= sight.limits.node_marked) else {
                continue;
            };
            let reason = if cause.reason.is_empty() { "no reason given" } else { cause.reason.as_str() };
            let what = if node.state() == NodeState::Draining { "still draining" } else { "marked offline" };
            out.push(
                sight
                    .bell(self.name(), Severity::Info, About::Node(node.path.clone()), node.name.clone())
                    .since(Some(sight.ours(since)))
                    .why(Text::line(&format!("{what}: {reason}")))
                    .answer(Some("return-node")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, jenkins, node};
    use crate::model::{OfflineCause, OfflineKind};

    #[test]
    fn rings_after_a_day_not_before() {
        let with = |name: &str, since| {
            let mut node = node(name, &[]);
            (node.offline, node.temporarily_offline) = (true, true);
            let cause = OfflineCause { kind: OfflineKind::User, reason: "new disk".into(), detail: "".into(), since };
            node.cause = Some(cause);
            node
        };
        let nodes = vec![with("a", Some(ago(90_000))), with("b", Some(ago(3600))), with("c", None)];
        let bells = rung("node-marked-long", &jenkins(nodes, vec![]), &vec![]);
        assert_eq!(bells.len(), 1);
        assert_eq!((bells[0].subject.as_str(), bells[0].why.as_str()), ("a", "marked offline: new disk"));
        assert_eq!(bells[0].runbook, Some("return-node"));
    }
}
