//! Little is left on a node's disk: builds there will fail soon.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;
use crate::model::Disk;

/// See the module.
#[derive(Debug)]
pub struct DiskLow;

impl Rule for DiskLow {
    fn name(&self) -> &'static str {
        "disk-low"
    }

    fn about(&self) -> &'static str {
        "less is free on a node's disk, or where it keeps temporary files, than the limit"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        for node in sight.jenkins.nodes.get().into_iter().flatten() {
            let disks = [&node.monitors.disk, &node.monitors.temp];
            let lowest = disks.into_iter().flatten().filter(|d| d.free < sight.limits.disk_free).min_by_key(|d| d.free);
            let Some(disk) = lowest else { continue };
            let severity = if disk.free < sight.limits.disk_free / 4 { Severity::Critical } else { Severity::Warning };
            let answer = (!node.temporarily_offline).then_some("drain-node");
            out.push(
                sight
                    .bell(self.name(), severity, About::Node(node.path.clone()), node.name.clone())
                    .since(disk.at.map(|at| sight.ours(at)))
                    .why(words(disk))
                    .answer(answer),
            );
        }
    }
}

fn words(disk: &Disk) -> Text {
    let gigabytes = |bytes: u64| format!("{}.{}", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000);
    let of = disk.total.map(|total| format!(" of {}", total / 1_000_000_000)).unwrap_or_default();
    Text::line(&format!("disk {}{of} GB left on {}", gigabytes(disk.free), disk.path))
}

#[cfg(test)]
mod tests {
    use crate::bells::Severity;
    use crate::bells::testing::rung;
    use crate::insight::testing::{ago, jenkins, node};
    use crate::model::Disk;

    #[test]
    fn rings_below_the_limit_and_louder_below_a_quarter_of_it() {
        let with = |name: &str, free| {
            let mut node = node(name, &[]);
            let disk = Disk { path: "/home/jenkins".into(), free, total: Some(500_000_000_000), at: Some(ago(9)) };
            node.monitors.disk = Some(disk);
            node
        };
        let mut marked = with("c", 4_000_000_000);
        marked.temporarily_offline = true;
        let nodes = vec![with("a", 4_000_000_000), with("b", 800_000_000), marked, with("d", 50_000_000_000)];
        let bells = rung("disk-low", &jenkins(nodes, vec![]), &vec![]);
        assert_eq!(bells.len(), 3);
        assert_eq!((bells[0].severity, bells[0].subject.as_str()), (Severity::Critical, "b"));
        assert_eq!(bells[0].why, "disk 0.8 of 500 GB left on /home/jenkins");
        assert_eq!((bells[1].runbook, bells[2].runbook), (Some("drain-node"), None));
    }
}
