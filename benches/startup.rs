//! Starting and resting: the first frame with a controller that never answers, and what the console costs while nothing changes.
//!
//! `cargo bench --bench startup` prints the figures and fails beyond the limits.
#[path = "../tests/commands/served.rs"]
mod served;
#[path = "../tests/pty/term.rs"]
mod term;

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use served::Served;
use term::Term;

/// From the start of the process to the first frame.
const FIRST_FRAME: Duration = Duration::from_millis(50);
/// Of one core, while nothing changes.
const IDLE_SHARE: f64 = 0.005;
/// How long resting is watched.
const REST: Duration = Duration::from_secs(20);
const STARTS: usize = 20;

#[allow(clippy::disallowed_methods)] // a benchmark measures the real clock
fn now() -> Instant {
    Instant::now()
}

fn main() {
    // `cargo test --benches` only wants to know that it runs
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    // accepts by the kernel's backlog and never answers
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let home = tempfile::tempdir().expect("a home");
    site(home.path(), &deaf);
    let first = first_frames(home.path());
    let (share, bytes) = rest();
    let median = first.get(first.len() / 2).copied().unwrap_or_default();
    let worst = first.last().copied().unwrap_or_default();
    println!("first frame, no answer: median {median:?}, worst of {STARTS} {worst:?} (limit {FIRST_FRAME:?})");
    println!(
        "at rest for {REST:?}: {:.3} % of a core (limit {} %), {bytes} bytes written",
        share * 100.0,
        IDLE_SHARE * 100.0
    );
    assert!(median <= FIRST_FRAME, "the first frame came late");
    // without optimisation it says nothing
    assert!(cfg!(debug_assertions) || share <= IDLE_SHARE, "resting costs too much");
    assert_eq!(bytes, 0, "something was written while nothing changed");
}

fn site(home: &Path, deaf: &TcpListener) {
    let address = deaf.local_addr().expect("an address");
    let site = format!("[site]\nname = \"Deaf\"\n[[controller]]\nid = \"prod\"\nurl = \"http://{address}/\"\n");
    std::fs::write(home.join("bellboard.toml"), site).expect("a site file");
}

fn first_frames(home: &Path) -> Vec<Duration> {
    let words: [&str; 0] = [];
    let mut all: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let start = now();
            let mut term = Term::start(home, (120, 36), &words);
            term.wait("the first frame", |screen| screen.contains("prod"));
            let took = start.elapsed();
            term.keys("q");
            term.end();
            took
        })
        .collect();
    all.sort_unstable();
    all
}

/// The share of a core and the bytes that the Help screen takes over a world that stands still, where neither ages nor
/// data change; reading the controller goes on.
fn rest() -> (f64, usize) {
    let site = Served::start(&["--seed", "7", "--speed", "0.01"]);
    let mut term = Term::start(site.home(), (120, 36), &["--site", "site.toml"]);
    term.wait("the board", |screen| screen.contains("riscv-1"));
    term.keys("?");
    term.wait("the help", |screen| screen.contains("IN LISTS"));
    pause(Duration::from_secs(2));
    let (cpu, bytes) = (term.cpu(), term.bytes().len());
    pause(REST);
    let (spent, wrote) = (term.cpu().saturating_sub(cpu), term.bytes().len() - bytes);
    term.keys("q");
    (spent.as_secs_f64() / REST.as_secs_f64(), wrote)
}

#[allow(clippy::disallowed_methods)] // rest is what is measured
fn pause(time: Duration) {
    std::thread::sleep(time);
}
