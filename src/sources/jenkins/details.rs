//! Reads of one thing, made before and after something is done to it.
use serde::Deserialize;

use crate::base::{Text, UrlPath};
use crate::model::{Build, JobDetail, JobKind, JobParam, Node, Problem, ProblemKind};
use crate::wire::Want;

use super::parse::build::{Builds, build};
use super::parse::job::kind;
use super::parse::lenient::{Loose, line, present};
use super::{Answered, Reader, parse, trees};

/// How much of a scan's log is looked at: its beginning says when it began.
const SCAN: u64 = 4 * 1024;

impl Reader {
    /// One job: what it is, what it takes, which number comes next.
    ///
    /// # Errors
    /// As all reads.
    pub async fn job(&self, path: &UrlPath) -> Result<Answered<JobDetail>, Problem> {
        let to = format!("read {path}");
        let asked = self.asked(&to);
        let api = path.join("api/json");
        let raw = self.read(asked, &api, &[("tree", trees::JOB_DETAIL)], Want::LARGE, |raw: RawDetail| raw).await?;
        let parent = match raw.value.class.as_deref().is_some_and(|c| c.ends_with("WorkflowJob")) {
            true => self.parent_kind(path).await?,
            false => JobKind::Folder,
        };
        let path = path.clone();
        Ok(raw.map(|raw| raw.detail(path, parent)))
    }

    /// What holds a job.
    async fn parent_kind(&self, path: &UrlPath) -> Result<JobKind, Problem> {
        let Some((parent, _)) = path.as_str().rsplit_once("/job/") else { return Ok(JobKind::Folder) };
        let parent = UrlPath::encoded(parent);
        if let Some(multibranch) = self.caches().lock().multibranch.get(&parent) {
            return Ok(if *multibranch { JobKind::Multibranch } else { JobKind::Folder });
        }
        let to = format!("read {parent}");
        let query = [("tree", "name")];
        let asked = self.asked(&to);
        let raw = self.read(asked, &parent.join("api/json"), &query, Want::ORDINARY, |raw: RawDetail| raw).await?;
        Ok(kind(raw.value.class.as_deref().unwrap_or(""), JobKind::Folder, false))
    }

    /// A job's newest builds, newest first.
    ///
    /// # Errors
    /// As all reads.
    pub async fn builds_of(&self, job: &UrlPath, count: usize) -> Result<Answered<Vec<Build>>, Problem> {
        let to = format!("read the builds of {job}");
        let tree = trees::builds(count);
        let make = |raw: Builds| present(raw.builds).filter_map(|b| build(b, None, None)).collect::<Vec<_>>();
        let builds =
            self.read(self.asked(&to), &job.join("api/json"), &[("tree", &tree)], Want::ORDINARY, make).await?;
        // the job is the one that was asked for, whatever address the answer gives it
        let job = job.clone();
        Ok(builds.map(|mut builds| {
            builds.iter_mut().for_each(|b| b.id.job = job.clone());
            builds
        }))
    }

    /// A node, and whether its agent is connected, which `offline` does not say of a node that is marked offline.
    /// None: cannot be told, the account lacks Agent/Connect.
    ///
    /// # Errors
    /// As all reads.
    pub async fn node_link(&self, path: &UrlPath) -> Result<Answered<(Node, Option<bool>)>, Problem> {
        let to = format!("read {path}");
        let asked = self.asked(&to);
        let tree = format!("{},absoluteRemotePath", trees::node());
        let raw = self.read(asked, &path.join("api/json"), &[("tree", &tree)], Want::ORDINARY, |raw| raw).await?;
        let raw: Answered<serde_json::Value> = raw;
        let link = RawLink::deserialize(&raw.value).unwrap_or_default().connected();
        let node = serde_json::from_value(raw.value).ok().and_then(|raw| parse::computer::node(raw, self.autoscaled()));
        let lacks = || asked.problem(ProblemKind::BadAnswer, "the answer lacks what names it", "");
        Ok(Answered { value: (node.ok_or_else(lacks)?, link), at: raw.at, skew: raw.skew })
    }

    /// How the log of a project's last scan begins: it says when.
    ///
    /// # Errors
    /// As all reads.
    pub async fn scan_began(&self, project: &UrlPath) -> Result<Answered<Text>, Problem> {
        let to = format!("read when {project} was scanned");
        let want = Want { body: SCAN, cut: true, ..Want::ORDINARY };
        let answer = self.ok(self.asked(&to), &project.join("indexing/consoleText"), &[], want).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let began: Vec<&str> = text.lines().take(2).collect();
        Ok(Answered { value: Text::line(&began.join(" ")), at: answer.at, skew: answer.skew })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawDetail {
    #[serde(rename = "_class")]
    class: Option<String>,
    name: Option<String>,
    full_name: Option<String>,
    buildable: Option<bool>,
    next_build_number: Option<u64>,
    in_queue: Option<bool>,
    jobs: Loose<serde_json::Value>,
    property: Loose<RawProperty>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawProperty {
    parameter_definitions: Loose<RawDefinition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawDefinition {
    name: Option<String>,
    choices: Loose<String>,
    default_parameter_value: Option<RawDefault>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawDefault {
    value: Option<serde_json::Value>,
}

impl RawDetail {
    fn detail(self, path: UrlPath, parent: JobKind) -> JobDetail {
        let children = present(self.jobs).count();
        let definitions = present(self.property).flat_map(|p| present(p.parameter_definitions));
        let full_name = line(self.full_name.as_deref().or(self.name.as_deref()));
        JobDetail {
            full_name: if full_name.is_empty() { Text::line(path.as_str()) } else { full_name },
            kind: kind(self.class.as_deref().unwrap_or(""), parent, children > 0),
            buildable: self.buildable,
            next_build: self.next_build_number,
            in_queue: self.in_queue.unwrap_or(false),
            children,
            params: definitions.filter_map(RawDefinition::param).collect(),
            path,
        }
    }
}

impl RawDefinition {
    fn param(self) -> Option<JobParam> {
        let default = match self.default_parameter_value.and_then(|d| d.value) {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(Text::line(&text)),
            Some(other) => Some(Text::line(&other.to_string())),
        };
        let choices = present(self.choices).map(|c| Text::line(&c)).collect();
        Some(JobParam { name: Text::line(&self.name?), default, choices })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawLink {
    offline: Option<bool>,
    temporarily_offline: Option<bool>,
    absolute_remote_path: Option<String>,
    monitor_data: serde_json::Map<String, serde_json::Value>,
}

impl RawLink {
    /// `absoluteRemotePath` is there only while the agent is connected, and only for who has Agent/Connect; the same
    /// right shows `monitorData` (Jenkins core, `hudson.slaves.SlaveComputer`, `hudson.model.Computer`).
    fn connected(self) -> Option<bool> {
        match (self.offline?, self.temporarily_offline.unwrap_or(false)) {
            (false, _) => Some(true),
            (true, false) => Some(false),
            (true, true) if self.absolute_remote_path.is_some() => Some(true),
            (true, true) => (!self.monitor_data.is_empty()).then_some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(name: &str) -> String {
        std::fs::read_to_string(format!("tests/recordings/jenkins-2.277.3/{name}")).unwrap()
    }

    #[test]
    fn a_marked_node_tells_whether_its_agent_is_connected_only_to_who_may_connect_it() {
        let link = |text: &str| serde_json::from_str::<RawLink>(text).unwrap().connected();
        let marked = |path: &str, data: &str| {
            format!(r#"{{"offline":true,"temporarilyOffline":true,"absoluteRemotePath":{path},"monitorData":{data}}}"#)
        };
        assert_eq!(link(&marked("\"/home/jenkins\"", "{}")), Some(true));
        assert_eq!(link(&marked("null", r#"{"hudson.node_monitors.ClockMonitor":null}"#)), Some(false));
        assert_eq!(link(&marked("null", "{}")), None);
        assert_eq!(link(r#"{"offline":true,"temporarilyOffline":false}"#), Some(false));
        assert_eq!(link(r#"{"offline":false,"temporarilyOffline":false}"#), Some(true));
        assert_eq!(link("{}"), None);
        assert_eq!(link(&recorded("node-busy.json")), Some(true));
    }

    #[test]
    fn parameters_come_with_their_defaults_and_choices() {
        let text = r#"{"_class":"hudson.model.FreeStyleProject","fullName":"infra/images","nextBuildNumber":7,"property":[{},
            {"parameterDefinitions":[{"name":"A","defaultParameterValue":{"value":"x"}},
             {"name":"B","choices":["y","z"],"defaultParameterValue":{"value":true}},{"name":"P","defaultParameterValue":{}}]}]}"#;
        let raw: RawDetail = serde_json::from_str(text).unwrap();
        let detail = raw.detail(UrlPath::encoded("job/infra/job/images"), JobKind::Folder);
        assert_eq!(
            (detail.kind, detail.next_build, detail.full_name.as_str()),
            (JobKind::Freestyle, Some(7), "infra/images")
        );
        let defaults: Vec<Option<&str>> = detail.params.iter().map(|p| p.default.as_deref()).collect();
        assert_eq!(defaults, [Some("x"), Some("true"), None]);
        assert_eq!(detail.params[1].choices, ["y", "z"]);
    }
}
