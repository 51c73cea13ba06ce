//! Each guard says yes, no, and that it cannot see.
use std::time::Duration;

use url::Url;

use super::*;
use crate::base::RunId;
use crate::insight::testing::{item, jenkins, node, now};
use crate::model::{ControllerId, Node, Problem, ProblemKind, Reading, ReadingState};
use crate::run::VerdictKind::{Passed, Refused, Unknown, Warning};

fn controller(production: bool) -> Controller {
    Controller {
        id: ControllerId::new("prod"),
        url: Url::parse("http://127.0.0.1/").unwrap(),
        production,
        credential: None,
        operators: vec!["op".into()],
        autoscaled: vec![],
        keep: vec![("doc".into(), 0)],
        keep_default: 60,
    }
}

/// What `case` gives unless a test changes it.
struct World {
    controller: Controller,
    jenkins: Jenkins,
    standing: Standing,
    barred: Option<Text>,
    planning: bool,
    risk: Risk,
    window: Window,
    confirm: Confirm,
    locks: Vec<Text>,
    holds: Vec<Hold>,
    capacity: Vec<CapacityAsk>,
    rescue: bool,
    now: Time,
}

fn world(nodes: Vec<Node>) -> World {
    World {
        controller: controller(true),
        jenkins: jenkins(nodes, vec![item(1, "GPU")]),
        standing: Standing {
            who: "op".into(),
            operator: true,
            read_only_because: None,
            armed_until: Some(now().plus(Duration::from_secs(600))),
        },
        barred: None,
        planning: false,
        risk: Risk::Medium,
        window: Window::None,
        confirm: Confirm::Key,
        locks: vec!["node/gpu-1".into()],
        holds: vec![],
        capacity: vec![CapacityAsk { node: Some("gpu-1".into()), ..CapacityAsk::default() }],
        rescue: false,
        now: now(),
    }
}

impl World {
    fn verdicts(&self, guard: &str) -> Vec<(VerdictKind, String)> {
        let case = Case {
            controller: &self.controller,
            jenkins: &self.jenkins,
            now: self.now,
            fresh: Duration::from_secs(30),
            standing: &self.standing,
            barred: self.barred.as_ref(),
            planning: self.planning,
            risk: self.risk,
            window: self.window,
            confirm: &self.confirm,
            locks: &self.locks,
            holds: &self.holds,
            capacity: &self.capacity,
            rescue: self.rescue,
        };
        judge(&case).into_iter().filter(|v| v.guard == *guard).map(|v| (v.kind, v.text.to_string())).collect()
    }

    fn kinds(&self, guard: &str) -> Vec<VerdictKind> {
        self.verdicts(guard).into_iter().map(|(kind, _)| kind).collect()
    }
}

fn gpus(count: usize) -> Vec<Node> {
    (1..=count).map(|n| node(&format!("gpu-{n}"), &["GPU"])).collect()
}

#[test]
fn role_refuses_who_is_barred_and_what_one_person_may_not_do() {
    let mut w = world(gpus(3));
    assert_eq!(w.kinds("role"), [Passed]);
    w.barred = Some("op is not among the operators".into());
    assert_eq!((w.kinds("role"), w.kinds("arming")), (vec![Refused], vec![]));
    w.barred = None;
    w.risk = Risk::Critical;
    assert_eq!((w.kinds("second person"), w.kinds("runner")), (vec![Refused], vec![Refused]));
    w.risk = Risk::High;
    w.controller = controller(false);
    assert_eq!((w.kinds("second person"), w.kinds("runner")), (vec![], vec![]));
}

#[test]
fn arming_ends_by_itself() {
    let mut w = world(gpus(3));
    assert_eq!(w.kinds("arming"), [Passed]);
    w.now = now().plus(Duration::from_secs(600));
    assert_eq!(w.kinds("arming"), [Refused]);
    w.planning = true;
    assert_eq!(w.kinds("arming"), [Warning], "a plan can be made before");
}

#[test]
fn freshness_does_not_decide_on_old_missing_or_failing_data() {
    let mut w = world(gpus(3));
    assert_eq!(w.kinds("freshness"), [Passed]);
    w.now = now().plus(Duration::from_secs(31));
    assert!(w.verdicts("freshness")[0].1.contains("too old"));
    w.now = now();
    w.jenkins.queue = Reading::default();
    assert_eq!(w.kinds("freshness"), [Unknown]);
    w.jenkins = jenkins(gpus(1), vec![]);
    let problem = Problem::new(ProblemKind::Unreachable, "no route", "");
    w.jenkins.nodes.state = ReadingState::Failing { since: now(), problem, next_try: now() };
    assert_eq!(w.kinds("freshness"), [Unknown]);
    assert!(w.verdicts("freshness")[0].1.contains("no route"));
}

#[test]
fn capacity_counts_what_goes_on_accepting() {
    let mut w = world(gpus(3));
    assert_eq!(w.verdicts("capacity"), [(Passed, "GPU 3 → 2 accepting of 3 (floor 60 %), 1 waiting".to_owned())]);
    let mut two = gpus(3);
    two[2].offline = true;
    w.jenkins = jenkins(two, vec![]);
    assert_eq!(w.kinds("capacity"), [Refused], "1 of 3 is less than 60 %");
    w.capacity[0].keep = Some(30);
    assert_eq!(w.kinds("capacity"), [Passed]);
    w.capacity[0].keep = None;
    w.rescue = true;
    assert_eq!(w.kinds("capacity"), [Passed]);
}

#[test]
fn the_only_node_of_a_label_goes_only_if_an_outage_is_agreed_to() {
    let mut nodes = gpus(3);
    nodes[0].labels.push("doc".into());
    let mut w = world(nodes);
    assert_eq!(w.kinds("capacity"), [Passed, Refused], "GPU, doc: {:?}", w.verdicts("capacity"));
    w.capacity[0].outage = true;
    assert_eq!(w.kinds("capacity"), [Passed, Warning]);
}

#[test]
fn expressions_that_jobs_wait_for_count_as_labels() {
    let mut nodes = gpus(3);
    nodes[0].labels.push("big".into());
    nodes[1].labels.push("big".into());
    let mut w = world(nodes);
    w.jenkins.queue = jenkins(vec![], vec![item(1, "GPU&&big")]).queue;
    let said = w.verdicts("capacity");
    assert!(said.iter().any(|(kind, text)| *kind == Refused && text.starts_with("GPU&&big 2 → 1")), "{said:?}");
}

#[test]
fn capacity_says_that_it_cannot_see() {
    let mut w = world(gpus(3));
    w.capacity[0].node = Some("gone".into());
    assert_eq!(w.kinds("capacity"), [Unknown]);
    w.jenkins.nodes = Reading::default();
    assert_eq!(w.kinds("capacity"), [Unknown]);
}

#[test]
fn a_node_that_accepts_nothing_takes_nothing_away() {
    let mut nodes = gpus(2);
    nodes[0].offline = true;
    let w = world(nodes);
    assert_eq!(w.kinds("capacity"), [Passed]);
}

#[test]
fn lock_names_who_has_it() {
    let mut w = world(gpus(1));
    assert_eq!(w.kinds("lock"), [Passed]);
    w.holds = vec![Hold { lock: "node/gpu-1".into(), run: Some(RunId::new(7)), by: "drain-node gpu-1 of op2".into() }];
    let said = w.verdicts("lock");
    assert!(said[0].0 == Refused && said[0].1.contains("op2") && said[0].1.contains("00000007"), "{said:?}");
}

#[test]
fn a_window_that_cannot_be_seen_is_no_window_unless_service_is_restored() {
    let mut w = world(gpus(1));
    w.window = Window::Required;
    assert_eq!(w.kinds("window"), [Unknown]);
    w.rescue = true;
    assert_eq!(w.kinds("window"), [Passed]);
    w.window = Window::Advised;
    assert_eq!(w.kinds("window"), [Warning]);
}

#[test]
fn nothing_but_the_word_itself_confirms() {
    let typed = Confirm::Typed("gpu-1".into());
    assert!(given(&typed, "gpu-1").is_ok() && given(&typed, " gpu-1 ").is_ok());
    for wrong in ["", "y", "gpu-11", "GPU-1", "\n"] {
        assert!(given(&typed, wrong).is_err(), "{wrong}");
    }
    assert!(given(&Confirm::Key, "y").is_ok() && given(&Confirm::Key, "").is_err());
}
