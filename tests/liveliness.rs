//! The simulated installation over hours: work is taken and ends, nodes come and go within their limits, nothing grows for ever, and the
//! same seed says the same to whoever asks.
#[path = "support/raw.rs"]
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{ManualClock, Time};
use bellboard::demo::{Demo, Options, Sizes, Spot, Version, World};
use raw::{Client, runtime};
use sha2::{Digest, Sha256};

const START: i64 = 1_795_449_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What is wrong with a world at one moment, each with enough to find it again.
fn faults(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen: BTreeSet<Spot> = BTreeSet::new();
    for node in world.nodes.values() {
        for spot in node.executors.iter().filter_map(|e| e.runs) {
            if !seen.insert(spot) {
                out.push(format!("{} runs {spot:?}, which another executor runs as well", node.name));
            }
            if !world.running.contains(&spot.build) {
                out.push(format!("{} runs {spot:?}, whose build has ended", node.name));
            }
            if !node.connected {
                out.push(format!("{} is not connected and runs {spot:?}", node.name));
            }
        }
    }
    for build in &world.running {
        match world.build(*build) {
            None => out.push(format!("{build:?} runs and does not exist")),
            Some(b) if b.end.is_some() => out.push(format!("{build:?} runs and has ended")),
            Some(_) => {}
        }
    }
    out.extend(waits(world));
    for (index, fleet) in world.fleets.iter().enumerate() {
        let kind = format!("Fleet({index})");
        let size = world.nodes.values().filter(|n| format!("{:?}", n.launcher) == kind).count();
        if size > fleet.max {
            out.push(format!("{} has {size} nodes, {} at most", fleet.name, fleet.max));
        }
    }
    out
}

/// Each item waits for something: the words that Jenkins gives are true, and nothing that is free would take it.
fn waits(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    for item in world.queue.values() {
        let why = world.why(item).say("en");
        if why.is_empty() {
            out.push(format!("item {} says nothing", item.id));
        }
        let takes =
            |label: &String| world.nodes.values().find(|n| n.free() && n.carries(label)).map(|n| n.name.clone());
        if format!("{:?}", item.state) == "Buildable"
            && world.quiet.is_none()
            && let Some(label) = &item.label
            && let Some(node) = takes(label)
        {
            out.push(format!("item {} waits for `{label}` (“{why}”) while {node} is free", item.id));
        }
    }
    out
}

/// Lives through hours, looking each few minutes; gives the nodes' names at each look.
fn live(world: &mut World, hours: i64, look: i64) -> Vec<BTreeSet<String>> {
    let begin = world.now;
    let mut names = Vec::new();
    while world.now < begin + hours * HOUR {
        world.advance(world.now + look);
        let found = faults(world);
        let into = (world.now - begin) / MINUTE;
        assert!(found.is_empty(), "after {into} minutes:\n{}", found.join("\n"));
        names.push(world.nodes.keys().cloned().collect());
    }
    names
}

fn world(seed: u64) -> World {
    println!("seed {seed}");
    World::living(seed, START, Version::parse("2.528.3").expect("a version"), Sizes { nodes: 60, queue: 20 })
}

#[test]
fn eight_hours_go_by_and_all_is_as_it_should_be() {
    for seed in [1, 4_711] {
        let mut world = world(seed);
        let before: BTreeSet<_> = world.running.clone();
        let first = world.next_item;
        let names = live(&mut world, 8, 7 * MINUTE);
        assert!(world.next_item > first + 500, "seed {seed}: only {} items came", world.next_item - first);
        let still: Vec<_> = before.iter().filter(|b| world.running.contains(b)).collect();
        assert!(still.len() * 20 <= before.len(), "seed {seed}: of {} builds, {still:?} never ended", before.len());
        assert!(world.queue.len() < 250, "seed {seed}: {} items wait", world.queue.len());
        assert!(world.jobs.len() < 12_000, "seed {seed}: {} jobs", world.jobs.len());
        let ever: BTreeSet<&String> = names.iter().flatten().filter(|n| n.starts_with("i-")).collect();
        let last = names.last().expect("a look");
        assert!(ever.iter().any(|n| !last.contains(*n)), "seed {seed}: no autoscaled node ever left");
        let first_look = names.first().expect("a look");
        assert!(last.iter().any(|n| n.starts_with("i-") && !first_look.contains(n)), "seed {seed}: none ever came");
        let statics = |at: &BTreeSet<String>| at.iter().filter(|n| !n.starts_with("i-")).count();
        assert_eq!(statics(first_look), statics(last), "seed {seed}: static nodes stay");
    }
}

/// What waits longer than two hours waits for what cannot come, and builds that long under way wait for such an item.
#[test]
fn only_what_cannot_be_had_is_waited_for_longer_than_hours() {
    for seed in [5_150] {
        let mut world = world(seed);
        live(&mut world, 10, 31 * MINUTE);
        let mut hopeless = BTreeMap::new();
        for item in world.queue.values().filter(|i| i.since < world.now - 4 * HOUR) {
            let why = world.why(item).say("en");
            let blocked = ["There are no nodes", "offline", "already in progress", "Already running", "quiet period"];
            assert!(
                blocked.iter().any(|b| why.contains(b)),
                "seed {seed}: item {} since {} min: {why}",
                item.id,
                (world.now - item.since) / MINUTE
            );
            hopeless.insert(item.id, why);
        }
        let old =
            world.running.iter().filter(|b| world.build(**b).is_some_and(|b| b.start < world.now - 8 * HOUR)).count();
        assert!(
            old <= hopeless.len(),
            "seed {seed}: {old} builds run longer than 8 hours and {} items explain it",
            hopeless.len()
        );
    }
}

/// The answers to everything a board asks, as one hash.
fn said(seed: u64, minutes: u64) -> String {
    let runtime = runtime();
    let options = Options {
        seed,
        nodes: 60,
        queue: 20,
        clock: Arc::new(ManualClock::new(Time::from_millis(START))),
        ..Options::default()
    };
    let demo = runtime.block_on(Demo::serve(options)).expect("a simulated controller");
    demo.control().pass(Duration::from_secs(60 * minutes));
    let client = Client::token(&demo, "admin");
    let mut hash = Sha256::new();
    for target in [
        "/api/json?depth=1",
        "/computer/api/json?depth=1",
        "/queue/api/json?depth=1",
        "/ec2-fleet/stats",
        "/job/tvm-cpu/api/json?tree=jobs[name,color,builds[number,result,timestamp,duration]]",
    ] {
        let answer = client.get(target);
        assert_eq!(answer.status, 200, "{target}");
        // The port is another each time.
        hash.update(answer.body.replace(demo.url().as_str(), "http://ci/"));
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_same_seed_says_the_same_and_another_something_else() {
    let seed = 20_260_801;
    assert_eq!(said(seed, 45), said(seed, 45), "seed {seed} after 45 minutes");
    assert_ne!(said(seed, 45), said(seed + 1, 45), "two seeds, one world");
    assert_ne!(said(seed, 45), said(seed, 46), "a minute in which nothing happens");
}
