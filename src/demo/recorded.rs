//! The installation that the recordings were made of: 12 nodes, its jobs, builds and queue, standing still.
use super::builds::{At, Branch, Build, BuildRef, Change, Outcome, Spot, Stage, Started, Step, Work};
use super::jobs::{self, Job, JobId, Kind, Multi, Param};
use super::log::Log;
use super::nodes::{Cause, Launcher, Node};
use super::queue::{Item, State, Task};
use super::version::Version;
use super::world::{Sizes, World};

/// Nothing ends by itself before this much has passed: the recordings stand still.
const LONG: i64 = 30 * 86_400_000;
const MINUTE: i64 = 60_000;
const X86: &str = "x86_64";

impl World {
    /// The recorded installation. Everything that is in it is named in the recordings' `root-jobs-nested`,
    /// `computer-depth1` and `queue`.
    pub fn recorded(now: i64, version: Version) -> World {
        let mut world = World::empty(8, now, version, Sizes { nodes: 12, queue: 7 });
        world.lively = false;
        world.message = "Jenkins will restart on 3/22/22 at 10 AM PDT (<a href=\"https://discuss.tvm.apache.org/t/12366/2\">details</a>)".to_owned();
        world.recorded_nodes();
        world.recorded_freestyle();
        world.recorded_pipelines();
        world.recorded_branches();
        world.recorded_queue();
        world
    }

    fn recorded_nodes(&mut self) {
        let now = self.now;
        let mut master = Node::new("master", &["master"], 0, Launcher::BuiltIn, now);
        master.description = "the master Jenkins node".to_owned();
        self.nodes.insert("master".to_owned(), master);
        let inbound = Launcher::Inbound;
        let table: [NodeRow; 12] = [
            (
                "CPU-SPOT (i-0a1b2c3d4e)",
                &["CPU-SPOT", "linux"],
                1,
                "spot instance; name has a space and brackets",
                inbound,
                false,
            ),
            ("arm-node-01", &["ARM", "aarch64", "linux"], 2, "m6g.4xlarge", inbound, true),
            ("arm-node-02", &["ARM", "aarch64", "linux"], 2, "m6g.4xlarge", inbound, false),
            ("cpu-node-01", &["CPU", "linux", X86], 6, "c5.9xlarge", inbound, true),
            ("cpu-node-02", &["CPU", "linux", X86], 2, "c5.9xlarge", inbound, true),
            ("cpu-node-03", &["CPU", "linux", X86], 2, "c5.9xlarge", inbound, false),
            ("cpu-node-04", &["CPU", "linux", X86], 2, "c5.9xlarge (never connected)", inbound, false),
            ("docs", &["doc"], 1, "Documentation builder", inbound, true),
            ("gpu-node-01", &["GPU", "TensorCore", "linux", X86], 1, "g4dn.xlarge, T4", inbound, true),
            ("gpu-node-02", &["GPU", "TensorCore", "linux", X86], 1, "g4dn.xlarge, T4", Launcher::Command, false),
            ("gpubuild-01", &["GPUBUILD", "linux", X86], 2, "builds CUDA, has no GPU", inbound, true),
            ("tensorcore-01", &["GPU", "TensorCore", "linux"], 1, "g5.2xlarge, A10", inbound, false),
        ];
        for (name, labels, executors, description, launcher, connected) in table {
            let mut node = Node::new(name, labels, executors, launcher, now);
            node.description = description.to_owned();
            node.connected = connected;
            node.exclusive = !name.starts_with("cpu");
            self.nodes.insert(name.to_owned(), node);
        }
        let user =
            |message: &str| Cause::User { user: "admin".to_owned(), message: message.to_owned(), at: now - MINUTE };
        self.set("arm-node-02", |n| n.mark = Some(user("Board returned to vendor")));
        self.set("cpu-node-02", |n| n.mark = Some(user("Investigating disk pressure, see apache/tvm#11234")));
        self.set("cpu-node-03", |n| n.broken = Some(Cause::Channel { at: now - 3 * MINUTE }));
        self.set("gpu-node-02", |n| {
            n.broken = Some(Cause::Launch { at: now - 7 * MINUTE });
            n.log = "[11/23/26 15:52:56] Launching agent\nERROR: script not yet approved for use\n".to_owned();
        });
        self.set("tensorcore-01", |n| n.mark = Some(Cause::Disk { at: now - MINUTE, left: 318_767_104 }));
        for node in self.nodes.values_mut() {
            node.measure(now, 1_493, -217);
        }
    }

    fn set(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(name) {
            change(node);
        }
    }

    fn freestyle(&mut self, parent: Option<JobId>, name: &str, label: &str) -> JobId {
        let mut job = Job::new(name, Kind::Freestyle);
        job.label = Some(label.to_owned());
        self.add_job(parent, job)
    }

    fn recorded_freestyle(&mut self) {
        let failed = Some(Outcome::Failure);
        let fine = Some(Outcome::Success);
        let aborted = self.freestyle(None, "aborted-job", "CPU");
        self.put(aborted, Some(Outcome::Aborted), |b| b.stopped_by = Some("CI Admin".to_owned()));
        for (name, label) in [
            ("arm-big-board", "ARM&&bigboard"),
            ("cpu-node-04-only", "cpu-node-04"),
            ("hexagon-device-test", "HEXAGON"),
            ("release-later", "CPU"),
        ] {
            self.freestyle(None, name, label);
        }
        let images = self.add_job(None, super::setup::images_job());
        self.put(images, fine, |b| {
            b.started = Started::Timer;
            b.params = [("TAG", "String", "nightly"), ("IMAGE", "Choice", "cpu"), ("PUSH", "Boolean", "true")]
                .map(|(n, k, v)| (n.to_owned(), k, v.to_owned()))
                .to_vec();
            b.built_on = "cpu-node-02".to_owned();
        });
        let docs = self.freestyle(None, "docs-serial", "doc");
        self.put(docs, None, |_| ());
        self.run(docs, "docs");
        let failing = self.freestyle(None, "failing-job", "CPU");
        self.put(failing, failed, |_| ());
        self.put(failing, failed, |b| b.log.line("ERROR: CUDA error: an illegal memory access was encountered"));
        let bench = self.freestyle(None, "gpu-nightly-bench", "GPU");
        self.put(bench, fine, |_| ());
        let soak = self.freestyle(None, "gpu-soak", "GPU&&TensorCore");
        self.put(soak, None, |_| ());
        self.run(soak, "gpu-node-01");
        let mut infra = Job::new("infra", Kind::Folder);
        infra.display = Some("Infrastructure".to_owned());
        infra.description = Some("Infrastructure jobs".to_owned());
        let infra = self.add_job(None, infra);
        let packer = self.freestyle(Some(infra), "packer-build", "CPU");
        self.put(packer, fine, |_| ());
        self.freestyle(Some(infra), "terraform-plan", "CPU");
        let lint = self.freestyle(None, "lint-unstable", "CPU");
        self.put(lint, Some(Outcome::Unstable), |b| b.tests = Some((1, 1, 3)));
        let long = self.freestyle(None, "long-running-cpu", "CPU");
        self.job_mut(long).params = ["ONCE", "STEP"].map(|n| text_param(n, "10")).to_vec();
        self.put(long, fine, |_| ());
        self.put(long, None, |b| {
            b.params = ["ONCE", "STEP"].map(|n| (n.to_owned(), "String", "10".to_owned())).to_vec();
            b.log.step("shard 1");
            b.log.pad(3_721);
        });
        self.run(long, "cpu-node-01");
        let odd = self.freestyle(None, "name with spaces + ümlaut", "CPU");
        self.put(odd, fine, |_| ());
        let old = self.freestyle(None, "old-sgx-build", "CPU");
        self.job_mut(old).disabled = true;
        let cleanup = self.freestyle(None, "workspace-cleanup", "CPU");
        self.put(cleanup, fine, |_| ());
    }

    fn recorded_pipelines(&mut self) {
        let param = Param {
            kind: "Choice",
            choices: ["pass", "fail", "unstable", "long"].map(str::to_owned).to_vec(),
            ..text_param("OUTCOME", "pass")
        };
        let mut job = Job::new("tvm-pipeline", Kind::Pipeline);
        job.params = vec![param, text_param("SECS", "2")];
        let id = self.add_job(None, job);
        let params = || {
            [("OUTCOME", "Choice", "long"), ("SECS", "String", "3")]
                .map(|(n, k, v)| (n.to_owned(), k, v.to_owned()))
                .to_vec()
        };
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::Unstable] {
            self.put(id, Some(outcome), |b| {
                b.params = params();
                b.work = Work::Pipeline(ended(pipeline_stages(outcome == Outcome::Failure), b.start, outcome));
                b.tests = (outcome == Outcome::Unstable).then_some((1, 0, 2));
                for _ in 0..40 {
                    b.log.step("node");
                }
                b.log.pad(33_781);
            });
        }
        let r = self.put(id, None, |b| {
            b.params = params();
            let mut stages = ended(pipeline_stages(true), b.start, Outcome::Success);
            if let Some(branch) = stages.last_mut().and_then(|s| s.branches.first_mut()) {
                branch.at = At::Runs;
                branch.end = None;
                branch.node = Some("cpu-node-01".to_owned());
                for step in &mut branch.steps {
                    step.end = None;
                    step.takes = LONG;
                }
            }
            if let Some(stage) = stages.last_mut() {
                stage.end = None;
            }
            b.work = Work::Pipeline(stages);
        });
        self.set("cpu-node-01", |n| {
            n.occupy(Spot { build: r, stage: 3, branch: 0 });
        });
        let mut release = Job::new("release-with-approval", Kind::Pipeline);
        release.flow =
            vec![stage(6, "Build", &[(8, None, "CPU", 9)]), Stage { input: true, ..stage(13, "Approve", &[]) }];
        let release = self.add_job(None, release);
        self.put(release, None, |b| {
            let mut stages = ended(vec![stage(6, "Build", &[(8, None, "CPU", 9)])], b.start, Outcome::Success);
            stages.push(Stage { start: Some(b.start), input: true, ..stage(13, "Approve", &[]) });
            b.work = Work::Pipeline(stages);
        });
        let mut declarative = Job::new("declarative-demo", Kind::Pipeline);
        declarative.flow = vec![stage(8, "Lint", &[(9, None, "CPU", 10)])];
        let declarative = self.add_job(None, declarative);
        self.put(declarative, Some(Outcome::Unstable), |b| {
            let stages = [(8, "Lint"), (17, "Tests"), (42, "Flaky"), (51, "Deploy"), (56, "Declarative: Post Actions")]
                .map(|(id, name)| stage(id, name, &[(id + 1, None, "CPU", id + 2)]));
            b.work = Work::Pipeline(ended(stages.to_vec(), b.start, Outcome::Unstable));
        });
    }

    fn recorded_branches(&mut self) {
        let mut tvm = Job::new("tvm", Kind::Multibranch(Multi::default()));
        tvm.description = Some("Apache TVM".to_owned());
        let tvm = self.add_job(None, tvm);
        for (name, pull, dead, built) in [
            ("ci-docker-staging", None, false, None),
            ("feature%2Frelax-vm", None, false, Some(Outcome::Success)),
            ("last-successful", None, true, None),
            ("main", None, false, Some(Outcome::Success)),
            ("PR-11329", Some(11_329), false, Some(Outcome::Success)),
            ("PR-11341", Some(11_341), false, Some(Outcome::Failure)),
            ("PR-11360", Some(11_360), false, Some(Outcome::Unstable)),
            ("PR-11371", Some(11_371), false, Some(Outcome::Aborted)),
            ("v0.13.0", None, false, None),
        ] {
            let id = self.branch(tvm, name, pull, dead);
            if name == "main" {
                self.put(id, built, |b| b.work = Work::Pipeline(ended(pull_stages(3), b.start, Outcome::Success)));
            }
            if let Some(outcome) = built {
                let stopped = outcome == Outcome::Aborted;
                let stages = if stopped {
                    vec![stage(4, "Sanity Check", &[(5, None, "CPU", 9)]), stage(13, "Build", &[(14, None, "CPU", 18)])]
                } else {
                    pull_stages(3)
                };
                self.put(id, built, |b| {
                    b.work = Work::Pipeline(ended(stages, b.start, outcome));
                    b.stopped_by = stopped.then(|| "CI Admin".to_owned());
                    if name == "main" {
                        b.changes.push(Change {
                            commit: b.revision.clone().unwrap_or_default(),
                            message: "[MetaSchedule] Add tuning logs (#11350)".to_owned(),
                            author: "junru".to_owned(),
                            at: b.start,
                        });
                    }
                });
            }
        }
        self.recorded_running(tvm);
        self.scan(tvm);
        let mirror = Multi { local: true, ..Multi::default() };
        let mut job = Job::new("tvm-mirror", Kind::Multibranch(mirror));
        job.description = Some("Branches and tags of a local git repository".to_owned());
        let mirror = self.add_job(None, job);
        for name in ["ci-docker-staging", "feature%2Frelax-vm", "last-successful", "main", "v0.13.0", "v0.13.0.rc0"] {
            let id = self.branch(mirror, name, None, false);
            if name == "v0.13.0.rc0" {
                self.put(id, Some(Outcome::Success), |b| {
                    b.work = Work::Pipeline(ended(pull_stages(2), b.start, Outcome::Success))
                });
            }
        }
        self.now += 5_000;
        self.scans_tick();
        self.now -= 5_000;
    }

    /// PR-11388 runs its first stage, PR-11352 waits for a node with `GPU&&TensorCore` as queue item 114.
    fn recorded_running(&mut self, tvm: JobId) {
        let id = self.branch(tvm, "PR-11388", Some(11_388), false);
        let r = self.put(id, None, |b| {
            let mut stages = pull_stages(1);
            if let Some(stage) = stages.first_mut() {
                stage.start = Some(b.start);
                for branch in &mut stage.branches {
                    branch.at = At::Runs;
                    branch.start = Some(b.start);
                    branch.node = Some("cpu-node-01".to_owned());
                    for step in &mut branch.steps {
                        step.start = Some(b.start);
                        step.takes = LONG;
                    }
                }
            }
            b.work = Work::Pipeline(stages);
        });
        self.set("cpu-node-01", |n| {
            n.occupy(Spot { build: r, stage: 0, branch: 0 });
        });
        let id = self.branch(tvm, "PR-11352", Some(11_352), false);
        self.put(id, None, |b| {
            let mut stages = ended(pull_stages(3), b.start, Outcome::Success);
            let mut last = stage(56, "GPU Test", &[(57, None, "GPU&&TensorCore", 60)]);
            last.start = Some(b.start);
            for branch in &mut last.branches {
                branch.at = At::Queued(114);
                branch.start = Some(b.start);
            }
            stages.push(last);
            b.work = Work::Pipeline(stages);
        });
    }

    fn branch(&mut self, parent: JobId, name: &str, pull: Option<u64>, dead: bool) -> JobId {
        let revision = self.revision();
        let branch =
            jobs::Branch { pull, title: format!("[CI] Title of {name}"), author: "tqchen".to_owned(), dead, revision };
        let mut job = Job::new(name, Kind::Branch(branch));
        job.display = name.contains("%2F").then(|| name.replace("%2F", "/"));
        job.flow = pull_stages(3);
        self.add_job(Some(parent), job)
    }

    fn recorded_queue(&mut self) {
        let admin = || Started::User { id: "admin".to_owned(), name: "CI Admin".to_owned() };
        for (id, name) in [
            (91, "gpu-nightly-bench"),
            (92, "hexagon-device-test"),
            (93, "arm-big-board"),
            (94, "cpu-node-04-only"),
            (95, "docs-serial"),
            (96, "release-later"),
        ] {
            let Some(job) = self.child(None, name) else { continue };
            let state = match id {
                95 => State::Blocked(super::queue::Block::Running(1)),
                96 => State::Waiting(self.now + 86_000_000),
                _ => State::Buildable,
            };
            let label = self.job(job).label.clone();
            self.wait(id, Task::Job(job), admin(), state, label);
        }
        let waiting = self.child(None, "tvm").and_then(|t| self.child(Some(t), "PR-11352"));
        if let Some(job) = waiting {
            let spot = Spot { build: BuildRef { job, number: 1 }, stage: 3, branch: 0 };
            self.wait(114, Task::Step(spot), Started::Nothing, State::Buildable, Some("GPU&&TensorCore".to_owned()));
        }
        self.next_item = 115;
    }

    fn wait(&mut self, id: u64, task: Task, started: Started, state: State, label: Option<String>) {
        let since = self.now - 4 * MINUTE;
        let ready_since = (!matches!(state, State::Waiting(_))).then_some(since);
        self.queue.insert(id, Item { id, since, task, started, params: Vec::new(), state, label, ready_since });
    }

    /// Puts the next build of a job there: ended with an outcome, or running.
    fn put(&mut self, id: JobId, outcome: Option<Outcome>, change: impl FnOnce(&mut Build)) -> BuildRef {
        let start = self.now - 5 * MINUTE;
        let mut build = self.new_build(id, start);
        build.started = Started::User { id: "admin".to_owned(), name: "CI Admin".to_owned() };
        build.changes.clear();
        build.built_on = if build.pipeline() { String::new() } else { "cpu-node-01".to_owned() };
        build.log.line("Running as SYSTEM");
        change(&mut build);
        build.result = outcome;
        build.end = outcome.map(|_| start + 15_559);
        build.wake = i64::MAX;
        if let Some(outcome) = outcome.filter(|_| build.log.size() < 2_000) {
            build.log.line(&format!("Finished: {}", outcome.name()));
        }
        if let Work::Freestyle { until, .. } = &mut build.work {
            *until = self.now + LONG;
        }
        let r = BuildRef { job: id, number: build.number };
        let job = self.job_mut(id);
        job.next = build.number + 1;
        if outcome.is_none() {
            self.running.insert(r);
        }
        self.job_mut(id).builds.insert(r.number, build);
        r
    }

    /// Puts a running freestyle build onto a node.
    fn run(&mut self, id: JobId, node: &str) {
        let number = self.job(id).next - 1;
        let r = BuildRef { job: id, number };
        if let Some(build) = self.build_mut(r) {
            build.built_on = node.to_owned();
        }
        self.set(node, |n| {
            n.occupy(Spot { build: r, stage: 0, branch: 0 });
        });
    }
}

fn text_param(name: &str, default: &str) -> Param {
    Param {
        name: name.to_owned(),
        kind: "String",
        default: default.to_owned(),
        description: String::new(),
        choices: Vec::new(),
    }
}

/// A node in the table: name, labels, executors, description, launcher, connected.
type NodeRow = (&'static str, &'static [&'static str], usize, &'static str, Launcher, bool);

/// A branch in a table: its flow node, its name, its label, its step's flow node.
type Row = (u32, Option<&'static str>, &'static str, u32);

fn stage(id: u32, name: &str, rows: &[Row]) -> Stage {
    let branches = rows
        .iter()
        .map(|(id, name, label, step)| Branch {
            id: *id,
            name: name.map(str::to_owned),
            label: (*label).to_owned(),
            node: None,
            at: At::NotYet,
            steps: vec![Step {
                id: *step,
                script: "sleep 1; echo ok".to_owned(),
                takes: 1_600,
                start: None,
                end: None,
                outcome: Outcome::Success,
            }],
            start: None,
            end: None,
        })
        .collect();
    Stage { id, name: name.to_owned(), branches, start: None, end: None, input: false }
}

/// The stages of `tvm-pipeline` (recordings: wfapi-describe-success, blue-nodes).
fn pipeline_stages(until_test: bool) -> Vec<Stage> {
    let mut stages = vec![
        stage(4, "Prepare", &[(5, None, "CPU", 7)]),
        stage(13, "Sanity Check", &[(14, None, "CPU", 16)]),
        stage(
            22,
            "Build",
            &[
                (26, Some("BUILD: CPU"), "CPU", 35),
                (27, Some("BUILD: GPU"), "GPUBUILD", 36),
                (28, Some("BUILD: ARM"), "ARM", 37),
            ],
        ),
        stage(
            51,
            "Test",
            &[
                (55, Some("python: CPU"), "CPU", 64),
                (56, Some("java: CPU"), "CPU", 65),
                (57, Some("python: ARM"), "ARM", 66),
            ],
        ),
    ];
    if !until_test {
        stages.push(stage(80, "Deploy", &[(81, None, "CPU", 83)]));
    }
    stages
}

/// The first stages of a pull request's build (recording: blue-nodes-waiting-for-node).
fn pull_stages(count: usize) -> Vec<Stage> {
    let mut stages = vec![
        stage(4, "Sanity Check", &[(5, None, "CPU", 8)]),
        stage(14, "Build", &[(17, Some("BUILD: CPU"), "CPU", 24), (18, Some("BUILD: GPU"), "GPUBUILD", 25)]),
        stage(35, "Unit Test", &[(38, Some("python3: CPU"), "CPU", 45), (39, Some("python3: arm"), "ARM", 46)]),
    ];
    stages.truncate(count);
    stages
}

/// The same stages, ended; the last one's first branch with the outcome.
fn ended(mut stages: Vec<Stage>, start: i64, outcome: Outcome) -> Vec<Stage> {
    for stage in &mut stages {
        (stage.start, stage.end) = (Some(start), Some(start + 1_700));
        for branch in &mut stage.branches {
            branch.at = At::Ended(Outcome::Success);
            branch.node = Some("cpu-node-01".to_owned());
            (branch.start, branch.end) = (Some(start), Some(start + 1_650));
            for step in &mut branch.steps {
                (step.start, step.end) = (Some(start), Some(start + 1_600));
            }
        }
    }
    if let Some(branch) = stages.last_mut().and_then(|s| s.branches.first_mut()) {
        branch.at = At::Ended(outcome);
        for step in &mut branch.steps {
            step.outcome = outcome;
        }
    }
    stages
}

impl Log {
    /// Adds one line so that the whole counts so many bytes.
    fn pad(&mut self, size: usize) {
        let left = size.saturating_sub(self.size() + 1);
        if left > 0 {
            self.line(&"x".repeat(left));
        }
    }
}
