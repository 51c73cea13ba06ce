//! A made-up installation for the tests of lists and screens: static nodes and fleets, builds of pull requests, a queue that waits.
use std::sync::Arc;
use std::time::Duration;

use crate::base::{RunId, Span, Text, Time};
use crate::insight::testing::{ago, build, busy, item, jenkins, job_path, node, now};
use crate::model::snapshot::CallRecord;
use crate::model::{
    Build, BuildId, Cause, ControllerId, Disk, FleetStat, Jenkins, Node, OfflineCause, OfflineKind, Outcome,
    PullRequest, QueueItem, QueueState, Reading, Snapshot,
};
use crate::run::{Question, Risk, RunState, RunView, Runs, StepState, StepView, Verdict, VerdictKind};

pub fn prod() -> ControllerId {
    ControllerId::new("prod")
}

fn offline(mut node: Node, kind: OfflineKind, reason: &str, since: u64) -> Node {
    node.offline = true;
    node.temporarily_offline = kind == OfflineKind::User;
    let detail = Text::block(&format!("{reason}\nat hudson.remoting.Channel.terminate\nat java.lang.Thread.run"));
    node.cause = Some(OfflineCause { kind, reason: reason.into(), detail, since: Some(ago(since)) });
    node
}

fn disk(mut node: Node, free: u64) -> Node {
    let at = Some(ago(360));
    node.monitors.disk = Some(Disk { path: "/home/jenkins".into(), free, total: Some(500_000_000_000), at });
    node.monitors.response = Some(Duration::from_millis(14));
    node.monitors.clock_diff = Some(12);
    node.monitors.architecture = Some("Linux (amd64)".into());
    node
}

/// Twelve static GPU nodes, a fleet of small ones, a few ARM ones, and the built-in node.
pub fn nodes() -> Vec<Node> {
    let mut out = Vec::new();
    for i in 1..=12_u64 {
        let plain = disk(node(&format!("gpu-{i}"), &["GPU", "TensorCore"]), 120_000_000_000 + i * 7_000_000_000);
        out.push(match i {
            3 => offline(plain, OfflineKind::Channel, "Connection was broken", 2_460),
            7 => disk(busy(plain, "tvm-gpu » PR-11352", 3, 1_900, 3_000), 800_000_000),
            4 => offline(
                busy(plain, "tvm-gpu » PR-11371", 2, 400, 640),
                OfflineKind::User,
                "drained by op2, run 7f3c0a91",
                360,
            ),
            9 => offline(plain, OfflineKind::User, "new driver, op1", 190_000),
            10 => plain,
            i => busy(plain, &format!("tvm-gpu » PR-{}", 11_300 + i), 1 + i % 3, 200 * i, 3_600),
        });
    }
    for i in 0..60_u64 {
        let plain = disk(node(&format!("i-0f3a{:04x}91", i * 977), &["CPU-SMALL", "CPU"]), 40_000_000_000);
        out.push(busy(plain, &format!("tvm-cpu » PR-{}", 11_200 + i), 4, 60 + i * 11, 900));
    }
    for i in 1..=6_u64 {
        let plain = node(&format!("arm-{i}"), &["ARM", "ARM-GRAVITON3"]);
        out.push(if i < 4 { busy(plain, &format!("tvm-arm » PR-{}", 11_380 + i), 1, 30 * i, 1_200) } else { plain });
    }
    out.push(busy(node("doc-1", &["doc"]), "tvm-docs » main", 411, 480, 600));
    let mut built_in = node("Built-In Node", &["built-in"]);
    (built_in.kind, built_in.num_executors) = (crate::model::NodeKind::BuiltIn, 0);
    built_in.executors.clear();
    out.push(built_in);
    out
}

fn waiting(id: u64, what: &str, label: &str, since: u64) -> QueueItem {
    let mut item = item(id, label);
    (item.since, item.buildable_since) = (ago(since), Some(ago(since)));
    item.task.name = Text::line(what);
    let mut names = what.rsplitn(2, " #");
    if let (Some(number), Some(job)) = (names.next(), names.next()) {
        item.task.build = number.parse().ok().map(|n| BuildId::new(job_path(job), n));
    }
    item.causes = vec![Cause { text: "Branch indexing".into(), user: None }];
    item
}

/// Forty-one items: most wait for the fleet, some for nodes, and one of each sort of trouble.
pub fn queue() -> Vec<QueueItem> {
    let mut out: Vec<QueueItem> = (0..22)
        .map(|i| waiting(9_100 + i, &format!("tvm-cpu » PR-{} #{}", 11_400 + i, 1 + i % 4), "CPU-SMALL", 840 - i * 31))
        .collect();
    out.extend((0..9).map(|i| waiting(9_200 + i, &format!("tvm-gpu » PR-{} #2", 11_400 + i), "GPU", 200 - i * 13)));
    out.extend((0..5).map(|i| waiting(9_300 + i, &format!("tvm-arm » PR-{} #1", 11_410 + i), "ARM-SPOT", 240 - i * 3)));
    out.push(waiting(9_400, "tvm-docs » main #412", "doc", 130));
    let mut blocked = waiting(9_401, "tvm-lint » main", "", 90);
    (blocked.state, blocked.why) = (QueueState::Blocked, "Build #88 is already in progress (ETA: 3 min)".into());
    let mut quiet = waiting(9_402, "tvm-wasm » PR-11422", "", 3);
    (quiet.state, quiet.not_before) = (QueueState::Waiting, Some(now().plus(Duration::from_secs(2))));
    let mut throttled = waiting(9_403, "tvm-unity » main", "GPU", 400);
    (throttled.state, throttled.why) = (QueueState::Blocked, "Already running 3 builds across all nodes".into());
    let mut stuck = waiting(9_404, "tvm-riscv » main #7", "RISCV && !GPU", 5_000);
    stuck.stuck = true;
    out.extend([blocked, quiet, throttled, stuck]);
    out
}

/// Running and ended builds.
pub fn builds() -> Vec<Build> {
    let mut out = Vec::new();
    for i in 0..30_u64 {
        let mut b = build(
            &format!("tvm-{} » PR-{}", ["gpu", "cpu", "arm"][i as usize % 3], 11_352 + i),
            1 + i % 4,
            90 + i * 200,
            3_000,
        );
        b.pull_request = Some(PullRequest {
            number: 11_352 + i,
            title: Text::line(&format!("[Relay] Fix shape inference of op {i}")),
            author: "contributor".into(),
            url: Text::line(&format!("https://github.com/apache/tvm/pull/{}", 11_352 + i)),
        });
        b.revision = Some(Text::line(&format!("{:08x}c0ffee", i * 7_919_777)));
        b.causes = vec![Cause { text: "Pull request updated".into(), user: None }];
        if i > 11 {
            b.building = false;
            b.duration = Duration::from_secs(1_500 + i * 13);
            let all = [Outcome::Success, Outcome::Failure, Outcome::Success, Outcome::Unstable, Outcome::Aborted];
            b.result = Some(all[i as usize % 5]);
        }
        out.push(b);
    }
    out
}

fn fleets() -> Vec<FleetStat> {
    let one = |fleet: &str, label: &str, active, desired, max| FleetStat {
        fleet: fleet.into(),
        label: label.into(),
        active,
        desired,
        max,
        state: "active".into(),
    };
    vec![
        one("Prod-Autoscaler-Jenkins-CPU-SMALL", "CPU-SMALL CPU", 60, 60, Some(60)),
        one("Prod-Autoscaler-Jenkins-ARM-SPOT", "ARM-SPOT", 0, 5, Some(90)),
    ]
}

fn calls() -> Vec<CallRecord> {
    let what = ["GET /computer/api/json", "GET /queue/api/json", "GET /job/tvm-gpu/api/json", "GET /api/json"];
    (0..24_u64)
        .map(|i| CallRecord {
            at: ago(50 - i * 2),
            what: what[i as usize % 4].into(),
            took: Duration::from_millis(31 + i * 17 % 90),
            status: Some(if i == 13 { 503 } else { 200 }),
            bytes: 5_400 + i * 211,
            error: (i == 13).then(|| "503 Service Unavailable".into()),
        })
        .collect()
}

/// Everything known of one controller.
pub fn prod_jenkins() -> Jenkins {
    let mut j = jenkins(nodes(), queue());
    j.builds = Reading::fresh(builds().into_iter().map(Arc::new).collect(), ago(4));
    j.fleets = Reading::fresh(fleets().into_iter().map(Arc::new).collect(), ago(7));
    j.jobs = Reading::fresh(Vec::new(), ago(30));
    j.calls = Arc::new(calls());
    j
}

pub fn snapshot() -> Arc<Snapshot> {
    Arc::new(Snapshot { seq: 1, jenkins: [(prod(), Arc::new(prod_jenkins()))].into() })
}

fn step(id: &str, state: StepState, says: &str) -> StepView {
    StepView {
        id: id.into(),
        attempt: 1,
        verb: Text::line(&format!("jenkins.node.{}", if id == "idle" { "wait_idle" } else { "offline" })),
        depth: 0,
        does: if id == "idle" {
            "waits until no executor is busy, at most 4h".into()
        } else {
            "POST /computer/gpu-4/changeOfflineCause".into()
        },
        state,
        started_at: (state != StepState::Pending).then(|| ago(360)),
        ended_at: (state == StepState::Done).then(|| ago(358)),
        says: says.into(),
        output: vec!["1 of 1 executors busy: tvm-gpu » PR-11371 #2".into(), "ends in ~4m".into()],
        left: (state == StepState::Running).then(|| Span(Duration::from_secs(240))),
    }
}

/// One run that drains, one that asks, one that is over.
pub fn runs() -> Arc<Runs> {
    let run = |id, state, subject: &str, steps: Vec<StepView>| RunView {
        id: RunId::new(id),
        runbook: "drain-node".into(),
        title: "Drain a node".into(),
        subject: subject.into(),
        controller: prod(),
        state,
        risk: Risk::Low,
        by: "op2".into(),
        planned_at: ago(370),
        started_at: Some(ago(360)),
        ended_at: state.is_over().then(|| ago(20)),
        left: (!state.is_over()).then(|| Span(Duration::from_secs(240))),
        steps,
        question: None,
        notes: Vec::new(),
        verdicts: verdicts(),
        here: true,
        because: if state.is_over() { "every step is done".into() } else { "waits for gpu-4 to be idle".into() },
    };
    let draining = run(
        0x7f3c_0a91,
        RunState::Running,
        "gpu-4",
        vec![
            step("offline", StepState::Done, "gpu-4 is marked offline"),
            step("idle", StepState::Running, "1 of 1 executors busy, ends in ~4m"),
        ],
    );
    let mut asking = run(
        0x11aa_22bb,
        RunState::Waiting,
        "gpu-9",
        vec![step("offline", StepState::Done, ""), step("idle", StepState::Asking, "4h are over")],
    );
    asking.question = Some(Question {
        step: Some("idle".into()),
        text: "gpu-9 is still busy after 4h: what now?".into(),
        choices: vec![
            crate::run::Choice { id: "wait".into(), text: "wait 4h more".into() },
            crate::run::Choice { id: "abort".into(), text: "abort the run".into() },
        ],
        asked_at: ago(720),
    });
    let done = run(
        0x0c0f_fee0,
        RunState::Done,
        "gpu-2",
        vec![step("offline", StepState::Done, "marked"), step("idle", StepState::Done, "idle")],
    );
    Arc::new(vec![Arc::new(draining), Arc::new(asking), Arc::new(done)])
}

pub fn verdicts() -> Vec<Verdict> {
    let one = |guard: &str, kind, text: &str, data: &str| Verdict {
        guard: guard.into(),
        kind,
        text: text.into(),
        data: data.into(),
        read_at: Some(ago(2)),
    };
    vec![
        one("role", VerdictKind::Passed, "you may operate prod", "site file"),
        one("armed", VerdictKind::Passed, "for 52 more minutes", ""),
        one("freshness", VerdictKind::Passed, "nodes read 2s ago, queue 2s ago", "nodes, queue"),
        one("capacity", VerdictKind::Passed, "GPU 9 → 8 accepting of 12 (floor 60 %)", "nodes read 2s ago"),
        one("queue", VerdictKind::Warning, "GPU: 9 waiting, limit 10", "queue read 2s ago"),
        one("lock", VerdictKind::Passed, "node/gpu-4 is free", ""),
    ]
}

/// The moment at which all this is so.
pub fn at() -> Time {
    now()
}
