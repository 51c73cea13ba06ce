//! A build runs far longer than it should: Jenkins itself marks its executor.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::{Span, Text};
use crate::insight::drain;

/// See the module.
#[derive(Debug)]
pub struct StuckBuild;

impl Rule for StuckBuild {
    fn name(&self) -> &'static str {
        "stuck-build"
    }

    fn about(&self) -> &'static str {
        "Jenkins marks an executor as likely stuck: its build runs far beyond its estimate"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let nodes = sight.jenkins.nodes.get().into_iter().flatten();
        for node in nodes.filter(|n| n.executors.iter().any(|e| e.likely_stuck)) {
            for build in drain(sight.jenkins, node).builds.iter().filter(|b| b.stuck) {
                let over = build.ends.map(|end| sight.there().since(end));
                let over = over.map(|o| format!(", {} over its estimate", Span(o))).unwrap_or_default();
                let about = About::Node(node.path.clone());
                out.push(
                    sight
                        .bell(self.name(), Severity::Warning, about, node.name.clone())
                        .since(build.started.map(|t| sight.ours(t)))
                        .why(Text::line(&format!("likely stuck: {}{over}", build.title))),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bells::testing::rung;
    use crate::insight::testing::{busy, jenkins, node};

    #[test]
    fn rings_for_what_jenkins_marks() {
        let mut stuck = busy(node("a", &[]), "tvm » main", 7, 7_200, 600);
        let fine = stuck.clone();
        stuck.executors[0].likely_stuck = true;
        let bells = rung("stuck-build", &jenkins(vec![stuck, fine], vec![]), &vec![]);
        assert_eq!(bells.len(), 1);
        assert_eq!(bells[0].why, "likely stuck: tvm » main #7, 1h 50m over its estimate");
    }
}
