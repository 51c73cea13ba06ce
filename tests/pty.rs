//! The console in a real pseudo-terminal: it starts, is walked through, drains a node, survives its death, and always gives the terminal back.
#[path = "commands/served.rs"]
mod served;
#[path = "pty/term.rs"]
mod term;

use rustix::process::Signal;
use served::Served;
use term::Term;

/// Keys.
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

/// A site whose only controller cannot be reached: port 1 of loopback answers nobody.
fn lonely(home: &std::path::Path) {
    let site = "[site]\nname = \"Lonely\"\n[[controller]]\nid = \"prod\"\nurl = \"http://127.0.0.1:1/\"\n";
    std::fs::write(home.join("bellboard.toml"), site).expect("a site file");
}

const NONE: [&str; 0] = [];

/// What a terminal must have been told before it is the shell's again.
fn given_back(bytes: &str) {
    for (what, code) in [
        ("the alternate screen is left", "\x1b[?1049l"),
        ("the mouse is let go", "\x1b[?1000l"),
        ("bracketed paste is switched off", "\x1b[?2004l"),
        ("focus is no longer told", "\x1b[?1004l"),
        ("the cursor is shown", "\x1b[?25h"),
    ] {
        let last = bytes.rfind(code).unwrap_or_else(|| panic!("{what}: {code:?} was never sent"));
        let on = code.replace('l', "h");
        assert!(code.ends_with('h') || bytes.rfind(&on) < Some(last), "{what}, and not undone");
    }
}

#[test]
fn without_a_site_file_it_says_how_to_begin() {
    let home = tempfile::tempdir().expect("a home");
    let mut term = Term::start(home.path(), (80, 24), &NONE);
    let (status, said) = term.end();
    assert_eq!(status.exit_code(), 2, "{said}");
    assert!(said.contains("bellboard demo") && said.contains("bellboard init"), "{said}");
}

#[test]
fn an_unreachable_controller_is_a_state_on_the_screen_and_q_leaves() {
    let home = tempfile::tempdir().expect("a home");
    lonely(home.path());
    let mut term = Term::start(home.path(), (80, 24), &NONE);
    term.see("prod");
    term.keys("q");
    let (status, bytes) = term.end();
    assert_eq!(status.exit_code(), 0, "{bytes}");
    given_back(&bytes);
    assert!(term.is_sane(), "the terminal echoes lines again");
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = tempfile::tempdir().expect("a home");
        lonely(home.path());
        let mut term = Term::start(home.path(), (80, 24), &NONE);
        term.see("prod");
        term.signal(signal);
        let (status, bytes) = term.end();
        assert_ne!(status.exit_code(), 0, "{signal:?}");
        given_back(&bytes);
        assert!(term.is_sane(), "{signal:?}: the terminal echoes lines again");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let home = tempfile::tempdir().expect("a home");
    let this = std::env::current_exe().expect("this test's own program");
    let words = ["--exact", "falls_over_with_the_terminal_taken", "--ignored", "--nocapture", "--test-threads=1"];
    let mut term = Term::program(&this, home.path(), (80, 24), &words);
    let (status, bytes) = term.end();
    assert!(!status.success());
    given_back(&bytes);
    let told = bytes.find("the sky falls").expect("the panic is told");
    assert!(bytes.find("\x1b[?1049l").is_some_and(|left| left < told), "on the shell's own screen: {bytes}");
    assert!(term.is_sane(), "the terminal echoes lines again");
}

/// The other half of the test above: run by it, in a terminal of its own.
#[test]
#[ignore = "a part of a_panic_gives_the_terminal_back_before_it_is_told"]
fn falls_over_with_the_terminal_taken() {
    use bellboard::app::terminal::{Guard, Held, install_hooks};
    let held = Held::default();
    install_hooks(&held).expect("hooks");
    let guard = Guard::take(&held).expect("a terminal");
    // as if in the midst of drawing: the guard is never dropped
    std::mem::forget(guard);
    panic!("the sky falls");
}

#[test]
fn any_size_is_survived_down_to_a_single_cell() {
    let home = tempfile::tempdir().expect("a home");
    lonely(home.path());
    let mut term = Term::start(home.path(), (120, 36), &NONE);
    term.see("prod");
    for size in [(80, 24), (20, 5), (3, 2), (1, 1), (200, 50), (120, 36)] {
        term.resize(size.0, size.1);
        // a key is heard only after the size that was told before it
        term.keys("j");
    }
    term.see("prod");
    term.keys("q");
    assert_eq!(term.end().0.exit_code(), 0);
}

#[test]
fn the_screens_of_the_simulated_installation_are_walked() {
    let home = tempfile::tempdir().expect("a home");
    let mut term = Term::start(home.path(), (120, 36), &["demo", "--seed", "7"]);
    term.wait("a board with bells, queue and nodes", |s| {
        s.contains("SIMULATED") && s.contains("riscv-1") && s.contains("CPU-SMALL")
    });
    for (key, what, text) in [
        ("2", "the queue with a diagnosis", "no node has such a label"),
        ("3", "the nodes with an offline cause", "Driver 550 on trial"),
        ("6", "the builds", "PR-174"),
        ("9", "the catalogue", "drain-node"),
        ("s", "the sources", "fleets"),
        ("?", "the help", "IN LISTS"),
    ] {
        term.keys(key);
        term.wait(what, |screen| screen.contains(text));
    }
    term.keys(ESCAPE);
    // an escape and a key at once would be one key with alt
    term.wait("the sources behind the help", |s| !s.contains("IN LISTS"));
    term.keys("1");
    term.wait("the board again", |s| s.contains("Bells"));
    term.keys("q");
    assert_eq!(term.end().0.exit_code(), 0);
}

/// Opens writes, puts the cursor on a node, and confirms the plan of draining it.
fn begin_a_drain(term: &mut Term, node: &str) {
    term.wait("the controller's data", |s| s.contains("(a arms)"));
    term.keys("a");
    term.see("opens writes");
    term.keys("a new disk");
    term.see("a new disk");
    term.keys(ENTER);
    term.see("ARMED");
    term.keys("3");
    term.see("RUNS, OR WHY NOT");
    term.keys(&format!("/name:{node}"));
    term.see(&format!("name:{node}"));
    term.keys(ENTER);
    term.keys("g");
    term.wait("only that node", |s| s.contains(&format!("▶ {node} ")) && s.contains("1 of "));
    term.keys("x");
    term.wait("the menu", |s| s.contains(&format!("actions on {node}")) && s.contains("1 drain-node"));
    term.keys(ENTER);
    term.wait("the plan", |s| s.contains("WHAT CHANGES") && s.contains("type"));
    term.keys(node);
    term.wait("what was typed", |s| s.contains(&format!("▏{node}")));
    term.keys(ENTER);
}

#[test]
fn a_node_is_drained_on_the_screen() {
    let site = Served::start(&["--seed", "7", "--speed", "60"]);
    let node = site.node(|row| row["state"] == "busy" && row["kind"] == "static");
    let mut term = Term::start(site.home(), (120, 36), &["--site", "site.toml"]);
    begin_a_drain(&mut term, &node);
    term.wait("the run at its second step", |s| s.contains("─ running ─ 1 of 2") && s.contains("✓ offline"));
    // the shell does not get the terminal while a run is executed here
    term.keys("\x1a");
    term.see("would stand still");
    term.wait("the run's end", |s| s.contains("─ done ─"));
    let row = site.row(&node);
    assert_eq!((row["state"].as_str(), row["busy"].as_u64()), (Some("marked_offline"), Some(0)), "{row}");
    term.keys("q");
    let (status, bytes) = term.end();
    assert_eq!(status.exit_code(), 0);
    given_back(&bytes);
}

#[test]
fn a_console_that_is_killed_in_a_drain_says_so_at_its_next_start_and_goes_on() {
    let site = Served::start(&["--seed", "7", "--speed", "30"]);
    let node = site.node(|row| row["state"] == "busy" && row["kind"] == "static");
    let mut term = Term::start(site.home(), (120, 36), &["--site", "site.toml"]);
    begin_a_drain(&mut term, &node);
    term.wait("the run at its second step", |s| s.contains("─ running ─ 1 of 2") && s.contains("✓ offline"));
    term.signal(Signal::KILL);
    term.end();

    let mut term = Term::start(site.home(), (120, 36), &["--site", "site.toml"]);
    term.wait("the unfinished run on the board", |s| s.contains("(a arms)") && s.contains("nobody drives it"));
    term.keys("a");
    term.see("opens writes");
    term.keys("going on");
    term.see("going on");
    term.keys(ENTER);
    term.see("ARMED");
    term.keys("9");
    term.wait("the run in the list", |s| s.contains("▶") && s.contains("1/2"));
    term.keys(ENTER);
    term.see("nobody drives it");
    term.keys("R");
    term.wait("the run's end", |s| s.contains("─ done ─"));
    let runs = site.json(&["runs", "--json"]);
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "one run, not two: {runs}");
    assert_eq!(site.row(&node)["state"], "marked_offline");
}

#[test]
fn suspended_it_gives_the_terminal_back_and_continued_it_draws_again() {
    let home = tempfile::tempdir().expect("a home");
    lonely(home.path());
    let mut term = Term::start(home.path(), (80, 24), &NONE);
    term.see("prod");
    term.keys("\x1a");
    term.wait_stopped();
    given_back(&term.bytes());
    assert!(term.is_sane(), "the shell has its terminal");
    term.signal(Signal::CONT);
    term.wait("the console again", |s| s.contains("prod"));
    term.keys("q");
    assert_eq!(term.end().0.exit_code(), 0);
}
