//! Reads of one controller.
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::base::{Clock, Text, UrlPath};
use crate::model::snapshot::CallRecord;
use crate::model::{
    Build, BuildId, Controller, ControllerId, FleetStat, Job, JobKind, Node, Problem, ProblemKind, QueueItem, Stages,
    Who,
};
use crate::site::Credential;
use crate::wire::{Answer, ReadDoor, Want};

use super::caches::Caches;
use super::log::{LogPosition, LogRead};
use super::refusal::Asked;
use super::{Answered, QueueFate, build_list, job_list, log, parse, paths, stage_source, steps, trees};

/// How many rows one request asks for at most.
const PAGE: usize = 5_000;
/// Jobs whose builds one round of the watch asks for.
const BUDGET: usize = 400;
/// How long it is believed who we are.
const WHO_HOLDS: Duration = Duration::from_secs(300);
/// Answers larger than this are parsed on a thread of their own.
const PARSE_ASIDE: usize = 128 * 1024;

/// One controller, to be looked at; cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    door: ReadDoor,
    autoscaled: Arc<Vec<String>>,
    caches: Arc<Caches>,
}

impl Reader {
    pub(super) fn new(door: ReadDoor, autoscaled: Vec<String>) -> Self {
        Self { door, autoscaled: Arc::new(autoscaled), caches: Arc::default() }
    }

    /// The controller's name in the site file.
    pub fn id(&self) -> &ControllerId {
        self.door.system()
    }

    /// The account of the site file; none: anonymous.
    pub fn account(&self) -> Option<&Credential> {
        self.door.account()
    }

    /// The last calls, oldest first.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.door.calls()
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.door.clock()
    }

    /// What the controller says of itself, and whom it takes us for.
    ///
    /// # Errors
    /// As all reads: not reached, refused, or not understood.
    pub async fn controller(&self) -> Result<Answered<Controller>, Problem> {
        let asked = self.asked("read what the controller says of itself");
        let root = self.ok(asked, &UrlPath::encoded("api/json"), &[("tree", trees::ROOT)], Want::ORDINARY).await?;
        if root.header("x-jenkins").is_empty() {
            let hint = "is the controller's address in the site file right, with its path?";
            let why = "the answer is not from a Jenkins (it lacks X-Jenkins)";
            return Err(asked.problem(ProblemKind::BadAnswer, why, hint));
        }
        let (version, session) = (Text::line(root.header("x-jenkins")), Text::line(root.header("x-jenkins-session")));
        let said: Answered<parse::root::Root> = self.json(asked, root).await?;
        let who = self.who().await?;
        Ok(said.map(|root| Controller {
            version,
            session,
            mode: root.mode(),
            quieting_down: root.quieting_down.unwrap_or(false),
            quiet_down_reason: root.reason(),
            description: root.description(),
            use_crumbs: root.use_crumbs.unwrap_or(false),
            who,
        }))
    }

    /// Whom the controller takes us for: asked once for each of its sessions and every few minutes.
    async fn who(&self) -> Result<Who, Problem> {
        let now = self.clock().boot();
        if let Some((who, at)) = &self.caches.lock().who
            && now.saturating_sub(*at) < WHO_HOLDS
        {
            return Ok(who.clone());
        }
        let asked = self.asked("read who we are");
        let path = UrlPath::encoded("whoAmI/api/json");
        let who = self.read(asked, &path, &[("tree", trees::WHO)], Want::ORDINARY, parse::root::who).await?.value;
        self.caches.lock().who = Some((who.clone(), now));
        Ok(who)
    }

    /// All nodes, in Jenkins' order.
    pub async fn nodes(&self) -> Result<Answered<Vec<Node>>, Problem> {
        let mut all: Vec<Node> = Vec::new();
        loop {
            let tree = trees::nodes(all.len(), all.len().saturating_add(PAGE));
            let path = UrlPath::encoded("computer/api/json");
            let autoscaled = self.autoscaled.clone();
            let make = move |raw| parse::computer::nodes(raw, &autoscaled);
            let page = self.read(self.asked("read the nodes"), &path, &[("tree", &tree)], Want::LARGE, make).await?;
            let full = page.value.len() >= PAGE;
            all.extend(page.value);
            if !full {
                return Ok(Answered { value: all, at: page.at, skew: page.skew });
            }
        }
    }

    /// One node.
    pub async fn node(&self, path: &UrlPath) -> Result<Answered<Node>, Problem> {
        let to = format!("read {path}");
        let asked = self.asked(&to);
        let autoscaled = self.autoscaled.clone();
        let tree = trees::node();
        let make = move |raw| parse::computer::node(raw, &autoscaled);
        let node = self.read(asked, &path.join("api/json"), &[("tree", &tree)], Want::ORDINARY, make).await?;
        required(asked, node)
    }

    /// The whole queue.
    pub async fn queue(&self) -> Result<Answered<Vec<QueueItem>>, Problem> {
        let mut all: Vec<QueueItem> = Vec::new();
        loop {
            let tree = trees::queue(all.len(), all.len().saturating_add(PAGE));
            let path = UrlPath::encoded("queue/api/json");
            let asked = self.asked("read the queue");
            let page = self.read(asked, &path, &[("tree", &tree)], Want::LARGE, parse::queue::items).await?;
            let full = page.value.len() >= PAGE;
            all.extend(page.value);
            if !full {
                steps::remembered(&self.caches, &mut all);
                return Ok(Answered { value: all, at: page.at, skew: page.skew });
            }
        }
    }

    /// Finds the builds of steps in the queue that older controllers tell nothing of: by Blue Ocean's
    /// `causeOfBlockage`, among Pipelines that run. What is not certain stays unknown.
    pub async fn match_steps(&self, items: &mut [QueueItem], running: &[BuildId]) {
        steps::find(self, items, running).await;
    }

    /// What became of a queue item.
    pub async fn queue_item(&self, id: u64) -> Result<Answered<QueueFate>, Problem> {
        let to = format!("read queue item {id}");
        let asked = self.asked(&to);
        let path = UrlPath::encoded(&format!("queue/item/{id}/api/json"));
        let answer = self.get(&path, &[("tree", trees::ITEM)], Want::ORDINARY).await?;
        if answer.status == 404 {
            return Ok(Answered { value: QueueFate::Gone, at: answer.at, skew: answer.skew });
        }
        let answer = self.good(asked, answer)?;
        let raw: Answered<parse::queue::Item> = self.json(asked, answer).await?;
        required(asked, raw.map(parse::queue::fate))
    }

    /// Running and recent builds, newest first.
    pub async fn builds(&self) -> Result<Answered<Vec<Build>>, Problem> {
        let listed = job_list::read(self).await?;
        let rows = build_list::read(self, &listed.value, &[], usize::MAX).await?;
        Ok(listed.map(|_| rows.iter().map(|b| Build::clone(b)).collect()))
    }

    /// All jobs, and running and recent builds; only builds of jobs that changed are read again, and of so many jobs
    /// at most: where hundreds of them build at once, repeated calls complete the list. `running` are builds known to
    /// run from the executors.
    pub async fn jobs_and_builds(
        &self,
        running: &[BuildId],
    ) -> Result<(Answered<Vec<Job>>, Answered<Vec<Arc<Build>>>), Problem> {
        let listed = job_list::read(self).await?;
        let builds = build_list::read(self, &listed.value, running, BUDGET).await?;
        let (at, skew) = (listed.at, listed.skew);
        let jobs = listed.map(|list| list.into_iter().map(|l| l.job).collect());
        Ok((jobs, Answered { value: builds, at, skew }))
    }

    /// One build.
    pub async fn build(&self, id: &BuildId) -> Result<Answered<Build>, Problem> {
        let to = format!("read {id}");
        let asked = self.asked(&to);
        let pull_request = self.caches.lock().pull_requests.get(&id.job).cloned();
        let known = id.clone();
        let make = move |raw| parse::build::build(raw, Some(known), pull_request);
        let path = id.path().join("api/json");
        let build = self.read(asked, &path, &[("tree", trees::BUILD)], Want::ORDINARY, make).await?;
        required(asked, build)
    }

    /// Folders, projects, branches and jobs.
    pub async fn jobs(&self) -> Result<Answered<Vec<Job>>, Problem> {
        Ok(job_list::read(self).await?.map(|list| list.into_iter().map(|l| l.job).collect()))
    }

    /// The clouds of the EC2 Fleet plugin; `NotFound` where it is not installed.
    pub async fn fleets(&self) -> Result<Answered<Vec<FleetStat>>, Problem> {
        let asked = self.asked("read the fleets (plugin ec2-fleet)");
        self.read(asked, &UrlPath::encoded("ec2-fleet/stats"), &[], Want::ORDINARY, parse::fleet::fleets).await
    }

    /// A build's stages, from whichever plugin tells them.
    pub async fn stages(&self, id: &BuildId) -> Result<Answered<Stages>, Problem> {
        stage_source::read(self, id).await
    }

    /// More of a build's console text.
    pub async fn log(&self, id: &BuildId, from: LogPosition) -> Result<Answered<LogRead>, Problem> {
        log::read(self, &id.path().join("logText/progressiveText"), from, &format!("read the log of {id}")).await
    }

    /// More of an agent's own log.
    pub async fn node_log(&self, node: &UrlPath, from: LogPosition) -> Result<Answered<LogRead>, Problem> {
        log::read(self, &node.join("logText/progressiveText"), from, &format!("read the log of {node}")).await
    }

    /// A node's `config.xml`; `Agent/Configure` is needed, or `ExtendedRead` where it is switched on.
    pub async fn node_config(&self, path: &UrlPath) -> Result<Answered<String>, Problem> {
        self.xml(&path.join("config.xml"), &format!("read the configuration of {path}")).await
    }

    /// Whether a job is disabled. Of a multibranch project only its `config.xml` says so.
    pub async fn job_disabled(&self, path: &UrlPath) -> Result<Answered<bool>, Problem> {
        let to = format!("read whether {path} is disabled");
        let asked = self.asked(&to);
        let tree = [("tree", "name,color,buildable,disabled")];
        let answer = self.ok(asked, &path.join("api/json"), &tree, Want::ORDINARY).await?;
        let raw: Answered<Disabled> = self.json(asked, answer).await?;
        let class = raw.value.class.as_deref().unwrap_or("");
        let said = raw.value.disabled.or_else(|| raw.value.color.as_deref().map(|c| c.starts_with("disabled")));
        let container = parse::job::kind(class, JobKind::Other, false);
        match said.filter(|_| container != JobKind::Multibranch) {
            Some(disabled) => Ok(raw.map(|_| disabled)),
            None => {
                let xml = self.xml(&path.join("config.xml"), &to).await?;
                let disabled = super::config::flag(&xml.value, "disabled");
                Ok(xml.map(|_| disabled))
            }
        }
    }

    async fn xml(&self, path: &UrlPath, to: &str) -> Result<Answered<String>, Problem> {
        let asked = self.asked(to);
        let answer = self.ok(asked, path, &[], Want::ORDINARY).await?;
        let text = String::from_utf8(answer.body.to_vec());
        let text = text.ok().filter(|t| t.trim_start().starts_with("<?xml"));
        let text = text.ok_or_else(|| asked.problem(ProblemKind::BadAnswer, "the answer is not XML", ""))?;
        Ok(Answered { value: text, at: answer.at, skew: answer.skew })
    }

    pub(super) fn autoscaled(&self) -> &[String] {
        &self.autoscaled
    }

    pub(super) fn caches(&self) -> &Caches {
        &self.caches
    }

    pub(super) fn asked<'a>(&'a self, to: &'a str) -> Asked<'a> {
        Asked { system: self.door.system().as_str(), to, account: self.door.account() }
    }

    /// An answer of any status.
    pub(super) async fn get(&self, path: &UrlPath, query: &[(&str, &str)], want: Want) -> Result<Answer, Problem> {
        let answer = self.door.get(path, query, want).await?;
        self.caches.note(answer.header("x-jenkins"), answer.header("x-jenkins-session"));
        Ok(answer)
    }

    /// An answer with status 200.
    pub(super) async fn ok(
        &self,
        asked: Asked<'_>,
        path: &UrlPath,
        query: &[(&str, &str)],
        want: Want,
    ) -> Result<Answer, Problem> {
        let answer = self.get(path, query, want).await?;
        self.good(asked, answer)
    }

    pub(super) fn good(&self, asked: Asked<'_>, answer: Answer) -> Result<Answer, Problem> {
        match answer.status {
            200..=299 => Ok(answer),
            300..=399 => Err(asked.redirected(&answer)),
            _ => Err(asked.refused(&answer)),
        }
    }

    /// Reads JSON and makes something of it; off the async threads when it is large.
    pub(super) async fn read<R, T>(
        &self,
        asked: Asked<'_>,
        path: &UrlPath,
        query: &[(&str, &str)],
        want: Want,
        make: impl FnOnce(R) -> T + Send + 'static,
    ) -> Result<Answered<T>, Problem>
    where
        R: DeserializeOwned + Send + 'static,
        T: Send + 'static,
    {
        let answer = self.ok(asked, path, query, want).await?;
        let (at, skew, body) = (answer.at, answer.skew, answer.body.clone());
        let work = move || serde_json::from_slice::<R>(&body).map(make);
        let made = if answer.body.len() < PARSE_ASIDE {
            work()
        } else {
            match tokio::task::spawn_blocking(work).await {
                Ok(made) => made,
                Err(_) => return Err(asked.not_json(&answer, "reading it failed")),
            }
        };
        let value = made.map_err(|e| asked.not_json(&answer, &e.to_string()))?;
        Ok(Answered { value, at, skew })
    }

    pub(super) async fn json<R: DeserializeOwned + Send + 'static>(
        &self,
        asked: Asked<'_>,
        answer: Answer,
    ) -> Result<Answered<R>, Problem> {
        let value = serde_json::from_slice(&answer.body).map_err(|e| asked.not_json(&answer, &e.to_string()))?;
        Ok(Answered { value, at: answer.at, skew: answer.skew })
    }

    /// Whether a redirect after a write stays at the controller: relative, to our host, or (behind a proxy, where the
    /// controller may know itself by another name) to a path of its own kind.
    pub(super) fn leads_home(&self, location: &str) -> bool {
        let Ok(url) = self.door.root().join(location) else { return false };
        let same_host = url.host_str() == self.door.root().host_str();
        let own = ["/computer/", "/job/", "/queue/"].iter().any(|word| url.path().contains(word));
        same_host || own || paths::job(location).is_some() || url.path() == self.door.root().path()
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Disabled {
    #[serde(rename = "_class")]
    class: Option<String>,
    color: Option<String>,
    disabled: Option<bool>,
}

fn required<T>(asked: Asked<'_>, answered: Answered<Option<T>>) -> Result<Answered<T>, Problem> {
    let missing = || asked.problem(ProblemKind::BadAnswer, "the answer lacks what names it", "");
    let (at, skew) = (answered.at, answered.skew);
    answered.value.map(|value| Answered { value, at, skew }).ok_or_else(missing)
}
