//! The simulated installation as a client sees it: alive from its first second, repeatable, quick at size.
#[path = "support/raw.rs"]
mod raw;

use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{Clock as _, ManualClock, Time};
use bellboard::demo::{Demo, Options, Sizes, Version, World};
use proptest::prelude::*;
use raw::{Client, runtime};

const START: i64 = 1_795_449_600_000;

fn still() -> Options {
    Options { clock: Arc::new(ManualClock::new(Time::from_millis(START))), ..Options::default() }
}

#[test]
fn the_board_is_full_of_life_at_once() {
    let runtime = runtime();
    let demo = runtime.block_on(Demo::serve(still())).unwrap();
    let admin = Client::token(&demo, "admin");
    let root = admin.get("/api/json?tree=quietingDown,jobs[name,color,jobs[name,color]]");
    assert_eq!(root.status, 200, "{}", root.body);
    assert_eq!(root.header("x-jenkins"), Some("2.528.3"));
    assert!(root.json()["jobs"].as_array().unwrap().iter().any(|j| j["name"] == "tvm-cpu"));
    let nodes = admin
        .get("/computer/api/json?tree=busyExecutors,totalExecutors,computer[displayName,offline,executors[idle]]")
        .json();
    let list = nodes["computer"].as_array().unwrap();
    assert!((150..320).contains(&list.len()), "{} nodes", list.len());
    assert!(list.iter().any(|n| n["displayName"].as_str().unwrap().starts_with("i-0")));
    assert!(list.iter().any(|n| n["displayName"] == "gpu-1"));
    assert!(
        nodes["busyExecutors"].as_u64().unwrap() * 10 > nodes["totalExecutors"].as_u64().unwrap() * 8,
        "most are busy"
    );
    let queue = admin.get("/queue/api/json?tree=items[why,stuck,blocked,buildable]").json();
    let whys: Vec<&str> = queue["items"].as_array().unwrap().iter().map(|i| i["why"].as_str().unwrap()).collect();
    for known in [
        "There are no nodes with the label ‘HEXAGON’",
        "There are no nodes with the label ‘ARM&&bigboard’",
        "All nodes of label ‘RISCV’ are offline",
        "‘gpu-3’ is offline",
        "Waiting for next available executor on ‘CPU-SMALL’",
        "In the quiet period. Expires in",
        "is already in progress",
        "Already running 1 builds across all nodes",
    ] {
        assert!(whys.iter().any(|w| w.contains(known)), "no item waits because “{known}”: {whys:#?}");
    }
}

#[test]
fn a_thousand_nodes_and_items_are_served_quickly_and_grow_with_the_options() {
    let runtime = runtime();
    let options = Options { nodes: 2_000, queue: 5_000, ..still() };
    let demo = runtime.block_on(Demo::serve(options)).unwrap();
    let admin = Client::token(&demo, "admin");
    let nodes = admin
        .get("/computer/api/json?tree=computer[displayName,idle,offline,executors[idle,currentExecutable[number,url]]]")
        .json();
    let queue = admin.get("/queue/api/json?tree=items[id,why,stuck,task[name,url]]").json();
    let (nodes, queue) = (nodes["computer"].as_array().unwrap().len(), queue["items"].as_array().unwrap().len());
    assert!((1_600..2_400).contains(&nodes), "{nodes} nodes");
    assert!((4_900..5_400).contains(&queue), "{queue} items");
}

#[test]
fn the_date_follows_the_simulated_clock() {
    let runtime = runtime();
    let demo = runtime.block_on(Demo::serve(Options { start: Some(Time::from_millis(START)), ..still() })).unwrap();
    let anybody = Client::anonymous(&demo);
    let before = anybody.get("/login");
    assert_eq!(before.header("date"), Some("Mon, 23 Nov 2026 16:00:00 GMT"));
    demo.control().pass(Duration::from_secs(3_600));
    assert_eq!(anybody.get("/login").header("date"), Some("Mon, 23 Nov 2026 17:00:00 GMT"));
}

#[test]
fn a_controller_may_live_under_a_path() {
    let runtime = runtime();
    let demo = runtime.block_on(Demo::serve(Options { prefix: "/jenkins/".into(), ..still() })).unwrap();
    assert_eq!(demo.url().path(), "/jenkins/");
    let admin = Client::token(&demo, "admin");
    assert_eq!(admin.get("/api/json").status, 404);
    assert_eq!(admin.get("/jenkins/api/json?tree=url").json()["url"], demo.url().as_str());
    let answer = admin.post("/jenkins/computer/gpu-1/changeOfflineCause", "offlineMessage=x");
    assert!(answer.header("location").unwrap().ends_with("/jenkins/computer/gpu-1/"), "{answer:?}");
}

#[test]
fn a_version_that_is_none_is_refused_with_a_hint() {
    let refused = runtime().block_on(Demo::serve(Options { jenkins_version: "new".into(), ..still() }));
    let said = refused.expect_err("a refusal").to_string();
    assert!(said.contains("`new`") && said.contains("2.528.3"), "{said}");
}

#[test]
fn a_node_can_be_made_to_fall_off_to_fill_up_and_to_be_marked_by_another() {
    let runtime = runtime();
    let demo = runtime.block_on(Demo::serve(still())).unwrap();
    let (control, admin) = (demo.control(), Client::token(&demo, "admin"));
    control.lively(false);
    let node = |name: &str| {
        admin.get(&format!("/computer/{name}/api/json?tree=offline,temporarilyOffline,offlineCause[*]")).json()
    };
    assert!(control.fall_off("cpu-1", Some(Duration::from_secs(60))) && !control.fall_off("none", None));
    assert_eq!(node("cpu-1")["offlineCause"]["_class"], "hudson.slaves.OfflineCause$ChannelTermination");
    control.pass(Duration::from_secs(61));
    assert_eq!(node("cpu-1")["offline"], false, "it came back");
    assert!(control.fill_disk("gpu-1", 500 << 20));
    assert_eq!(node("gpu-1")["offlineCause"]["size"], 500 << 20);
    assert!(control.mark("arm-1", "areusch", Some("mine")));
    assert_eq!(node("arm-1")["offlineCause"]["description"], "Disconnected by areusch : mine");
    assert!(control.mark("arm-1", "areusch", None));
    assert_eq!(node("arm-1")["temporarilyOffline"], false);
    let busy = control.busy_nodes();
    let first = busy.iter().find(|n| n.starts_with("gpu-")).expect("a busy node");
    control.finish_on(first);
    assert!(!control.busy_nodes().contains(first), "{first} still works");
    let number = control.push_pull();
    assert_eq!(admin.get(&format!("/job/tvm-lint/job/PR-{number}/api/json?tree=inQueue")).json()["inQueue"], true);
}

#[test]
fn a_fleet_grows_with_what_waits_for_it_unless_it_is_stalled() {
    let runtime = runtime();
    let grown = |stalled: bool| {
        let demo = runtime.block_on(Demo::serve(still())).unwrap();
        let control = demo.control();
        control.lively(false);
        assert!(control.stall_fleet("ARM", Duration::from_secs(if stalled { 3_600 } else { 0 })));
        assert!(!control.stall_fleet("none", Duration::ZERO));
        let admin = Client::token(&demo, "admin");
        let size = || -> u64 {
            let stats = admin.get("/ec2-fleet/stats").json();
            stats.as_array().unwrap().iter().find(|f| f["label"] == "ARM").unwrap()["numDesired"].as_u64().unwrap()
        };
        let before = size();
        control.with(|w| {
            let branches: Vec<_> = w.queue.keys().copied().collect();
            for item in branches.into_iter().take(30) {
                w.queue.get_mut(&item).unwrap().label = Some("ARM".into());
            }
        });
        control.pass(Duration::from_secs(60));
        size() > before
    };
    assert!(grown(false) && !grown(true));
}

#[test]
fn it_stops_when_dropped() {
    let runtime = runtime();
    let demo = runtime.block_on(Demo::serve(still())).unwrap();
    let client = Client::anonymous(&demo);
    assert_eq!(client.get("/login").status, 200);
    drop(demo);
    let clock = bellboard::base::SystemClock;
    let begin = clock.boot();
    while client.try_send("GET", "/login", "", "").is_ok() {
        assert!(clock.boot() - begin < Duration::from_secs(10), "still served");
        std::thread::yield_now();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// The same seed gives the same world, however long its steps are (proptest prints the seed that fails).
    #[test]
    fn the_same_seed_gives_the_same_world(seed in any::<u64>(), minutes in 1i64..40, cut in 1i64..60) {
        let make = || World::living(seed, START, Version::parse("2.528.3").unwrap(), Sizes { nodes: 40, queue: 12 });
        let (mut one, mut two) = (make(), make());
        one.advance(START + minutes * 60_000);
        let mut at = START;
        while at < START + minutes * 60_000 {
            at = (at + cut * 1_000).min(START + minutes * 60_000);
            two.advance(at);
        }
        prop_assert_eq!(format!("{one:?}"), format!("{two:?}"), "seed {}", seed);
    }

    /// Work is never lost: what runs on an executor is a build that runs, and no executor runs what another does.
    #[test]
    fn executors_and_builds_agree(seed in any::<u64>(), minutes in 1i64..120) {
        let mut world = World::living(seed, START, Version::parse("2.277.3").unwrap(), Sizes { nodes: 40, queue: 12 });
        world.advance(START + minutes * 60_000);
        let mut seen = std::collections::BTreeSet::new();
        for spot in world.nodes.values().flat_map(|n| &n.executors).filter_map(|e| e.runs) {
            prop_assert!(world.running.contains(&spot.build), "seed {seed}: an executor runs {spot:?}, which has ended");
            prop_assert!(seen.insert(spot), "seed {seed}: {spot:?} runs twice");
        }
        prop_assert!(world.queue.len() < 400, "seed {}: {} items", seed, world.queue.len());
    }
}
