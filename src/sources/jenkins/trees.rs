//! What is asked for: the list of reads and the `tree=` of each, so that no call ever needs `depth`.

/// Every path that a `Reader` may ask for (`wire::ReadOnlyList`).
pub const READS: [&str; 19] = [
    "api/json",
    "whoAmI/api/json",
    "crumbIssuer/api/json",
    "computer/api/json",
    "computer/*/api/json",
    "computer/*/config.xml",
    "computer/*/logText/progressiveText",
    "queue/api/json",
    "queue/item/#/api/json",
    "job+/api/json",
    "job+/config.xml",
    "job+/indexing/consoleText",
    "job+/#/api/json",
    "job+/#/logText/progressiveText",
    "job+/#/stages/tree",
    "job+/#/pipeline-overview/tree",
    "job+/#/wfapi/describe",
    "blue/rest/organizations/jenkins/pipelines|branches+/runs/#/nodes/",
    "ec2-fleet/stats",
];

/// `/api/json`.
pub const ROOT: &str = "mode,quietingDown,quietDownReason,description,useCrumbs";

/// `/whoAmI/api/json`.
pub const WHO: &str = "name,anonymous,authenticated";

const EXECUTOR: &str =
    "[idle,likelyStuck,number,progress,currentExecutable[number,url,fullDisplayName,timestamp,estimatedDuration]]";

/// One node.
pub fn node() -> String {
    format!(
        "displayName,description,idle,offline,temporarilyOffline,offlineCauseReason,\
         offlineCause[timestamp,description,message],jnlpAgent,launchSupported,numExecutors,assignedLabels[name],\
         monitorData[*],executors{EXECUTOR},oneOffExecutors{EXECUTOR}"
    )
}

/// A page of nodes.
pub fn nodes(from: usize, to: usize) -> String {
    format!("computer[{}]{{{from},{to}}}", node())
}

/// One queue item.
pub const ITEM: &str = "id,why,blocked,buildable,pending,stuck,cancelled,inQueueSince,buildableStartMilliseconds,timestamp,\
     actions[causes[shortDescription,userId,userName],parameters[name,value]],\
     task[name,fullName,fullDisplayName,url],executable[number,url]";

/// A page of the queue.
pub fn queue(from: usize, to: usize) -> String {
    format!("items[{ITEM}]{{{from},{to}}}")
}

/// One build.
pub const BUILD: &str = "number,url,fullDisplayName,building,result,timestamp,duration,estimatedDuration,builtOn,queueId,\
     description,actions[causes[shortDescription,userId,userName],parameters[name,value],lastBuiltRevision[SHA1]]";

/// The newest builds of one job.
pub fn builds(count: usize) -> String {
    format!("builds[{BUILD}]{{0,{count}}}")
}

/// One job, before something is done with it.
pub const JOB_DETAIL: &str = "name,fullName,buildable,inQueue,nextBuildNumber,jobs[name],\
     property[parameterDefinitions[name,choices,defaultParameterValue[value]]]";

const JOB: &str = "name,fullName,displayName,url,color,buildable,inQueue,lastBuild[number,building,timestamp],\
     actions[contributor,contributorDisplayName,objectUrl,objectDisplayName]";

/// A page of the jobs below a folder, and `depth` levels of what is below them.
pub fn jobs(depth: usize, from: usize, to: usize) -> String {
    let range = format!("{{{from},{to}}}");
    let below = (0..depth).fold(String::new(), |inner, _| {
        let comma = if inner.is_empty() { "" } else { "," };
        format!("jobs[{JOB}{comma}{inner}]{{0,{}}}", to.saturating_sub(from))
    });
    let comma = if below.is_empty() { "" } else { "," };
    format!("jobs[{JOB}{comma}{below}]{range}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_lists_are_all_bounded() {
        let tree = jobs(2, 500, 1000);
        assert_eq!(tree.matches("jobs[").count(), 3);
        assert_eq!(tree.matches("{0,500}").count(), 2);
        assert!(tree.ends_with("{500,1000}"), "{tree}");
        for tree in [tree, nodes(0, 10), queue(0, 10), builds(5)] {
            let opened = tree.matches('[').count();
            assert_eq!(opened, tree.matches(']').count(), "{tree}");
        }
    }
}
