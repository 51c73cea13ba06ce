//! The installation at the moment the simulation begins: in the midst of life (facts: tvm-ci; design: the board's sketch).
use super::builds::{At, Build, BuildRef, Change, Outcome, Spot, Started, Work};
use super::fleets::Fleet;
use super::flows;
use super::jobs::{Branch, Job, JobId, Kind, Multi, Param};
use super::log::Log;
use super::nodes::{Cause, Launcher, Node};
use super::queue::{Item, State, Task};
use super::version::Version;
use super::world::{Sizes, World};

/// The nine fleets: kind, which is also the label, and greatest size in production.
const FLEETS: [(&str, usize); 9] = [
    ("CPU", 90),
    ("CPU-SPOT", 90),
    ("CPU-SMALL", 400),
    ("CPU-SMALL-SPOT", 100),
    ("GPU", 150),
    ("GPU-SPOT", 64),
    ("ARM", 90),
    ("ARM-GRAVITON3", 90),
    ("ARM-GRAVITON3-SPOT", 90),
];

/// The enabled multibranch projects and the context each reports.
const PROJECTS: [(&str, &str); 11] = [
    ("tvm-arm", "arm"),
    ("tvm-cortexm", "cortexm"),
    ("tvm-cpu", "cpu"),
    ("tvm-docker", "docker"),
    ("tvm-gpu", "gpu"),
    ("tvm-lint", "lint"),
    ("tvm-minimal", "minimal"),
    ("tvm-minimal-cross-isa", "minimal-cross-isa"),
    ("tvm-riscv", "riscv"),
    ("tvm-unity", "unity"),
    ("tvm-wasm", "wasm"),
];

const MINUTE: i64 = 60_000;

impl World {
    /// A living installation.
    pub fn living(seed: u64, now: i64, version: Version, want: Sizes) -> World {
        let mut world = World::empty(seed, now, version, want);
        world.next_item = 41_200;
        world.static_nodes();
        world.fleet_nodes();
        world.projects_setup();
        world.other_jobs();
        world.fill();
        world.open_pulls = world.next_pull - 17_400 + 40;
        world.stuck_items();
        world.measure_all();
        world
    }

    fn built_in(&mut self) {
        let (name, label) = if self.version.built_in() { ("Built-In Node", "built-in") } else { ("master", "master") };
        let mut node = Node::new(name, &[label], 0, Launcher::BuiltIn, self.now);
        node.description =
            if self.version.built_in() { "the Jenkins controller's built-in node" } else { "the master Jenkins node" }
                .to_owned();
        self.nodes.insert(name.to_owned(), node);
    }

    fn static_nodes(&mut self) {
        self.built_in();
        let now = self.now;
        let many = (self.want.nodes / 4).clamp(3, 12);
        let kinds: [(&str, &[&str], &str, usize, usize); 5] = [
            ("gpu", &["GPU", "TensorCore", "linux"], "g4dn.xlarge, T4", many.min(8), 1),
            ("cpu", &["CPU", "linux"], "c5.9xlarge", (many / 4).max(1), 2),
            ("arm", &["ARM", "linux"], "m6g.4xlarge", (many / 6).max(1), 2),
            ("doc", &["doc", "linux"], "Documentation builder", 1, 1),
            ("riscv", &["RISCV", "linux"], "VisionFive 2 board", 1, 1),
        ];
        for (group, labels, description, count, executors) in kinds {
            for index in 1..=count {
                let name = format!("{group}-{index}");
                let mut node = Node::new(&name, labels, executors, Launcher::Ssh, now);
                node.description = description.to_owned();
                node.remote = "/home/jenkins".to_owned();
                node.log = format!(
                    "[08/01/26 09:12:03] [SSH] Opening SSH connection to {name}.ci.internal:22.\nAgent successfully connected and online\n"
                );
                node.disk = self.rng.i64(60 << 30..300 << 30);
                node.fills = self.rng.i64(200_000..3_000_000);
                self.nodes.insert(name, node);
            }
        }
        self.trouble("gpu-3", |n| {
            n.disk = 858_993_459;
            n.mark = Some(Cause::Disk { at: now - 6 * MINUTE, left: 858_993_459 });
        });
        self.trouble("gpu-5", |n| {
            n.mark = Some(Cause::User {
                user: "driazati".to_owned(),
                message: "Driver 550 on trial, back on Monday".to_owned(),
                at: now - 40 * MINUTE,
            });
        });
        self.trouble("gpu-2", |n| n.disk = 3_900_000_000);
        self.trouble("riscv-1", |n| {
            n.connected = false;
            n.reachable = false;
            n.broken = Some(Cause::Launch { at: now - 47 * MINUTE });
            n.log = "[08/01/26 09:12:03] [SSH] Opening SSH connection to riscv-1.ci.internal:22.\nNo route to host\nERROR: Server rejected the connection\n".to_owned();
        });
    }

    fn trouble(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(name) {
            change(node);
        }
    }

    /// One fleet is at its maximum; the others run at about half of theirs.
    fn fleet_nodes(&mut self) {
        for (index, (kind, real)) in FLEETS.iter().enumerate() {
            let max = (real * self.want.nodes).div_ceil(1_000).max(2);
            let full = *kind == "CPU-SMALL";
            let min = if *kind == "GPU-SPOT" { 8.min(max / 2) } else { 0 };
            let size = if full { max } else { (max * 3 / 5).max(1) };
            self.fleets.push(Fleet {
                name: format!("Prod-Autoscaler-Jenkins-{kind}"),
                label: (*kind).to_owned(),
                min,
                max,
                desired: size,
                stalled_until: 0,
            });
            for _ in 0..size {
                if let Some(name) = self.start_instance(index, 0) {
                    let (disk, uses) = (self.rng.i64(20 << 30..200 << 30), self.rng.u32(2..10));
                    self.trouble(&name, |n| {
                        n.disk = disk;
                        n.uses_left = uses;
                    });
                }
            }
        }
    }

    fn projects_setup(&mut self) {
        for (name, context) in PROJECTS {
            let multi = Multi { context: context.to_owned(), ..Multi::default() };
            let mut job = Job::new(name, Kind::Multibranch(multi));
            job.description = Some(format!("Apache TVM: {context}"));
            let id = self.add_job(None, job);
            let main = Branch { title: "main".to_owned(), revision: self.revision(), ..Branch::default() };
            let main = self.add_job(Some(id), Job::new("main", Kind::Branch(main)));
            for back in (1..=3).rev() {
                self.past_build(main, back * 95 * MINUTE);
            }
            self.scan(id);
            self.now += 4_000;
            self.scans_tick();
            self.now -= 4_000;
        }
        let cpu = self.child(None, "tvm-cpu");
        let branch = Branch { title: "feature/relax-vm".to_owned(), revision: self.revision(), ..Branch::default() };
        let mut job = Job::new("feature%2Frelax-vm", Kind::Branch(branch));
        job.display = Some("feature/relax-vm".to_owned());
        let slash = self.add_job(cpu, job);
        self.past_build(slash, 300 * MINUTE);
        let mut old = Job::new("tvm", Kind::Multibranch(Multi::default()));
        old.disabled = true;
        old.description = Some("Replaced by the tvm-* projects".to_owned());
        let old = self.add_job(None, old);
        let main = Branch { title: "main".to_owned(), revision: self.revision(), ..Branch::default() };
        let main = self.add_job(Some(old), Job::new("main", Kind::Branch(main)));
        self.past_build(main, 90_000 * MINUTE);
    }

    fn other_jobs(&mut self) {
        let mut folder = Job::new("infra", Kind::Folder);
        folder.display = Some("Infrastructure".to_owned());
        folder.description = Some("Infrastructure jobs".to_owned());
        let infra = self.add_job(None, folder);
        let simple: [(Option<JobId>, &str, &str, i64); 9] = [
            (Some(infra), "packer-build", "CPU", 25),
            (Some(infra), "terraform-plan", "CPU-SMALL", 4),
            (None, "docs-serial", "doc", 11),
            (None, "nightly-bench", "GPU", 55),
            (None, "gpu-3-burn-in", "gpu-3", 30),
            (None, "arm-big-board", "ARM&&bigboard", 30),
            (None, "hexagon-device-test", "HEXAGON", 30),
            (None, "riscv-board", "RISCV", 30),
            (None, "name with spaces + ümlaut", "CPU-SMALL", 2),
        ];
        for (parent, name, label, minutes) in simple {
            let mut job = Job::new(name, Kind::Freestyle);
            job.label = Some(label.to_owned());
            job.takes = minutes * MINUTE;
            let id = self.add_job(parent, job);
            for back in (1..=2).rev() {
                self.past_build(id, back * 700 * MINUTE);
            }
        }
        let mut bench = Job::new("throttled-bench", Kind::Freestyle);
        bench.label = Some("CPU".to_owned());
        bench.concurrent = true;
        bench.throttle = Some(1);
        bench.takes = 40 * MINUTE;
        self.add_job(None, bench);
        let mut later = Job::new("release-later", Kind::Freestyle);
        later.label = Some("CPU".to_owned());
        self.add_job(None, later);
        let mut disabled = Job::new("old-sgx-build", Kind::Freestyle);
        disabled.disabled = true;
        self.add_job(None, disabled);
        let id = self.add_job(None, images_job());
        self.past_build(id, 500 * MINUTE);
    }

    /// Puts an ended build into a job's history.
    pub fn past_build(&mut self, id: JobId, ago: i64) {
        let context = self.job(id).parent.map(|p| self.context(p)).unwrap_or_default();
        let start = self.now - ago;
        let outcome = match self.rng.u32(0..12) {
            0 => Outcome::Failure,
            1 => Outcome::Unstable,
            _ => Outcome::Success,
        };
        let mut build = self.new_build(id, start);
        let end = if build.pipeline() {
            let mut stages = flows::flow(&mut self.rng, &context);
            let end = play(&mut stages, start, None);
            let built_on = self.nodes.keys().next().cloned();
            for branch in stages.iter_mut().flat_map(|s| &mut s.branches) {
                branch.node = built_on.clone();
            }
            build.work = Work::Pipeline(stages);
            end
        } else {
            build.built_on = "cpu-1".to_owned();
            start + self.job(id).takes
        };
        build.end = Some(end.min(self.now - 1_000));
        build.result = Some(outcome);
        build.log.line(&format!("Finished: {}", outcome.name()));
        let number = build.number;
        let job = self.job_mut(id);
        job.next = number + 1;
        job.builds.insert(number, build);
    }

    /// A build that began at `start` and has done nothing yet.
    pub fn new_build(&mut self, id: JobId, start: i64) -> Build {
        let queue_id = self.next_item;
        self.next_item += 1;
        let author = self.subject().1.to_owned();
        let at = start - 40_000;
        let job = self.job(id);
        let branch = if let Kind::Branch(b) = &job.kind { Some(b.clone()) } else { None };
        let pull = branch.as_ref().is_some_and(|b| b.pull.is_some());
        let mut build = Build {
            number: job.next,
            queue_id,
            started: if branch.is_some() {
                Started::Branch("Branch indexing".to_owned())
            } else {
                Started::User { id: "admin".to_owned(), name: "CI Admin".to_owned() }
            },
            params: Vec::new(),
            start,
            end: None,
            estimate: job.estimate(),
            result: None,
            stopped_by: None,
            built_on: String::new(),
            work: match job.kind {
                Kind::Freestyle => Work::Freestyle { until: start + job.takes, will: Outcome::Success },
                _ => Work::Pipeline(Vec::new()),
            },
            log: Log::default(),
            revision: branch.as_ref().map(|b| b.revision.clone()),
            changes: Vec::new(),
            tests: None,
            description: None,
            keep: false,
            paused: false,
            wake: 0,
            scm: branch.is_some(),
        };
        if let Some(branch) = branch.filter(|_| !pull) {
            build.changes.push(Change {
                commit: branch.revision,
                message: "[CI] Update images (#17391)".to_owned(),
                author,
                at,
            });
        }
        build.log.line(&super::work::cause_line(&build.started));
        if build.pipeline() {
            build.log.line("Running in Durability level: PERFORMANCE_OPTIMIZED");
            build.log.step("Start of Pipeline");
        }
        build
    }

    /// Lets builds of pull requests run until most nodes are busy and the queue is as long as it should be.
    fn fill(&mut self) {
        let limit = 12 * (self.want.nodes + self.want.queue) + 50;
        let goal = |w: &World| {
            let all = w.nodes.values().filter(|n| matches!(n.launcher, Launcher::Fleet(_))).count();
            let free = w.nodes.values().filter(|n| matches!(n.launcher, Launcher::Fleet(_)) && n.free()).count();
            free * 12 <= all && w.queue.len() + 9 >= w.want.queue
        };
        let projects = self.projects();
        let (title, author) = self.subject();
        let (mut title, mut author, mut revision) = (title, author, self.revision());
        for round in 0..limit {
            if round % 8 == 0 {
                if goal(self) {
                    break;
                }
                self.next_pull += 1;
                (title, author) = self.subject();
                revision = self.revision();
            }
            let Some(project) = projects.get(self.rng.usize(0..projects.len().max(1))).copied() else { return };
            let number = self.next_pull;
            let job = self.pull_job(project, number, title, author, &revision);
            if self.job(job).running() > 0 {
                continue;
            }
            for back in 0..self.rng.i64(0..3) {
                self.past_build(job, (400 - back * 130) * MINUTE);
            }
            self.running_build(job);
        }
    }

    /// A build in the middle of one of its stages; what finds no free node waits in the queue.
    fn running_build(&mut self, id: JobId) {
        let context = self.job(id).parent.map(|p| self.context(p)).unwrap_or_default();
        let mut stages = flows::flow(&mut self.rng, &context);
        let full = self.queue.len() >= self.want.queue;
        let open: Vec<usize> = (0..stages.len())
            .filter(|i| {
                stages.get(*i).is_some_and(|s| !full || s.branches.iter().all(|b| self.free_node(&b.label).is_some()))
            })
            .collect();
        if open.is_empty() {
            return;
        }
        let Some(at) = open.get(self.rng.usize(0..open.len())).copied() else { return };
        let mut build = self.new_build(id, self.now);
        let took = play(&mut stages, 0, Some(at));
        let into = self.rng.i64(1..14 * MINUTE);
        build.start = self.now - took - into;
        shift(&mut stages, build.start);
        let r = BuildRef { job: id, number: build.number };
        if let Some(stage) = stages.get_mut(at) {
            stage.start = Some(self.now - into);
            build.log.step("stage");
            build.log.step(&format!("{{ ({})", stage.name));
            for (place, branch) in stage.branches.iter_mut().enumerate() {
                let spot = Spot { build: r, stage: at, branch: place };
                branch.start = Some(self.now - into);
                self.place(spot, branch, into, &mut build.log);
            }
        }
        build.work = Work::Pipeline(stages);
        build.wake = self.now + self.rng.i64(0..15_000);
        let job = self.job_mut(id);
        job.next = build.number + 1;
        job.builds.insert(build.number, build);
        self.running.insert(r);
    }

    fn free_node(&self, label: &str) -> Option<String> {
        self.nodes.values().find(|n| n.free() && n.carries(label)).map(|n| n.name.clone())
    }

    fn place(&mut self, spot: Spot, branch: &mut super::builds::Branch, into: i64, log: &mut Log) {
        log.step("node");
        let Some(node) = self.free_node(&branch.label) else {
            let id = self.next_item;
            self.next_item += 1;
            let since = self.now - into;
            self.queue.insert(
                id,
                Item {
                    id,
                    since,
                    task: Task::Step(spot),
                    started: Started::Nothing,
                    params: Vec::new(),
                    state: State::Buildable,
                    label: Some(branch.label.clone()),
                    ready_since: Some(since),
                },
            );
            branch.at = At::Queued(id);
            return;
        };
        branch.at = At::Runs;
        log.line(&format!("Running on {node} in /home/jenkins/workspace"));
        branch.node = Some(node.clone());
        let mut left = into;
        let count = branch.steps.len();
        for (place, step) in branch.steps.iter_mut().enumerate() {
            let start = self.now - left;
            step.start = Some(start);
            log.step("sh");
            log.line(&format!("+ {}", step.script));
            if step.takes > left || place + 1 == count {
                step.takes = step.takes.max(left + self.rng.i64(5_000..20 * MINUTE));
                break;
            }
            step.end = Some(start + step.takes);
            left -= step.takes;
        }
        if let Some(node) = self.nodes.get_mut(&node) {
            node.occupy(spot);
        }
    }

    /// One item for each reason an item waits for (task: no such label, all nodes offline, one node offline, blocked,
    /// throttled, quiet period; a fleet at its maximum and one that starts come from `fill`).
    fn stuck_items(&mut self) {
        let admin = || Started::User { id: "admin".to_owned(), name: "CI Admin".to_owned() };
        for (name, quiet, ago) in [("docs-serial", 0, 3), ("throttled-bench", 0, 9)] {
            if let Some(id) = self.child(None, name) {
                let item = self.enqueue(id, admin(), Vec::new(), quiet);
                if let Some(node) = self.job(id).label.clone().and_then(|l| self.steal(&l)) {
                    self.begin(item, Some(node));
                }
                if let Some(build) = self.job_mut(id).builds.values_mut().next_back().filter(|b| b.end.is_none()) {
                    build.start -= ago * MINUTE;
                }
            }
        }
        for (name, quiet, ago) in [
            ("docs-serial", 0, 2),
            ("throttled-bench", 0, 4),
            ("gpu-3-burn-in", 0, 5),
            ("arm-big-board", 0, 64),
            ("hexagon-device-test", 0, 181),
            ("riscv-board", 0, 44),
            ("release-later", 82_800_000, 30),
        ] {
            let Some(id) = self.child(None, name) else { continue };
            let item = self.enqueue(id, admin(), Vec::new(), quiet);
            if let Some(item) = self.queue.get_mut(&item) {
                item.since -= ago * MINUTE;
                item.ready_since = item.ready_since.map(|r| r - ago * MINUTE);
            }
        }
        if let Some(node) = self
            .nodes
            .values()
            .rev()
            .find(|n| n.name.starts_with("gpu-") && n.busy() > 0 && n.mark.is_none())
            .map(|n| n.name.clone())
        {
            let at = self.now - 17 * MINUTE;
            self.trouble(&node, |n| {
                n.mark =
                    Some(Cause::User { user: "areusch".to_owned(), message: "kernel update, ticket 77".to_owned(), at })
            });
        }
    }

    /// A free node for a label; when there is none, one that is freed for it.
    fn steal(&mut self, label: &str) -> Option<String> {
        self.free_node(label).or_else(|| {
            let (name, labels) = (format!("{}-1", label.to_lowercase()), vec![label.to_owned()]);
            let node = self.nodes.get_mut(&name)?;
            node.executors.push(super::nodes::Executor::default());
            node.labels.extend(labels);
            Some(name)
        })
    }

    fn measure_all(&mut self) {
        let now = self.now;
        for node in self.nodes.values_mut() {
            let ago = self.rng.i64(0..60_000);
            let (response, clock) = (self.rng.i64(4..90), self.rng.i64(-300..300));
            node.measure(now - ago, response, clock);
        }
    }
}

/// Plays stages from `start` on, up to but without `until`; gives the moment it reached.
fn play(stages: &mut [super::builds::Stage], start: i64, until: Option<usize>) -> i64 {
    let mut at = start;
    for (place, stage) in stages.iter_mut().enumerate() {
        if until == Some(place) {
            break;
        }
        stage.start = Some(at);
        let mut end = at;
        for branch in &mut stage.branches {
            branch.start = Some(at);
            let mut moment = at;
            for step in &mut branch.steps {
                step.start = Some(moment);
                moment += step.takes;
                step.end = Some(moment);
                step.outcome = Outcome::Success;
            }
            branch.end = Some(moment);
            branch.at = At::Ended(Outcome::Success);
            end = end.max(moment);
        }
        stage.end = Some(end);
        at = end + 2_000;
    }
    at
}

fn shift(stages: &mut [super::builds::Stage], by: i64) {
    let move_on = |t: &mut Option<i64>| *t = t.map(|t| t + by);
    for stage in stages {
        move_on(&mut stage.start);
        move_on(&mut stage.end);
        for branch in &mut stage.branches {
            move_on(&mut branch.start);
            move_on(&mut branch.end);
            for step in &mut branch.steps {
                move_on(&mut step.start);
                move_on(&mut step.end);
            }
        }
    }
}

/// The job with a parameter of each kind (recording: job-freestyle).
pub fn images_job() -> Job {
    let param = |name: &str, kind, default: &str, description: &str| Param {
        name: name.to_owned(),
        kind,
        default: default.to_owned(),
        description: description.to_owned(),
        choices: Vec::new(),
    };
    let mut job = Job::new("docker-images-nightly", Kind::Freestyle);
    job.description = Some("Rebuilds the CI docker images every night".to_owned());
    job.label = Some("CPU".to_owned());
    job.takes = 18 * MINUTE;
    job.params = vec![
        param("TAG", "String", "nightly", "Tag to publish"),
        Param {
            choices: ["cpu", "gpu", "arm", "lint"].map(str::to_owned).to_vec(),
            ..param("IMAGE", "Choice", "cpu", "Which image")
        },
        param("PUSH", "Boolean", "false", "Push to the registry"),
        param("REGISTRY_PASSWORD", "Password", "secret", "Registry password"),
        param("NOTES", "Text", "line one\nline two", "Free text"),
    ];
    job
}
