//! Recorded answers (of a Jenkins 2.277.3), read.
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json as value};

use super::{build, computer, job, queue, stages};
use crate::base::UrlPath;
use crate::model::*;
use crate::sources::jenkins::{QueueFate, config};

fn text(name: &str) -> String {
    let path = format!("{}/tests/recordings/jenkins-2.277.3/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn nodes() -> Vec<Node> {
    computer::nodes(json("computer-tree.json"), &["CPU-SPOT*".into()])
}

fn node(name: &str) -> Node {
    nodes().into_iter().find(|n| n.name == name).unwrap_or_else(|| panic!("no node {name}"))
}

#[test]
fn every_node_is_read_with_its_labels_and_kind() {
    assert_eq!(nodes().len(), 13);
    let master = node("master");
    assert_eq!((master.kind, master.path.as_str()), (NodeKind::BuiltIn, "computer/(master)"));
    let arm = node("arm-node-01");
    assert_eq!(arm.labels, ["ARM", "aarch64", "linux"]);
    assert_eq!((arm.kind, arm.num_executors, arm.state()), (NodeKind::Static, 2, NodeState::Idle));
    let spot = node("CPU-SPOT (i-0a1b2c3d4e)");
    assert_eq!(spot.path.as_str(), "computer/CPU-SPOT%20(i-0a1b2c3d4e)");
    assert_eq!(spot.kind, NodeKind::Autoscaled);
}

#[test]
fn each_form_of_offline_cause_is_told_by_its_class() {
    let cause = |name: &str| node(name).cause.unwrap();
    let user = cause("cpu-node-02");
    assert_eq!(user.kind, OfflineKind::User);
    assert_eq!(user.reason, "Investigating disk pressure, see apache/tvm#11234");
    assert_eq!(user.since.map(|t| t.millis()), Some(1_795_449_342_979));
    assert_eq!(node("cpu-node-02").state(), NodeState::MarkedOffline);
    let broken = cause("cpu-node-03");
    assert_eq!(broken.kind, OfflineKind::Channel);
    assert_eq!(broken.reason, "Connection was broken: java.nio.channels.ClosedChannelException");
    assert!(broken.detail.lines().count() > 5, "{}", broken.detail);
    assert_eq!(cause("gpu-node-02").kind, OfflineKind::LaunchFailed);
    let monitor = cause("tensorcore-01");
    assert_eq!(monitor.kind, OfflineKind::Monitor);
    assert!(monitor.reason.starts_with("0.304GB left on"), "{}", monitor.reason);
    assert_eq!(cause("cpu-node-04").kind, OfflineKind::NeverConnected);
    assert_eq!(node("arm-node-01").cause, None);
    let empty = computer::node(json("change-offline-cause-empty-after.json"), &[]).unwrap();
    assert_eq!((empty.cause.as_ref().unwrap().kind, empty.cause.unwrap().reason.as_str()), (OfflineKind::User, ""));
}

#[test]
fn executors_tell_what_they_run() {
    let cpu = node("cpu-node-01");
    assert_eq!((cpu.executors.len(), cpu.busy(), cpu.state()), (6, 3, NodeState::Busy));
    let freestyle = cpu.executors[0].occupant.as_ref().unwrap();
    assert_eq!(freestyle.build.as_ref().unwrap().to_string(), "job/long-running-cpu/2");
    assert_eq!(freestyle.estimated, Some(Duration::from_millis(3415)));
    assert!(cpu.executors[0].likely_stuck && cpu.executors[0].progress == Some(99));
    let step = cpu.executors[2].occupant.as_ref().unwrap();
    assert_eq!(step.title, "tvm » PR-11388 #1 (python3: CPU)");
    assert_eq!(step.build.as_ref().unwrap().to_string(), "job/tvm/job/PR-11388/1");
    assert_eq!((step.estimated, cpu.executors[2].progress), (None, None));
    assert_eq!(node("master").one_off.len(), 4);
}

#[test]
fn a_step_of_which_only_the_class_is_told_is_still_an_occupant() {
    let node = computer::node(json("node-busy.json"), &[]).unwrap();
    let bare =
        node.executors.iter().filter_map(|e| e.occupant.as_ref()).find(|o| o.title.is_empty() && o.build.is_none());
    assert!(bare.unwrap().class.ends_with("PlaceholderExecutable"));
}

#[test]
fn every_monitor_is_read() {
    let monitors = node("arm-node-01").monitors;
    assert_eq!(monitors.architecture.as_deref(), Some("Linux (amd64)"));
    let disk = monitors.disk.unwrap();
    assert_eq!((disk.path.as_str(), disk.free, disk.total), ("/home/jenkins/agents/arm-node-01", 77_029_978_112, None));
    assert_eq!(monitors.temp.unwrap().path, "/tmp");
    assert_eq!(monitors.memory.unwrap().total, 25_276_502_016);
    assert_eq!((monitors.response, monitors.clock_diff), (Some(Duration::from_millis(1502)), Some(-1128)));
    assert_eq!(node("arm-node-02").monitors, Monitors::default());
}

#[test]
fn every_state_of_the_queue_is_read() {
    let items = queue::items(json("queue-with-pipeline-step.json"));
    let item = |id: u64| items.iter().find(|i| i.id == id).unwrap();
    assert_eq!(item(96).state, QueueState::Waiting);
    assert_eq!(item(96).not_before.map(|t| t.millis()), Some(1_795_535_742_970));
    assert_eq!((item(161).state, item(161).label.as_deref()), (QueueState::Blocked, None));
    let step = item(167);
    assert!(step.task.is_pipeline_step() && step.task.build.is_none());
    assert_eq!((step.state, step.label.as_deref()), (QueueState::Buildable, Some("GPU&&TensorCore")));
    assert_eq!(item(94).label.as_deref(), Some("cpu-node-04"));
    let stuck = item(93);
    assert!(stuck.stuck);
    assert_eq!(stuck.label.as_deref(), Some("ARM&&bigboard"));
    assert_eq!(stuck.task.job.as_ref().unwrap().as_str(), "job/arm-big-board");
    assert_eq!(stuck.causes[0].user.as_deref(), Some("admin"));
    assert_eq!(stuck.buildable_since.map(|t| t.millis()), Some(1_795_449_342_846));
}

#[test]
fn what_became_of_an_item_is_told() {
    let fate = |name: &str| queue::fate(json(name)).unwrap();
    assert!(matches!(fate("queue-item-waiting.json"), QueueFate::Waiting(i) if i.id == 96));
    assert!(
        matches!(fate("build-start-queue-item-2.json"), QueueFate::Started(b) if b.to_string() == "job/workspace-cleanup/2")
    );
    assert_eq!(fate("cancel-item-after.json"), QueueFate::Cancelled);
}

#[test]
fn a_multibranch_projects_jobs_are_read_with_their_pull_requests() {
    let project = UrlPath::encoded("job/tvm");
    let (listed, more) = job::flatten(json("job-multibranch-tree.json"), &project, JobKind::Multibranch, 0, 500, 0);
    assert!(more.is_empty());
    let pr = listed.iter().find(|l| l.job.full_name == "tvm/PR-11329").unwrap();
    let told = pr.job.pull_request.as_ref().unwrap();
    assert_eq!((told.number, told.title.as_str()), (11329, "[Hexagon] Add HVX vrmpy schedule"));
    assert_eq!((told.author.as_str(), told.url.as_str()), ("anacho", "http://127.0.0.1:8090/apache/tvm/pull/11329"));
    assert_eq!((pr.job.kind, pr.job.last_build), (JobKind::Branch, Some(1)));
    let branch = listed.iter().find(|l| l.job.display_name == "feature/relax-vm").unwrap();
    assert_eq!(branch.job.path.as_str(), "job/tvm/job/feature%252Frelax-vm");
    assert_eq!(branch.job.pull_request, None);
}

#[test]
fn nested_jobs_are_flattened_and_what_was_not_asked_for_is_asked_next() {
    let (listed, more) = job::flatten(json("root-jobs-nested.json"), &UrlPath::default(), JobKind::Folder, 0, 500, 1);
    let kind = |path: &str| listed.iter().find(|l| l.job.path.as_str() == path).map(|l| l.job.kind);
    assert_eq!(kind("job/infra"), Some(JobKind::Folder));
    assert_eq!(kind("job/tvm"), Some(JobKind::Multibranch));
    assert_eq!(kind("job/tvm/job/feature%252Frelax-vm"), Some(JobKind::Branch));
    assert_eq!(kind("job/infra/job/packer-build"), Some(JobKind::Freestyle));
    assert!(more.is_empty(), "{more:?}");
    let running = listed.iter().find(|l| l.job.path.as_str() == "job/docs-serial").unwrap();
    assert!(running.job.running && running.job.color == "notbuilt" && running.last.unwrap().0.building);
    let (_, more) = job::flatten(json("root-jobs-nested.json"), &UrlPath::default(), JobKind::Folder, 0, 500, 0);
    assert!(more.iter().any(|m| m.folder.as_str() == "job/tvm"), "{more:?}");
    let (_, more) = job::flatten(json("root-jobs-nested.json"), &UrlPath::default(), JobKind::Folder, 0, 3, 1);
    assert!(more.iter().any(|m| m.folder.as_str().is_empty() && m.from > 3), "{more:?}");
}

#[test]
fn a_build_is_read_with_cause_revision_and_parameters() {
    let read = |name: &str| build::build(json(name), None, None).unwrap();
    let main = read("build-tree.json");
    assert_eq!(main.revision.as_deref(), Some("0552683b48cc12ce9a1ab0a7062c634f10d85c69"));
    assert_eq!((main.id.to_string().as_str(), main.result), ("job/tvm/job/main/2", Some(Outcome::Success)));
    assert_eq!(main.causes[0].text, "Started by user CI Admin");
    let pr = read("build-pr-success.json");
    assert_eq!(pr.pull_request.as_ref().map(|p| p.number), Some(11329));
    let running = read("build-freestyle-running.json");
    assert!(running.building && running.result.is_none() && running.node.as_deref() == Some("cpu-node-01"));
    assert_eq!(running.ends().map(|t| t.millis()), Some(1_795_449_342_654 + 3_415));
    let params = read("build-with-parameters-running.json").params;
    let shown: Vec<_> = params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("TAG", "20220520-1"),
            ("IMAGE", "gpu"),
            ("PUSH", "true"),
            ("REGISTRY_PASSWORD", ""),
            ("NOTES", "line one line two")
        ]
    );
}

#[test]
fn stages_are_read_from_blue_ocean_and_wfapi() {
    let read = stages::blue(json("blue-nodes-running.json"));
    let shown: Vec<_> = read.stages.iter().map(|s| (s.name.as_str(), s.depth, s.state)).collect();
    assert!(shown.contains(&("Test", 0, StageState::Success)));
    assert!(shown.contains(&("unittest: CPU 1 of 2", 1, StageState::Running)));
    assert!(shown.contains(&("Deploy", 0, StageState::NotStarted)));
    assert_eq!(read.stages[0].started.map(|t| t.millis()), Some(1_795_449_343_542));
    let waiting = stages::blue(json("blue-nodes-waiting-for-node.json"));
    let gpu = waiting.stages.iter().find(|s| s.name == "GPU Test").unwrap();
    assert_eq!(
        (gpu.state, gpu.waits_for.as_deref()),
        (StageState::Paused, Some("Waiting for next available executor on ‘GPU&&TensorCore’"))
    );
    let flat = stages::wfapi(json("wfapi-describe-failure.json"));
    assert!(flat.stages.iter().any(|s| s.state == StageState::Failure));
    assert_eq!(flat.source, StageSource::Wfapi);
}

#[test]
fn labels_of_a_recorded_configuration_can_be_changed() {
    let xml = text("node-config-xml-temporarily-offline.xml");
    let (labels, mode) = config::labels(&xml).unwrap();
    assert_eq!((labels.join(" "), mode), ("CPU linux x86_64".into(), Mode::Normal));
    let changed = config::with_labels(&xml, &["proof-7f3c".into()], Some(Mode::Exclusive)).unwrap();
    assert!(changed.starts_with("<?xml version=\"1.1\"") && changed.contains("<temporaryOfflineCause"));
    let back = config::with_labels(&changed, &labels, Some(mode)).unwrap();
    assert_eq!(back, xml);
    assert!(!config::flag(&text("job-config-xml.xml"), "disabled"));
}

#[test]
fn hostile_text_becomes_harmless() {
    let evil = "\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}x\u{0}\u{9b}31m\r\n\u{feff}y";
    let shown = |text: &str| {
        text.chars().all(|c| c == '\n' || (!c.is_control() && !matches!(c, '\u{200b}'..='\u{206f}' | '\u{feff}')))
    };
    let word = serde_json::to_string(evil).unwrap();
    let raw = format!(
        r#"{{"computer":[{{"displayName":{word},"description":{word},"offline":true,"temporarilyOffline":true,
        "offlineCauseReason":{word},"offlineCause":{{"_class":{word},"description":{word}}},"assignedLabels":[{{"name":{word}}}],
        "executors":[{{"currentExecutable":{{"_class":{word},"fullDisplayName":{word},"url":{word}}}}}],
        "monitorData":{{"hudson.node_monitors.ArchitectureMonitor":{word},"hudson.node_monitors.DiskSpaceMonitor":{{"path":{word},"size":1}}}}}}]}}"#
    );
    let nodes = computer::nodes(serde_json::from_str(&raw).unwrap(), &[]);
    let node = &nodes[0];
    let cause = node.cause.as_ref().unwrap();
    let occupant = node.executors[0].occupant.as_ref().unwrap();
    for text in [
        &node.name,
        &node.description,
        &cause.reason,
        &cause.detail,
        &occupant.class,
        &occupant.title,
        &node.monitors.disk.as_ref().unwrap().path,
    ] {
        assert!(shown(text), "{text:?}");
    }
    assert!(node.path.as_str().chars().all(|c| c.is_ascii_graphic()), "{}", node.path);
    let raw = format!(
        r#"{{"items":[{{"id":1,"why":{word},"task":{{"_class":{word},"name":{word},"url":{word}}},
        "actions":[null,{{"causes":[{{"shortDescription":{word},"userId":{word}}}],"parameters":[{{"name":{word},"value":{{"a":{word}}}}}]}}]}},null]}}"#
    );
    let items = queue::items(serde_json::from_str(&raw).unwrap());
    let item = &items[0];
    for text in [&item.why, &item.task.name, &item.causes[0].text, &item.params[0].0, &item.params[0].1] {
        assert!(shown(text), "{text:?}");
    }
    let raw = format!(
        r#"{{"jobs":[{{"name":{word},"fullName":{word},"displayName":{word},"url":"http://h/job/a/../../quietDown?x=/job/b","color":{word},
        "actions":[{{"contributor":{word},"objectUrl":"javascript:alert(1)","objectDisplayName":{word}}}]}}]}}"#
    );
    let (jobs, _) =
        job::flatten(serde_json::from_str(&raw).unwrap(), &UrlPath::encoded("job/p"), JobKind::Multibranch, 0, 9, 0);
    let job = &jobs[0].job;
    assert!(shown(&job.full_name) && shown(&job.display_name) && shown(&job.color));
    assert!(job.path.as_str().starts_with("job/p/job/") && !job.path.as_str().contains("quietDown"), "{}", job.path);
}

#[test]
fn thousands_of_rows_are_read_in_a_moment() {
    let one = serde_json::to_string(
        &serde_json::from_str::<serde_json::Value>(&text("computer-tree.json")).unwrap()["computer"][4],
    )
    .unwrap();
    let many = format!(r#"{{"computer":[{}]}}"#, vec![one; 2_000].join(","));
    assert_eq!(computer::nodes(serde_json::from_str(&many).unwrap(), &[]).len(), 2_000);
    let one =
        serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&text("queue.json")).unwrap()["items"][0])
            .unwrap();
    let many = format!(r#"{{"items":[{}]}}"#, vec![one; 5_000].join(","));
    assert_eq!(queue::items(serde_json::from_str(&many).unwrap()).len(), 5_000);
}

/// How many values there are below this one, it included; with `target`, the one of that number becomes `with`.
fn walk(value: &mut Value, count: &mut usize, target: Option<usize>, with: &Value) {
    if target == Some(*count) {
        *count += 1;
        *value = with.clone();
        return;
    }
    *count += 1;
    match value {
        Value::Array(list) => list.iter_mut().for_each(|v| walk(v, count, target, with)),
        Value::Object(map) => map.values_mut().for_each(|v| walk(v, count, target, with)),
        _ => {}
    }
}

/// Reads one answer; whether it was understood.
fn understood(name: &str, value: Value) -> bool {
    match name {
        "computer-tree.json" => serde_json::from_value(value).map(|v| computer::nodes(v, &[])).is_ok(),
        "queue-with-pipeline-step.json" => serde_json::from_value(value).map(queue::items).is_ok(),
        "root-jobs-nested.json" => serde_json::from_value(value)
            .map(|v| job::flatten(v, &UrlPath::default(), JobKind::Folder, 0, 9, 1))
            .is_ok(),
        "build-pr-success.json" => serde_json::from_value(value).map(|v| build::build(v, None, None)).is_ok(),
        "blue-nodes-running.json" => serde_json::from_value(value).map(stages::blue).is_ok(),
        "wfapi-describe-running.json" => serde_json::from_value(value).map(stages::wfapi).is_ok(),
        _ => panic!("nothing reads {name}"),
    }
}

#[test]
fn any_value_may_be_missing_and_no_value_makes_it_panic() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let names = [
        "computer-tree.json",
        "queue-with-pipeline-step.json",
        "root-jobs-nested.json",
        "build-pr-success.json",
        "blue-nodes-running.json",
        "wfapi-describe-running.json",
    ];
    let others = [
        value!(-1),
        value!(1e300),
        value!(u64::MAX),
        value!("\u{1b}[31m"),
        value!([]),
        value!({}),
        value!([null]),
        value!(true),
    ];
    for name in names {
        let recorded: Value = json(name);
        let mut total = 0;
        walk(&mut recorded.clone(), &mut total, None, &Value::Null);
        for _ in 0..120 {
            let target = random.usize(1..total);
            let mut changed = recorded.clone();
            walk(&mut changed, &mut 0, Some(target), &Value::Null);
            assert!(understood(name, changed), "seed {seed}: {name} without its value {target} is not understood");
            let mut changed = recorded.clone();
            let with = &others[random.usize(..others.len())];
            walk(&mut changed, &mut 0, Some(target), with);
            understood(name, changed);
        }
    }
}
