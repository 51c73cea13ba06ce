//! For each verb: a world to act in, the parameters, and how the world must look afterwards. The crash tests walk the
//! engine's list of verbs and fail for one that has no scenario here.
#![allow(dead_code)] // each test file uses its own part of it
use bellboard::base::UrlPath;
use bellboard::demo::{BuildRef, Cause, Job, Kind, Outcome, Task, World};

use super::house::Outside;

/// One verb's.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub verb: &'static str,
    /// As in a runbook: `{ node: gpu-2 }`; `MEMO` is what `prepare` gave.
    pub with: &'static str,
    /// Makes the world ready and gives what is to be remembered of it.
    pub prepare: fn(&mut World) -> String,
    /// Whether its effect is in the world.
    pub done: fn(&World, &str) -> bool,
    /// What only this verb reads, once each time that it plans itself or looks for its effect; where it is known.
    pub look: Option<&'static str>,
    /// Its one write, as the counting proxy sees it; none for verbs that write nothing.
    pub write: Option<&'static str>,
    /// Asking for it twice harms nothing, and a lost answer may lead to it.
    pub again: bool,
    /// The write that takes it back.
    pub undo: Option<&'static str>,
    /// Called while the run goes on, so that what it waits for comes.
    pub meanwhile: fn(&mut World, &str),
    /// Simulated seconds in one second.
    pub speed: f64,
}

pub const NODE: &str = "gpu-2";
const LOOK: Option<&str> = Some("/computer/gpu-2/api/json");

fn ready(_: &mut World) -> String {
    String::new()
}

fn nothing(_: &mut World, _: &str) {}

fn mark(world: &mut World) -> String {
    let at = world.now;
    let cause = Cause::User { user: "operator".into(), message: "looking at it".into(), at };
    world.nodes.get_mut(NODE).unwrap().mark = Some(cause);
    String::new()
}

fn marked(world: &World) -> bool {
    world.nodes.get(NODE).is_some_and(|n| n.mark.is_some())
}

fn cut(world: &mut World) -> String {
    world.fall_off(NODE, None);
    String::new()
}

fn connected(world: &World) -> bool {
    world.nodes.get(NODE).is_some_and(|n| n.connected)
}

fn path_of(world: &World, build: BuildRef) -> String {
    let job = UrlPath::of(world.path(build.job).into_iter().flat_map(|name| ["job", name]));
    format!("{job}/{}", build.number)
}

fn a_build(world: &mut World) -> String {
    let build = *world.running.iter().next().expect("a running build");
    path_of(world, build)
}

fn running(world: &World, path: &str) -> Option<BuildRef> {
    world.running.iter().copied().find(|b| path_of(world, *b) == path)
}

fn an_item(world: &mut World) -> String {
    let item = world.queue.values().find(|i| i.label.as_deref() == Some("HEXAGON")).expect("an item without nodes");
    item.id.to_string()
}

fn project(world: &World) -> &Job {
    world.job(world.child(None, "tvm-gpu").expect("tvm-gpu"))
}

fn disabled(world: &mut World) -> String {
    let id = world.child(None, "tvm-gpu").expect("tvm-gpu");
    world.job_mut(id).disabled = true;
    String::new()
}

fn quiet(world: &mut World) -> String {
    world.quiet_down(Some("a test".into()));
    String::new()
}

const PLAIN: Scenario = Scenario {
    verb: "",
    with: "{ node: gpu-2 }",
    prepare: ready,
    done: |_, _| true,
    look: None,
    write: None,
    again: false,
    undo: None,
    meanwhile: nothing,
    speed: 0.0,
};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        verb: "jenkins.node.offline",
        with: "{ node: gpu-2, reason: a test }",
        done: |w, _| marked(w),
        look: LOOK,
        write: Some("POST /computer/gpu-2/changeOfflineCause"),
        undo: Some("POST /computer/gpu-2/toggleOffline"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.online",
        with: "{ node: gpu-2, mark: anyones }",
        prepare: mark,
        done: |w, _| !marked(w),
        look: LOOK,
        write: Some("POST /computer/gpu-2/toggleOffline"),
        undo: Some("POST /computer/gpu-2/changeOfflineCause"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.wait_idle",
        prepare: mark,
        done: |w, _| w.nodes[NODE].busy() == 0,
        meanwhile: |w, _| w.finish_on(NODE),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.set_labels",
        with: "{ node: gpu-2, labels: [GPU, spare] }",
        done: |w, _| w.nodes[NODE].labels.contains("spare"),
        write: Some("POST /computer/gpu-2/config.xml"),
        undo: Some("POST /computer/gpu-2/config.xml"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.mark_again",
        with: "{ node: gpu-2, reason: as before }",
        done: |w, _| marked(w),
        look: LOOK,
        write: Some("POST /computer/gpu-2/changeOfflineCause"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.disconnect",
        with: "{ node: gpu-2, reason: it hangs }",
        done: |w, _| !connected(w),
        write: Some("POST /computer/gpu-2/doDisconnect"),
        undo: Some("POST /computer/gpu-2/launchSlaveAgent"),
        speed: 20.0,
        again: true,
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.connect",
        prepare: cut,
        // launching takes a while; that it was asked for is all that this verb says
        done: |w, _| connected(w) || w.nodes[NODE].connects_at.is_some(),
        write: Some("POST /computer/gpu-2/launchSlaveAgent"),
        again: true,
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.wait_connected",
        prepare: cut,
        done: |w, _| connected(w),
        meanwhile: |w, _| {
            let node = w.nodes.get_mut(NODE).unwrap();
            node.connected = true;
            node.broken = None;
        },
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.node.delete",
        done: |w, _| !w.nodes.contains_key(NODE),
        look: LOOK,
        write: Some("POST /computer/gpu-2/doDelete"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.queue.cancel",
        with: "{ item: MEMO }",
        prepare: an_item,
        done: |w, item| !w.queue.contains_key(&item.parse().unwrap()),
        write: Some("POST /queue/cancelItem"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.build",
        with: "{ job: MEMO }",
        prepare: |_| "infra/terraform-plan".to_owned(),
        done: |w, _| {
            let id = w.child(w.child(None, "infra"), "terraform-plan").expect("infra/terraform-plan");
            w.queue.values().any(|i| i.task == Task::Job(id)) || w.running.iter().any(|b| b.job == id)
        },
        write: Some("POST /job/infra/job/terraform-plan/build"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.build.wait",
        with: "{ build: MEMO }",
        prepare: a_build,
        done: |w, path| running(w, path).is_none(),
        meanwhile: |w, path| {
            if let Some(build) = running(w, path) {
                w.stop(build, "operator", Outcome::Success);
            }
        },
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.build.stop",
        with: "{ build: MEMO }",
        prepare: a_build,
        done: |w, path| running(w, path).is_none(),
        write: Some("POST /MEMO/stop"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.job.disable",
        with: "{ job: tvm-gpu }",
        done: |w, _| project(w).disabled,
        look: Some("/job/tvm-gpu/config.xml"),
        write: Some("POST /job/tvm-gpu/disable"),
        undo: Some("POST /job/tvm-gpu/enable"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.job.enable",
        with: "{ job: tvm-gpu }",
        prepare: disabled,
        done: |w, _| !project(w).disabled,
        look: Some("/job/tvm-gpu/config.xml"),
        write: Some("POST /job/tvm-gpu/enable"),
        undo: Some("POST /job/tvm-gpu/disable"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.scan",
        with: "{ project: tvm-gpu }",
        done: |w, _| matches!(&project(w).kind, Kind::Multibranch(m) if m.scanning_until.is_some()),
        write: Some("POST /job/tvm-gpu/build"),
        again: true,
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.quiet_down",
        with: "{ reason: a test }",
        done: |w, _| w.quiet.is_some(),
        write: Some("POST /quietDown"),
        undo: Some("POST /cancelQuietDown"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.cancel_quiet_down",
        with: "{}",
        prepare: quiet,
        done: |w, _| w.quiet.is_none(),
        write: Some("POST /cancelQuietDown"),
        undo: Some("POST /quietDown"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.safe_restart",
        with: "{}",
        done: |w, _| w.quiet.as_ref().is_some_and(|q| q.restart),
        write: Some("POST /safeRestart"),
        undo: Some("POST /cancelQuietDown"),
        ..PLAIN
    },
    Scenario {
        verb: "jenkins.wait_ready",
        with: "{}",
        prepare: quiet,
        done: |w, _| w.quiet.is_none(),
        meanwhile: |w, _| w.cancel_quiet_down(),
        ..PLAIN
    },
];

/// A scenario in a world of its own.
pub struct Staged {
    pub scenario: &'static Scenario,
    pub outside: Outside,
    memo: String,
}

impl Staged {
    pub fn new(scenario: &'static Scenario) -> Self {
        let outside = Outside::at_speed(scenario.speed);
        let memo = outside.control.with(|w| (scenario.prepare)(w));
        assert!(scenario.write.is_none() || !outside.control.with(|w| (scenario.done)(w, &memo)), "{}", scenario.verb);
        Self { scenario, outside, memo }
    }

    pub fn done(&self) -> bool {
        self.outside.control.with(|w| (self.scenario.done)(w, &self.memo))
    }

    pub fn meanwhile(&self) {
        self.outside.control.with(|w| (self.scenario.meanwhile)(w, &self.memo));
    }

    /// The writes that must have been made, and no others.
    pub fn check_writes(&self, expected: &[Option<&str>], what: &str) {
        let expected: Vec<String> = expected.iter().flatten().map(|w| w.replace("MEMO", &self.memo)).collect();
        let mut writes = self.outside.proxy.writes();
        if self.scenario.again {
            writes.dedup();
        }
        assert_eq!(writes, expected, "{what}");
    }

    /// A runbook of one step: the verb.
    pub fn runbook(&self) -> String {
        let (verb, with) = (self.scenario.verb, self.scenario.with.replace("MEMO", &self.memo));
        format!("runbook: one\ntitle: One step\nrisk: high\nsteps:\n  - {{ id: one, uses: {verb}, with: {with} }}\n")
    }

    /// The same, and then it waits for a node that is never there: so that it can be called off.
    pub fn runbook_that_waits(&self) -> String {
        format!("{}  - {{ id: held, uses: jenkins.node.wait_connected, with: {{ node: riscv-1 }} }}\n", self.runbook())
    }
}
