//! The console in a real pseudo-terminal: it starts, is walked through, drains a node, survives its death, and always gives the terminal back.
#[path = "pty/term.rs"]
mod term;

use rustix::process::Signal;
use term::Term;

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
    term.see("Lonely");
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
        term.see("Lonely");
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
    term.see("Lonely");
    for size in [(80, 24), (20, 5), (3, 2), (1, 1), (200, 50), (120, 36)] {
        term.resize(size.0, size.1);
        // a key is heard only after the size that was told before it
        term.keys("j");
    }
    term.see("Lonely");
    term.keys("q");
    assert_eq!(term.end().0.exit_code(), 0);
}
