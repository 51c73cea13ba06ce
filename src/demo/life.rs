//! What happens by itself: pull requests arrive, monitors measure, disks fill, nodes fall off, projects are scanned.
use super::builds::Started;
use super::jobs::{Branch, Job, JobId, Kind};
use super::nodes::{Cause, Launcher};
use super::world::World;

const AUTHORS: [&str; 10] = [
    "junrushao",
    "tqchen",
    "driazati",
    "masahi",
    "areusch",
    "Lunderberg",
    "mbrookhart",
    "leandron",
    "vinx13",
    "Hzfengsy",
];
const TITLES: [&str; 12] = [
    "[Relax] Fold batch norm into conv2d",
    "[CI] Move cortexm tests to spot nodes",
    "[TOPI] Fix strided_slice for negative strides",
    "[MetaSchedule] Add tuning logs",
    "[Runtime][CUDA] Free the workspace before the stream",
    "[ARM] Use SVE intrinsics for gemv",
    "[Docs] Describe the virtual machine",
    "[Frontend][ONNX] Support Gelu",
    "[Hexagon] Skip flaky DMA test",
    "[BugFix] Respect the target host",
    "[TIR] Simplify loop partition",
    "[microTVM] Zephyr 3.6",
];

impl World {
    /// A hash like Git gives one.
    pub fn revision(&mut self) -> String {
        format!("{:016x}{:016x}{:08x}", self.rng.u64(..), self.rng.u64(..), self.rng.u32(..))
    }

    /// Enabled multibranch projects.
    pub fn projects(&self) -> Vec<JobId> {
        let on = |id: &JobId| matches!(self.job(*id).kind, Kind::Multibranch(_)) && !self.job(*id).disabled;
        self.top.iter().copied().filter(on).collect()
    }

    /// A pull request's job in a project.
    pub fn pull_job(&mut self, project: JobId, number: u64, title: &str, author: &str, revision: &str) -> JobId {
        let name = format!("PR-{number}");
        if let Some(id) = self.child(Some(project), &name) {
            if let Kind::Branch(branch) = &mut self.job_mut(id).kind {
                branch.revision = revision.to_owned();
            }
            return id;
        }
        let branch = Branch {
            pull: Some(number),
            title: title.to_owned(),
            author: author.to_owned(),
            dead: false,
            revision: revision.to_owned(),
        };
        self.add_job(Some(project), Job::new(&name, Kind::Branch(branch)))
    }

    /// A pull request is opened or pushed to: every project builds it after the quiet period of 5 s (facts: tvm-ci).
    pub fn push_pull(&mut self) -> u64 {
        let fresh = self.rng.u32(0..3) > 0;
        let number = if fresh {
            self.next_pull += 1;
            self.close_pull(self.next_pull.saturating_sub(self.open_pulls));
            self.next_pull
        } else {
            self.next_pull - self.rng.u64(0..12)
        };
        let (title, author) = self.subject();
        let revision = self.revision();
        for project in self.projects() {
            let job = self.pull_job(project, number, title, author, &revision);
            self.enqueue(job, Started::Branch("Branch indexing".to_owned()), Vec::new(), 5_000);
        }
        number
    }

    /// A pull request was merged or closed: its jobs go once nothing of them runs or waits.
    fn close_pull(&mut self, number: u64) {
        let name = format!("PR-{number}");
        for project in self.projects() {
            let Some(id) = self.child(Some(project), &name) else { continue };
            let waits = self.queue.values().any(|i| i.task == super::queue::Task::Job(id));
            if self.job(id).running() == 0 && !waits {
                let job = self.job_mut(id);
                job.gone = true;
                job.builds.clear();
                self.job_mut(project).children.retain(|c| *c != id);
            }
        }
    }

    /// What a pull request is about and who made it.
    pub fn subject(&mut self) -> (&'static str, &'static str) {
        (
            TITLES.get(self.rng.usize(0..TITLES.len())).copied().unwrap_or("[CI] Fix"),
            AUTHORS.get(self.rng.usize(0..AUTHORS.len())).copied().unwrap_or("tqchen"),
        )
    }

    /// Pull requests arrive faster while the queue is shorter than it is meant to be.
    pub fn pulls_tick(&mut self) {
        if self.quiet.is_some() {
            return;
        }
        let short = self.queue.len() < self.want.queue;
        let mean =
            if short { 12_000 / (self.want.nodes.max(20) as u64) } else { 180_000 / (self.want.nodes.max(20) as u64) };
        if self.rng.u64(0..mean.max(1) + 1) == 0 {
            self.push_pull();
        }
    }

    /// Each node is measured once a minute; work fills its disk, and a cleaning every few hours empties it.
    pub fn monitors_tick(&mut self) {
        if !self.lively {
            return;
        }
        let now = self.now;
        let slot = usize::try_from(now / 1000 % 60).unwrap_or(0);
        for (place, node) in self.nodes.values_mut().enumerate().filter(|(place, _)| place % 60 == slot) {
            if !node.idle() {
                node.disk = (node.disk - node.fills * 60).max(100 << 20);
            }
            let wobble = i64::try_from((place * 37 + slot * 11) % 97).unwrap_or(0);
            node.measure(now, 12 + wobble, wobble - 48);
        }
    }

    /// Once in a while something goes wrong with a node: it falls off, or a person marks it.
    pub fn incidents_tick(&mut self) {
        if self.now / 1000 % 60 == 0 {
            self.repairs();
        }
        if self.rng.u32(0..900) != 0 {
            return;
        }
        let names: Vec<String> = self
            .nodes
            .values()
            .filter(|n| !n.offline() && !matches!(n.launcher, Launcher::BuiltIn))
            .map(|n| n.name.clone())
            .collect();
        let Some(name) = names.get(self.rng.usize(0..names.len().max(1))).cloned() else { return };
        let back = self.rng.i64(120_000..900_000);
        self.fall_off(&name, Some(back));
    }

    /// The people of the simulation clean disks after an hour and a half and take their own marks away after three;
    /// what an account of a client marked stays.
    fn repairs(&mut self) {
        let now = self.now;
        for node in self.nodes.values_mut() {
            let mended = match &node.mark {
                Some(Cause::Disk { at, .. }) => now - at > 5_400_000,
                Some(Cause::User { user, at, .. }) => {
                    AUTHORS.contains(&user.as_str()) && now - at > 10_800_000 && node.idle()
                }
                _ => false,
            };
            if mended {
                node.mark = None;
                node.disk = node.disk.max(200 << 30);
            }
        }
    }

    /// A node's connection breaks; what ran on it fails. An instance of a fleet is gone for good, another node
    /// comes back by itself after `back` milliseconds, or not at all.
    pub fn fall_off(&mut self, name: &str, back: Option<i64>) -> bool {
        if !self.nodes.contains_key(name) {
            return false;
        }
        self.kill_on(name);
        let now = self.now;
        if let Some(node) = self.nodes.get_mut(name) {
            node.connected = false;
            node.broken = Some(Cause::Channel { at: now });
            node.connects_at = back.map(|b| now + b);
            node.monitors = None;
        }
        true
    }

    /// Ends scans whose time has come.
    pub fn scans_tick(&mut self) {
        let now = self.now;
        for job in &mut self.jobs {
            if let Kind::Multibranch(multi) = &mut job.kind
                && multi.scanning_until.is_some_and(|until| until <= now)
            {
                multi.scanning_until = None;
                multi.scan_log.push_str("Finished branch indexing. Indexing took 4.1 sec\nFinished: SUCCESS\n");
            }
        }
    }

    /// Begins a scan (recordings: reindex, reindex-log).
    pub fn scan(&mut self, id: JobId) {
        let until = self.now + 4_000;
        let names: Vec<String> = self.job(id).children.iter().map(|c| self.job(*c).name.replace("%2F", "/")).collect();
        if let Kind::Multibranch(multi) = &mut self.job_mut(id).kind {
            multi.scanning_until = Some(until);
            multi.scan_log = "Started by user CI Admin\nStarting branch indexing...\nExamining apache/tvm\n\n  Checking branches...\n".to_owned();
            for name in names {
                multi.scan_log.push_str(&format!("\n    Checking branch {name}\n      ‘Jenkinsfile’ found\n    Met criteria\nNo changes detected: {name}\n"));
            }
        }
    }
}
