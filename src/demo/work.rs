//! How builds begin, go on and end.
use super::builds::{At, Branch, Build, BuildRef, Outcome, Spot, Stage, Started, Step, Work};
use super::flows;
use super::jobs::{JobId, Kind};
use super::log::Log;
use super::queue::{Item, Left, State, Task};
use super::world::World;

/// A moment that does not come by itself.
const NEVER: i64 = i64::MAX;

impl World {
    /// Puts a job's build into the queue; an equal item that is there already is returned instead
    /// (recording: build-already-queued).
    pub fn enqueue(
        &mut self,
        job: JobId,
        started: Started,
        params: Vec<(String, &'static str, String)>,
        quiet: i64,
    ) -> u64 {
        let same = self.queue.values().find(|i| i.task == Task::Job(job) && i.params == params);
        if let Some(item) = same {
            return item.id;
        }
        let label = self.job(job).label.clone();
        let state = State::Waiting(self.now + quiet);
        let id = self.push(Task::Job(job), started, params, state, label);
        if quiet <= 0 {
            self.settle(id);
        }
        id
    }

    fn push(
        &mut self,
        task: Task,
        started: Started,
        params: Vec<(String, &'static str, String)>,
        state: State,
        label: Option<String>,
    ) -> u64 {
        let id = self.next_item;
        self.next_item += 1;
        let ready_since = (state == State::Buildable).then_some(self.now);
        self.queue.insert(id, Item { id, since: self.now, task, started, params, state, label, ready_since });
        id
    }

    /// Takes an item out of the queue and starts it: a build, or a Pipeline's step on a node.
    pub fn begin(&mut self, id: u64, node: Option<String>) {
        let Some(item) = self.queue.remove(&id) else { return };
        let build = match item.task {
            Task::Job(job) => Some(self.begin_build(job, &item, node.as_deref())),
            Task::Step(spot) => {
                if let Some(name) = &node {
                    self.begin_step(spot, name);
                }
                None
            }
        };
        self.left.push_back(Left { item, at: self.now, build });
    }

    fn begin_build(&mut self, id: JobId, item: &Item, node: Option<&str>) -> BuildRef {
        let now = self.now;
        let job = self.job(id).clone_head();
        let number = job.next;
        let mut log = Log::default();
        log.line(&cause_line(&item.started));
        let (work, revision, scm) = match &job.kind {
            Kind::Freestyle => {
                log.line("Running as SYSTEM");
                log.line(&format!(
                    "Building remotely on {} in workspace /home/jenkins/workspace/{}",
                    node.unwrap_or(""),
                    job.name
                ));
                log.line(&format!("[{}] $ /bin/sh -xe /tmp/jenkins{}.sh", job.name, self.rng.u32(..)));
                let will = if job.script.contains("exit 1") { Outcome::Failure } else { Outcome::Success };
                (Work::Freestyle { until: now + job.takes, will }, None, false)
            }
            Kind::Branch(branch) => {
                let context = job.parent.map(|p| self.context(p)).unwrap_or_default();
                log.line(&format!("Obtained Jenkinsfile from {}", branch.revision));
                log.line("Running in Durability level: PERFORMANCE_OPTIMIZED");
                log.step("Start of Pipeline");
                (Work::Pipeline(self.flow_of(id, &context)), Some(branch.revision.clone()), true)
            }
            _ => {
                log.line("Running in Durability level: PERFORMANCE_OPTIMIZED");
                log.step("Start of Pipeline");
                (Work::Pipeline(self.flow_of(id, "minimal")), None, false)
            }
        };
        let r = BuildRef { job: id, number };
        let freestyle = matches!(work, Work::Freestyle { .. });
        let build = Build {
            number,
            queue_id: item.id,
            started: item.started.clone(),
            params: item.params.clone(),
            start: now,
            end: None,
            estimate: job.estimate,
            result: None,
            stopped_by: None,
            built_on: if freestyle { node.unwrap_or("").to_owned() } else { String::new() },
            work,
            log,
            revision,
            changes: Vec::new(),
            tests: None,
            description: None,
            keep: false,
            paused: false,
            wake: now,
            scm,
        };
        if let (true, Some(node)) = (freestyle, node.and_then(|n| self.nodes.get_mut(n))) {
            node.occupy(Spot { build: r, stage: 0, branch: 0 });
        }
        let job = self.job_mut(id);
        job.next += 1;
        job.builds.insert(number, build);
        while job.builds.len() > 12 && job.builds.values().next().is_some_and(|b| b.end.is_some() && !b.keep) {
            job.builds.pop_first();
        }
        self.running.insert(r);
        r
    }

    /// What a new build does: as its job says, or as chance has it.
    fn flow_of(&mut self, id: JobId, context: &str) -> Vec<Stage> {
        let own = self.job(id).flow.clone();
        if own.is_empty() { flows::flow(&mut self.rng, context) } else { own }
    }

    /// The context of a multibranch project.
    pub fn context(&self, id: JobId) -> String {
        if let Kind::Multibranch(multi) = &self.job(id).kind { multi.context.clone() } else { String::new() }
    }

    fn begin_step(&mut self, spot: Spot, node: &str) {
        let now = self.now;
        let pipeline = self.path(spot.build.job).join("_");
        let Some(found) = self.nodes.get_mut(node) else { return };
        found.occupy(spot);
        let remote = found.remote.clone();
        let Some(build) = self.build_mut(spot.build) else { return };
        build.log.line(&format!("Running on {node} in {remote}/workspace/{pipeline}"));
        build.log.step("{");
        build.log.step("sh");
        let Work::Pipeline(stages) = &mut build.work else { return };
        let Some(branch) = stages.get_mut(spot.stage).and_then(|s| s.branches.get_mut(spot.branch)) else { return };
        branch.at = At::Runs;
        branch.node = Some(node.to_owned());
        branch.start = branch.start.or(Some(now));
        let first = branch.steps.iter_mut().find(|s| s.end.is_none());
        if let Some(step) = first {
            step.start = Some(now);
            build.wake = build.wake.min(now + step.takes);
            build.log.line(&format!("+ {}", step.script));
        }
    }

    /// Moves every running build on whose moment has come.
    pub fn builds_tick(&mut self) {
        let due: Vec<BuildRef> =
            self.running.iter().copied().filter(|r| self.build(*r).is_none_or(|b| b.wake <= self.now)).collect();
        for r in due {
            self.build_step(r);
        }
    }

    fn build_step(&mut self, r: BuildRef) {
        let Some(mut build) = self.job_mut(r.job).builds.remove(&r.number) else {
            self.running.remove(&r);
            return;
        };
        build.wake = NEVER;
        let ended = match &build.work {
            Work::Freestyle { until, will } if *until <= self.now => Some(*will),
            Work::Freestyle { until, .. } => {
                build.wake = (*until).min(self.now + 10_000);
                build.log.line("shard 1 PASSED");
                None
            }
            Work::Pipeline(_) => self.pipeline_step(r, &mut build),
        };
        if let Some(outcome) = ended {
            self.end_build(r, &mut build, outcome);
        }
        self.job_mut(r.job).builds.insert(r.number, build);
    }

    /// One step of a Pipeline. Under quiet-down nothing new begins: what runs ends, then it pauses for as long as
    /// the quiet-down lasts (recordings: quiet-down-pipeline-log, quiet-down-wfapi).
    fn pipeline_step(&mut self, r: BuildRef, build: &mut Build) -> Option<Outcome> {
        let now = self.now;
        let quiet = self.quiet.is_some();
        let Work::Pipeline(mut stages) = std::mem::replace(&mut build.work, Work::Pipeline(Vec::new())) else {
            return None;
        };
        let mut ended = None;
        let index = stages.iter().position(|s| s.end.is_none());
        if let Some((at, stage)) = index.and_then(|i| stages.get_mut(i).map(|s| (i, s))) {
            if stage.start.is_none() && !quiet {
                stage.start = Some(now);
                build.log.step("stage");
                build.log.step(&format!("{{ ({})", stage.name));
                if stage.branches.len() > 1 {
                    build.log.step("parallel");
                }
                for (place, branch) in stage.branches.iter_mut().enumerate().filter(|_| !stage.input) {
                    let spot = Spot { build: r, stage: at, branch: place };
                    build.log.step("node");
                    branch.start = Some(now);
                    branch.at = At::Queued(self.push(
                        Task::Step(spot),
                        Started::Nothing,
                        Vec::new(),
                        State::Buildable,
                        Some(branch.label.clone()),
                    ));
                }
            }
            let mut outcome = Outcome::Success;
            let mut open = stage.input || stage.start.is_none();
            for (place, branch) in stage.branches.iter_mut().enumerate() {
                let spot = Spot { build: r, stage: at, branch: place };
                if branch.at == At::Runs {
                    self.branch_step(spot, branch, build, quiet);
                }
                match branch.at {
                    At::Ended(how) => outcome = outcome.and(how),
                    _ => open = true,
                }
            }
            if !open {
                stage.end = Some(now);
                build.log.step("// stage");
                build.wake = now;
                if outcome == Outcome::Unstable {
                    build.result = Some(Outcome::Unstable);
                }
                let last = at + 1 == stages.len();
                if !outcome.fine() || last {
                    ended = Some(build.result.unwrap_or(Outcome::Success).and(outcome));
                }
            }
        } else {
            ended = Some(build.result.unwrap_or(Outcome::Success));
        }
        let acting = |b: &Branch| b.at == At::Runs && b.steps.iter().any(|s| s.start.is_some() && s.end.is_none());
        if quiet && !build.paused && !stages.iter().any(|s| s.branches.iter().any(acting)) {
            build.paused = true;
            build.log.line("Pausing (Preparing for shutdown)");
        }
        build.work = Work::Pipeline(stages);
        ended.filter(|_| !quiet)
    }

    fn branch_step(&mut self, spot: Spot, branch: &mut Branch, build: &mut Build, quiet: bool) {
        let now = self.now;
        // A large installation writes less into each log.
        let pace = if self.nodes.len() > 400 { 60_000 } else { 15_000 };
        let mut more = false;
        let mut outcome = Outcome::Success;
        for step in &mut branch.steps {
            match (step.start, step.end) {
                (Some(start), None) if start + step.takes <= now => {
                    step.end = Some(now);
                    end_step(step, build);
                    outcome = outcome.and(step.outcome);
                    if !step.outcome.fine() {
                        more = false;
                        break;
                    }
                }
                (Some(start), None) => {
                    more = true;
                    build.wake = build.wake.min((start + step.takes).min(now + pace));
                    build.log.line(&format!(
                        "{} test {} PASSED",
                        branch.name.as_deref().unwrap_or("shard 1"),
                        (now - start) / 1000
                    ));
                    break;
                }
                (None, _) if quiet => {
                    more = true;
                    break;
                }
                (None, _) => {
                    step.start = Some(now);
                    build.log.step("sh");
                    build.log.line(&format!("+ {}", step.script));
                    build.wake = build.wake.min(now + step.takes);
                    more = true;
                    break;
                }
                (Some(_), Some(_)) => outcome = outcome.and(step.outcome),
            }
        }
        if !(more || quiet && outcome.fine()) {
            branch.at = At::Ended(outcome);
            branch.end = Some(now);
            build.log.step("}");
            build.log.step("// node");
            self.release(branch.node.as_deref(), spot);
        }
    }

    fn release(&mut self, node: Option<&str>, spot: Spot) {
        let now = self.now;
        if let Some(node) = node.and_then(|n| self.nodes.get_mut(n)) {
            node.release(spot, now);
        }
    }

    /// Ends a build: frees its executors, forgets its steps in the queue, says so in the log.
    pub fn end_build(&mut self, r: BuildRef, build: &mut Build, outcome: Outcome) {
        let now = self.now;
        if outcome == Outcome::Aborted {
            build.log.line(&format!("Aborted by {}", build.stopped_by.clone().unwrap_or_else(|| "SYSTEM".to_owned())));
        }
        if let Work::Pipeline(stages) = &mut build.work {
            for stage in stages.iter_mut().filter(|s| s.start.is_some() && s.end.is_none()) {
                stage.end = Some(now);
                for branch in &mut stage.branches {
                    if let At::Queued(id) = branch.at {
                        self.forget(id);
                    }
                    if matches!(branch.at, At::Queued(_) | At::Runs) {
                        branch.at = At::Ended(outcome);
                        branch.end = Some(now);
                        for step in branch.steps.iter_mut().filter(|s| s.start.is_some() && s.end.is_none()) {
                            step.end = Some(now);
                            step.outcome = outcome;
                        }
                    }
                }
            }
            build.log.step("End of Pipeline");
        }
        for node in self.nodes.values_mut() {
            if node.executors.iter().any(|e| e.runs.is_some_and(|s| s.build == r)) {
                for executor in node.executors.iter_mut().filter(|e| e.runs.is_some_and(|s| s.build == r)) {
                    executor.runs = None;
                }
                if node.idle() {
                    node.idle_since = now;
                }
            }
        }
        build.log.line(&format!("Finished: {}", outcome.name()));
        build.result = Some(outcome);
        build.end = Some(now.max(build.start + 1));
        build.paused = false;
        if build.scm && outcome == Outcome::Unstable {
            build.tests = Some((2, 5, 1_240));
        }
        self.running.remove(&r);
    }

    fn forget(&mut self, id: u64) {
        if let Some(item) = self.queue.remove(&id) {
            self.left.push_back(Left { item, at: self.now, build: None });
        }
    }

    /// Stops a build; one that ended stays as it is (recordings: stop-freestyle, stop-freestyle-again).
    pub fn stop(&mut self, r: BuildRef, by: &str, outcome: Outcome) -> bool {
        let Some(mut build) = self.job_mut(r.job).builds.remove(&r.number) else { return false };
        if build.end.is_none() {
            if outcome == Outcome::Aborted {
                build.stopped_by = Some(by.to_owned());
            }
            self.end_build(r, &mut build, outcome);
        }
        self.job_mut(r.job).builds.insert(r.number, build);
        true
    }

    /// Cancels a queue item. A Pipeline's step takes its build with it: FAILURE, not ABORTED
    /// (recordings: cancel-item, cancel-item-pipeline-step-build).
    pub fn cancel(&mut self, id: u64) -> bool {
        let Some(task) = self.queue.get(&id).map(|i| i.task) else { return false };
        self.forget(id);
        if let Task::Step(spot) = task {
            self.stop(spot.build, "SYSTEM", Outcome::Failure);
        }
        true
    }

    /// What runs on a node dies with it.
    pub fn kill_on(&mut self, node: &str) {
        let spots: Vec<Spot> =
            self.nodes.get(node).map(|n| n.executors.iter().filter_map(|e| e.runs).collect()).unwrap_or_default();
        for spot in spots {
            if let Some(build) = self.build_mut(spot.build) {
                build.log.line(&format!("Cannot contact {node}: java.lang.InterruptedException"));
            }
            self.stop(spot.build, "SYSTEM", Outcome::Failure);
        }
    }

    /// Lets paused Pipelines go on (recording: cancel-quiet-down-pipeline-log; facts: a 10 s poll notices).
    pub fn resume_builds(&mut self, line: &str, after: i64) {
        let wake = self.now + after;
        for r in self.running.clone() {
            if let Some(build) = self.build_mut(r) {
                if build.paused {
                    build.paused = false;
                    build.log.line(line);
                }
                build.wake = build.wake.min(wake);
            }
        }
    }

    /// Has every running build look at once whether it must pause.
    pub fn wake_builds(&mut self) {
        let now = self.now;
        for r in self.running.clone() {
            if let Some(build) = self.build_mut(r) {
                build.wake = now;
            }
        }
    }
}

fn end_step(step: &Step, build: &mut Build) {
    match step.outcome {
        Outcome::Success | Outcome::Aborted => {}
        Outcome::Unstable => build.log.line("Recording test results"),
        Outcome::Failure => {
            build.log.line("FAILED tests/python/unittest/test_target_codegen_cuda.py::test_cuda_vectorize_add");
            build.log.line("ERROR: script returned exit code 1");
        }
    }
}

/// The log's first line and the cause's short description.
pub fn cause_line(started: &Started) -> String {
    match started {
        Started::User { name, .. } => format!("Started by user {name}"),
        Started::Timer => "Started by timer".to_owned(),
        Started::Branch(text) => text.clone(),
        Started::Nothing => String::new(),
    }
}

/// What beginning a build needs of its job.
struct Head {
    name: String,
    kind: Kind,
    parent: Option<JobId>,
    next: u64,
    script: String,
    takes: i64,
    estimate: i64,
}

impl super::jobs::Job {
    fn clone_head(&self) -> Head {
        Head {
            name: self.name.clone(),
            kind: self.kind.clone(),
            parent: self.parent,
            next: self.next,
            script: self.script.clone(),
            takes: self.takes,
            estimate: self.estimate(),
        }
    }
}

impl World {
    /// Everything that runs on a node ends well at once.
    pub fn finish_on(&mut self, node: &str) {
        let now = self.now;
        let spots: Vec<Spot> =
            self.nodes.get(node).map(|n| n.executors.iter().filter_map(|e| e.runs).collect()).unwrap_or_default();
        for spot in spots {
            let Some(build) = self.build_mut(spot.build) else { continue };
            build.wake = now;
            match &mut build.work {
                Work::Freestyle { until, .. } => *until = now,
                Work::Pipeline(stages) => {
                    let branch = stages.get_mut(spot.stage).and_then(|s| s.branches.get_mut(spot.branch));
                    for step in branch.into_iter().flat_map(|b| &mut b.steps).filter(|s| s.end.is_none()) {
                        step.start = step.start.or(Some(now));
                        step.takes = 0;
                        step.end = Some(now);
                        step.outcome = Outcome::Success;
                    }
                }
            }
            self.build_step(spot.build);
        }
    }
}
