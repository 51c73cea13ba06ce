//! A node's clock differs from the controller's: builds get wrong times, and credentials are refused.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::{Span, Text};

/// See the module.
#[derive(Debug)]
pub struct ClockSkew;

impl Rule for ClockSkew {
    fn name(&self) -> &'static str {
        "clock-skew"
    }

    fn about(&self) -> &'static str {
        "a node's clock differs from the controller's by more than the limit"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        for node in sight.jenkins.nodes.get().into_iter().flatten().filter(|n| !n.offline) {
            let Some(diff) = node.monitors.clock_diff else { continue };
            let size = std::time::Duration::from_millis(diff.unsigned_abs());
            if size < sight.limits.clock_diff {
                continue;
            }
            let way = if diff > 0 { "ahead of" } else { "behind" };
            let why = Text::line(&format!("its clock is {} {way} the controller's", Span(size)));
            let about = About::Node(node.path.clone());
            out.push(sight.bell(self.name(), Severity::Warning, about, node.name.clone()).why(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bells::testing::rung;
    use crate::insight::testing::{jenkins, node};

    #[test]
    fn rings_either_way_and_not_within_the_limit() {
        let with = |name: &str, diff| {
            let mut node = node(name, &[]);
            node.monitors.clock_diff = diff;
            node
        };
        let nodes = vec![with("a", Some(90_000)), with("b", Some(-90_000)), with("c", Some(900)), with("d", None)];
        let bells = rung("clock-skew", &jenkins(nodes, vec![]), &vec![]);
        let whys: Vec<_> = bells.iter().map(|b| b.why.as_str()).collect();
        assert_eq!(
            whys,
            ["its clock is 1m 30s ahead of the controller's", "its clock is 1m 30s behind the controller's"]
        );
    }
}
