//! What bellboard relies on in a Jenkins: run against the simulated controller in both ages always, and against a real
//! one when `BELLBOARD_CONTRACT_JENKINS_URL`, `_USER` and `_TOKEN` are set. There it makes a node and two jobs of its
//! own and removes them.
#[path = "support/permits.rs"]
mod permits;
#[path = "support/real.rs"]
mod real;
#[path = "support/sites.rs"]
mod sites;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use bellboard::base::{SystemClock, Text, UrlPath};
use bellboard::demo::{Control, Demo, Options};
use bellboard::model::*;
use bellboard::site::CredentialKind;
use bellboard::sources::jenkins::{LogPosition, Operator, QueueFate, Reader, config};
use bellboard::watch::{Watch, WatchSettings};
use bellboard::wire::Limits;

use permits::Permits;
use sites::TestSite;

/// What a suite runs on: a controller, an account, and things that may be changed.
struct Stand {
    reader: Reader,
    operator: Operator,
    permits: Permits,
    user: String,
    /// A node, not marked; nothing on it matters.
    node: UrlPath,
    /// A freestyle job with the parameter `TAG`, which ends by itself.
    job: UrlPath,
    /// A job whose label no node has.
    waiting: UrlPath,
    /// Lets time pass, in a simulation.
    control: Option<Control>,
    /// The age of the controller: 2.277.3 gives `(2, 277)`.
    version: (u32, u32),
}

impl Stand {
    async fn new(site: &TestSite, user: &str, things: [UrlPath; 3], control: Option<Control>) -> Self {
        let (reader, operator) = site.connect(Limits::default());
        let said = reader.controller().await.unwrap().value.version;
        let mut numbers = said.split('.').map(|n| n.parse().unwrap_or(0));
        let version = (numbers.next().unwrap(), numbers.next().unwrap());
        let [node, job, waiting] = things;
        let permits = Permits::new(Arc::new(SystemClock));
        Self { reader, operator, permits, user: user.into(), node, job, waiting, control, version }
    }

    fn permit(&self) -> bellboard::gate::Permit {
        self.permits.one("prod")
    }

    async fn node_now(&self) -> Node {
        self.reader.node(&self.node).await.unwrap().value
    }

    /// Waits for something that a read shows; simulated time goes faster meanwhile.
    async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut(&Reader) -> Option<T>) -> T {
        for _ in 0..400 {
            if let Some(found) = look(&self.reader).await {
                return found;
            }
            match &self.control {
                Some(control) => control.pass(Duration::from_secs(15)),
                None => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
        panic!("it never came to this: {what}");
    }
}

async fn says_what_it_is_and_who_we_are(stand: &Stand) {
    let answered = stand.reader.controller().await.unwrap();
    let controller = answered.value;
    assert!(!controller.session.is_empty());
    assert_eq!(controller.who, Who { name: Text::line(&stand.user), anonymous: false });
    assert!(!controller.quieting_down);
    assert!(answered.skew.abs() < 60_000, "{}", answered.skew);
}

async fn a_node_is_the_same_in_the_list_and_alone(stand: &Stand) {
    let alone = stand.node_now().await;
    let list = stand.reader.nodes().await.unwrap().value;
    let listed = list.iter().find(|n| n.path == stand.node).expect("the node is not in the list");
    assert_eq!((&alone.name, &alone.labels, alone.num_executors), (&listed.name, &listed.labels, listed.num_executors));
    assert!(list.iter().any(|n| n.kind == NodeKind::BuiltIn));
    assert!(!alone.labels.contains(&alone.name), "a node's own name is not among its labels");
    let missing = stand.reader.node(&UrlPath::of(["computer", "no-such-node"])).await.unwrap_err();
    assert_eq!(missing.kind, ProblemKind::NotFound, "{missing}");
}

async fn marking_offline_is_idempotent_and_toggling_is_not(stand: &Stand) {
    assert!(!stand.node_now().await.temporarily_offline);
    for reason in ["drained by op, run 7f3c0a91", "drained by op, run 7f3c0a91", "a < b & c"] {
        stand.operator.mark_offline(stand.permit(), &stand.node, &Text::line(reason)).await.unwrap();
        let node = stand.node_now().await;
        assert!(node.temporarily_offline && node.offline, "{reason}");
        let cause = node.cause.unwrap();
        assert_eq!((cause.kind, cause.reason.as_str()), (OfflineKind::User, reason));
        assert!(cause.since.is_some());
    }
    stand.operator.toggle_offline(stand.permit(), &stand.node).await.unwrap();
    assert!(!stand.node_now().await.temporarily_offline);
    stand.operator.toggle_offline(stand.permit(), &stand.node).await.unwrap();
    assert!(stand.node_now().await.temporarily_offline, "a toggle toggles");
    stand.operator.toggle_offline(stand.permit(), &stand.node).await.unwrap();
    assert!(!stand.node_now().await.temporarily_offline);
}

async fn labels_change_and_come_back(stand: &Stand) {
    stand.operator.mark_offline(stand.permit(), &stand.node, &Text::line("proof")).await.unwrap();
    let before = stand.reader.node_config(&stand.node).await.unwrap().value;
    let (labels, mode) = config::labels(&before).unwrap();
    let proof = config::with_labels(&before, &["proof-7f3c".into()], Some(Mode::Exclusive)).unwrap();
    stand.operator.set_config(stand.permit(), &stand.node, &proof).await.unwrap();
    let node = stand.node_now().await;
    assert_eq!(node.labels, ["proof-7f3c"]);
    // whoever sets labels reads the mark again: whether it stays is not the same everywhere
    if !node.temporarily_offline {
        stand.operator.mark_offline(stand.permit(), &stand.node, &Text::line("proof")).await.unwrap();
    }
    let after = stand.reader.node_config(&stand.node).await.unwrap().value;
    let back = config::with_labels(&after, &labels, Some(mode)).unwrap();
    stand.operator.set_config(stand.permit(), &stand.node, &back).await.unwrap();
    assert_eq!(config::labels(&stand.reader.node_config(&stand.node).await.unwrap().value).unwrap(), (labels, mode));
    if stand.node_now().await.temporarily_offline {
        stand.operator.toggle_offline(stand.permit(), &stand.node).await.unwrap();
    }
}

async fn an_item_waits_for_its_label_and_can_be_cancelled_once(stand: &Stand) {
    let id = stand.operator.start_build(stand.permit(), &stand.waiting, &[]).await.unwrap();
    let again = stand.operator.start_build(stand.permit(), &stand.waiting, &[]).await.unwrap();
    assert_eq!(id, again, "the same again is the same item");
    let item = stand
        .until("the item is buildable", async |reader| {
            let queue = reader.queue().await.unwrap().value;
            queue.into_iter().find(|i| i.id == id && i.state == QueueState::Buildable)
        })
        .await;
    assert!(item.label.is_some(), "{}", item.why);
    assert_eq!(item.task.job.as_ref(), Some(&stand.waiting));
    assert!(matches!(stand.reader.queue_item(id).await.unwrap().value, QueueFate::Waiting(i) if i.id == id));
    stand.operator.cancel_item(stand.permit(), id).await.unwrap();
    let fate = stand.reader.queue_item(id).await.unwrap().value;
    assert!(matches!(fate, QueueFate::Cancelled | QueueFate::Gone), "{fate:?}");
    let twice = stand.operator.cancel_item(stand.permit(), id).await.unwrap_err();
    assert!(matches!(twice.kind, ProblemKind::Refused { status: 500 } | ProblemKind::NotFound), "{twice}");
    let never = stand.operator.cancel_item(stand.permit(), 99_999_999).await.unwrap_err();
    assert_eq!(never.kind, ProblemKind::NotFound, "{never}");
    assert_eq!(stand.reader.queue_item(99_999_999).await.unwrap().value, QueueFate::Gone);
}

async fn a_build_is_started_followed_stopped_and_read(stand: &Stand) {
    let plain = stand.operator.start_build(stand.permit(), &stand.job, &[]).await.unwrap_err();
    assert_eq!(plain.kind, ProblemKind::Refused { status: 400 }, "{plain}");
    let params: [(Text, Text); 1] = [("TAG".into(), "contract & more".into())];
    let item = stand.operator.start_build(stand.permit(), &stand.job, &params).await.unwrap();
    let id = stand
        .until("the item becomes a build", async |reader| match reader.queue_item(item).await.unwrap().value {
            QueueFate::Started(build) => Some(build),
            QueueFate::Cancelled | QueueFate::Gone => panic!("the item was lost"),
            QueueFate::Waiting(_) | QueueFate::Leaving => None,
        })
        .await;
    assert_eq!(id.job, stand.job);
    let build = stand.reader.build(&id).await.unwrap().value;
    assert!(build.params.contains(&params[0]), "{:?}", build.params);
    assert_eq!(build.causes[0].user.as_deref(), Some(stand.user.as_str()));
    assert!(build.building && build.result.is_none());
    let read = stand.reader.log(&id, LogPosition::start()).await.unwrap().value;
    assert!(read.chunk.text.contains("Started by"), "{}", read.chunk.text);
    stand.operator.stop_build(stand.permit(), &id).await.unwrap();
    let ended = stand
        .until("the build ends", async |reader| {
            let build = reader.build(&id).await.unwrap().value;
            (!build.building).then_some(build)
        })
        .await;
    assert_eq!(ended.result, Some(Outcome::Aborted));
    stand.operator.stop_build(stand.permit(), &id).await.expect("stopping one that ended says done, too");
    let mut read = stand.reader.log(&id, read.next).await.unwrap().value;
    assert!(!read.chunk.restart);
    while read.chunk.more {
        read = stand.reader.log(&id, read.next).await.unwrap().value;
    }
    let past = stand.reader.build(&BuildId::new(stand.job.clone(), 99_999)).await.unwrap_err();
    assert_eq!(past.kind, ProblemKind::NotFound);
    let builds = stand.reader.builds().await.unwrap().value;
    assert!(builds.iter().any(|b| b.id == id), "the build is among the recent ones");
    let stages = stand.reader.stages(&id).await.unwrap().value;
    assert!(stages.stages.is_empty(), "a freestyle build has no stages: {stages:?}");
}

async fn a_disabled_job_takes_no_build(stand: &Stand) {
    assert!(!stand.reader.job_disabled(&stand.job).await.unwrap().value);
    for _ in 0..2 {
        stand.operator.disable_job(stand.permit(), &stand.job).await.unwrap();
    }
    assert!(stand.reader.job_disabled(&stand.job).await.unwrap().value);
    let params = [("TAG".into(), "x".into())];
    let refused = stand.operator.start_build(stand.permit(), &stand.job, &params).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Refused { status: 409 }, "{refused}");
    for _ in 0..2 {
        stand.operator.enable_job(stand.permit(), &stand.job).await.unwrap();
    }
    assert!(!stand.reader.job_disabled(&stand.job).await.unwrap().value);
}

async fn quiet_down_says_why_and_is_called_off(stand: &Stand) {
    for reason in ["restart at 10", "restart at 11"] {
        stand.operator.quiet_down(stand.permit(), &Text::line(reason)).await.unwrap();
        let controller = stand.reader.controller().await.unwrap().value;
        assert!(controller.quieting_down);
        assert_eq!(controller.quiet_down_reason, reason);
    }
    for _ in 0..2 {
        stand.operator.cancel_quiet_down(stand.permit()).await.unwrap();
    }
    assert!(!stand.reader.controller().await.unwrap().value.quieting_down);
}

async fn the_job_list_names_what_can_be_read(stand: &Stand) {
    let jobs = stand.reader.jobs().await.unwrap().value;
    let job = jobs.iter().find(|j| j.path == stand.job).expect("the job is not in the list");
    assert_eq!(job.kind, JobKind::Freestyle);
    let mut paths: Vec<&UrlPath> = jobs.iter().map(|j| &j.path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), jobs.len(), "each job is named once");
}

async fn all_of_it(stand: &Stand) {
    says_what_it_is_and_who_we_are(stand).await;
    a_node_is_the_same_in_the_list_and_alone(stand).await;
    marking_offline_is_idempotent_and_toggling_is_not(stand).await;
    labels_change_and_come_back(stand).await;
    an_item_waits_for_its_label_and_can_be_cancelled_once(stand).await;
    a_build_is_started_followed_stopped_and_read(stand).await;
    a_disabled_job_takes_no_build(stand).await;
    quiet_down_says_why_and_is_called_off(stand).await;
    the_job_list_names_what_can_be_read(stand).await;
}

async fn simulated(version: &str, prefix: &str) -> (Demo, TestSite) {
    let options =
        Options { jenkins_version: version.into(), prefix: prefix.into(), nodes: 60, queue: 12, ..Options::default() };
    let demo = Demo::serve(options).await.unwrap();
    let site = as_account(&demo, "admin");
    (demo, site)
}

fn as_account(demo: &Demo, user: &str) -> TestSite {
    let token = demo.account(user).unwrap().token.clone();
    TestSite::new(demo.url().as_str(), user, token.expose(), CredentialKind::Token)
}

async fn stand_in(demo: &Demo, site: &TestSite) -> Stand {
    let nodes = site.connect(Limits::default()).0.nodes().await.unwrap().value;
    let usable = |n: &&Node| n.kind == NodeKind::Static && !n.offline && !n.temporarily_offline;
    let node = nodes.iter().find(usable).unwrap().path.clone();
    let things = [node, UrlPath::encoded("job/docker-images-nightly"), UrlPath::encoded("job/hexagon-device-test")];
    Stand::new(site, "admin", things, Some(demo.control())).await
}

#[tokio::test]
async fn the_simulated_controller_of_today() {
    let (demo, site) = simulated("2.528.3", "").await;
    all_of_it(&stand_in(&demo, &site).await).await;
}

#[tokio::test]
async fn the_simulated_controller_of_the_recordings() {
    let (demo, site) = simulated("2.277.3", "").await;
    let stand = stand_in(&demo, &site).await;
    assert_eq!(stand.version, (2, 277));
    all_of_it(&stand).await;
}

#[tokio::test]
async fn the_simulated_controller_below_a_path() {
    let (demo, site) = simulated("2.528.3", "/ci/jenkins").await;
    assert!(demo.url().path().starts_with("/ci/jenkins/"));
    all_of_it(&stand_in(&demo, &site).await).await;
}

#[tokio::test]
async fn a_password_does_as_well_as_a_token() {
    let (demo, _) = simulated("2.528.3", "").await;
    let password = demo.account("admin").unwrap().password.clone();
    let site = TestSite::new(demo.url().as_str(), "admin", password.expose(), CredentialKind::Password);
    let stand = stand_in(&demo, &site).await;
    marking_offline_is_idempotent_and_toggling_is_not(&stand).await;
}

#[tokio::test]
async fn what_is_missing_is_named() {
    for version in ["2.277.3", "2.528.3"] {
        let (demo, site) = simulated(version, "").await;
        let node = stand_in(&demo, &site).await.node;
        let permits = Permits::new(Arc::new(SystemClock));
        let committer = as_account(&demo, "committer");
        let (reader, operator) = committer.connect(Limits::default());
        let problem = operator.mark_offline(permits.one("prod"), &node, &Text::line("x")).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Forbidden { permission: Some("Agent/Disconnect".into()) });
        assert!(problem.what.contains("account `committer` lacks Agent/Disconnect on prod"), "{problem}");
        let problem = reader.node_config(&node).await.unwrap_err();
        assert!(matches!(problem.kind, ProblemKind::Forbidden { .. }), "{problem}");
        let wrong = TestSite::new(demo.url().as_str(), "admin", "11wrong-token", CredentialKind::Token);
        let problem = wrong.connect(Limits::default()).0.nodes().await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Unauthorized, "{problem}");
        assert!(!problem.to_string().contains("11wrong-token"), "{problem}");
    }
}

#[tokio::test]
async fn running_pipelines_are_seen_with_their_stages_pull_requests_and_steps_in_the_queue() {
    for (version, sources) in [
        ("2.528.3", [StageSource::PipelineGraphView, StageSource::BlueOcean]),
        ("2.277.3", [StageSource::BlueOcean, StageSource::Wfapi]),
    ] {
        let (demo, site) = simulated(version, "").await;
        let (reader, _) = site.connect(Limits::default());
        let nodes = reader.nodes().await.unwrap().value;
        let running: Vec<BuildId> =
            nodes.iter().flat_map(|n| &n.one_off).filter_map(|e| e.occupant.as_ref()?.build.clone()).collect();
        assert!(!running.is_empty(), "{version}: no Pipeline runs");
        let builds = reader.builds().await.unwrap().value;
        for id in &running {
            let build = builds.iter().find(|b| b.id == *id).unwrap_or_else(|| panic!("{version}: {id} is not listed"));
            assert!(build.building && build.result.is_none(), "{version}: {id}");
        }
        assert!(builds.iter().any(|b| b.pull_request.as_ref().is_some_and(|p| !p.title.is_empty())), "{version}");
        assert!(builds.windows(2).all(|w| w[0].started >= w[1].started), "{version}: newest first");
        let stages = reader.stages(&running[0]).await.unwrap().value;
        assert!(sources.contains(&stages.source), "{version}: {:?}", stages.source);
        assert!(!stages.stages.is_empty(), "{version}");
        let mut steps = reader.queue().await.unwrap().value;
        steps.retain(|i| i.task.is_pipeline_step());
        assert!(!steps.is_empty(), "{version}: no step waits");
        if version == "2.277.3" {
            assert!(steps.iter().all(|i| i.task.build.is_none() && i.task.name.is_empty()), "{version}: {steps:?}");
            for _ in 0..6 {
                reader.match_steps(&mut steps, &running).await;
            }
            let found: Vec<&QueueItem> = steps.iter().filter(|i| i.task.build.is_some()).collect();
            assert!(found.len() * 2 > steps.len(), "{version}: {} of {} steps found", found.len(), steps.len());
            assert!(found.iter().all(|i| running.contains(i.task.build.as_ref().unwrap())));
        } else {
            assert!(steps.iter().all(|i| i.task.build.is_some()), "{version}: {steps:?}");
        }
        drop(demo);
    }
}

#[tokio::test]
async fn fleets_are_read_where_the_plugin_is() {
    let (_demo, site) = simulated("2.528.3", "").await;
    let fleets = site.connect(Limits::default()).0.fleets().await.unwrap().value;
    assert_eq!(fleets.len(), 9, "{fleets:?}");
    assert!(fleets.iter().all(|f| f.fleet.starts_with("Prod-Autoscaler") && !f.label.is_empty()), "{fleets:?}");
}

fn often() -> WatchSettings {
    let often = Duration::from_millis(50);
    WatchSettings { controller: often, nodes: often, queue: often, builds: often, fleets: often, idle: 2, seed: 3 }
}

#[tokio::test]
async fn the_watch_sees_a_restart_through_to_a_new_session() {
    for version in ["2.277.3", "2.528.3"] {
        let (demo, site) = simulated(version, "").await;
        let stand = stand_in(&demo, &site).await;
        let id = ControllerId::new("prod");
        let watch = Watch::start(vec![(id.clone(), stand.reader.clone(), often())], Arc::new(SystemClock));
        let mut snapshots = watch.snapshots();
        let mut until = async |what: &str, wanted: &dyn Fn(&Jenkins) -> bool, pass: bool| {
            for _ in 0..600 {
                let found = snapshots.borrow_and_update().jenkins[&id].clone();
                if wanted(&found) {
                    return found;
                }
                if pass {
                    demo.control().pass(Duration::from_secs(2));
                }
                let next = tokio::time::timeout(Duration::from_secs(10), snapshots.changed()).await;
                next.unwrap_or_else(|_| panic!("{version}: nothing new while waiting for this: {what}")).unwrap();
            }
            panic!("{version}: it never came to this: {what}");
        };
        let session = |j: &Jenkins| j.controller.get().map(|c| c.session.clone());
        let before = until("it is known", &|j| session(j).is_some() && j.nodes.value.is_some(), false).await;
        stand.operator.safe_restart(stand.permit()).await.unwrap();
        for node in demo.control().busy_nodes() {
            demo.control().finish_on(&node);
        }
        let down = until("it is down", &|j| j.controller.problem().is_some(), true).await;
        let problem = down.controller.problem().unwrap();
        assert!(matches!(problem.kind, ProblemKind::Restarting | ProblemKind::Unreachable), "{problem}");
        assert_eq!(session(&down), session(&before), "what was known stays");
        let up = until("it is back", &|j| session(j) != session(&before), true).await;
        assert!(up.controller.problem().is_none());
        until("the nodes are read again", &|j| j.nodes.problem().is_none(), true).await;
    }
}

#[tokio::test]
async fn a_log_and_stages_are_followed_live() {
    let (demo, site) = simulated("2.528.3", "").await;
    let (reader, _) = site.connect(Limits::default());
    let nodes = reader.nodes().await.unwrap().value;
    let mut running = nodes.iter().flat_map(|n| &n.one_off).filter_map(|e| e.occupant.as_ref()?.build.clone());
    let build = running.next().expect("no Pipeline runs");
    let id = ControllerId::new("prod");
    let watch = Watch::start(vec![(id.clone(), reader, often())], Arc::new(SystemClock));
    let mut stages = watch.subscribe(Topic::Stages(id.clone(), build.clone()));
    assert!(matches!(stages.recv().await, Some(TopicData::Stages(s)) if !s.stages.is_empty()));
    let mut log = watch.subscribe(Topic::Log(id, build));
    let mut text = String::new();
    for _ in 0..60 {
        // a Pipeline that waits for a node says nothing for a while
        let next = tokio::time::timeout(Duration::from_millis(1_500), log.recv()).await;
        demo.control().pass(Duration::from_secs(600));
        let Ok(next) = next else { continue };
        let Some(TopicData::Log(chunk)) = next else { panic!("it failed: {next:?}") };
        assert!(!chunk.restart, "it goes on where it was");
        text.push_str(&chunk.text);
        if !chunk.more {
            break;
        }
    }
    assert!(text.starts_with("Started by") || text.contains("[Pipeline]"), "{text}");
    assert!(text.trim_end().lines().last().unwrap().starts_with("Finished: "), "{text}");
    assert_eq!(text.matches("Start of Pipeline").count(), 1, "nothing came twice");
}

#[tokio::test]
async fn a_real_controller_if_one_is_named() {
    let var = |name: &str| std::env::var(format!("BELLBOARD_CONTRACT_JENKINS_{name}")).ok();
    let (Some(url), Some(user), Some(token)) = (var("URL"), var("USER"), var("TOKEN")) else {
        eprintln!(
            "BELLBOARD_CONTRACT_JENKINS_URL, _USER and _TOKEN are not set: only the simulated controller was tried"
        );
        return;
    };
    let url = if url.ends_with('/') { url } else { format!("{url}/") };
    let site = TestSite::new(&url, &user, &token, CredentialKind::Token);
    let made = real::Made::make(&url, &user, &token).await;
    let stand = Stand::new(&site, &user, [made.node(), made.job(), made.waiting()], None).await;
    // removed even if a test fails
    let outcome = AssertUnwindSafe(all_of_it(&stand)).catch_unwind().await;
    made.remove().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure);
    }
}
