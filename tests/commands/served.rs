//! A simulated installation served by the real program, and the program run against it.
#![allow(dead_code)] // the tests that share it use different parts of it
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Served until dropped.
pub struct Served {
    home: TempDir,
    child: Child,
}

/// The program with a home of its own and nothing of ours in its environment.
#[allow(clippy::disallowed_methods)] // tests run the program as people do
pub fn bellboard(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellboard"));
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home).stdin(Stdio::null());
    command
}

/// What a command printed, for people to read when a test fails.
pub fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}")
}

impl Served {
    pub fn start(words: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let mut child = bellboard(home.path())
            .args(["demo", "--serve", "--write-site", "site.toml"])
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .expect("bellboard starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        assert_eq!(said, "ready\n");
        Self { home, child }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = bellboard(self.home.path());
        command.args(["--site", "site.toml"]).args(words);
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("bellboard runs")
    }

    /// A command that must succeed, and its JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{words:?}: {e}: {}", text(&output)))
    }

    /// The name of the first node that is like this.
    pub fn node(&self, like: impl Fn(&Value) -> bool) -> String {
        let rows = self.json(&["nodes", "--json"]);
        let row = rows.as_array().and_then(|rows| rows.iter().find(|row| like(row)));
        row.and_then(|row| row["name"].as_str()).unwrap_or_else(|| panic!("no such node: {rows}")).to_owned()
    }

    /// One node's row.
    pub fn row(&self, node: &str) -> Value {
        let rows = self.json(&["nodes", "--json"]);
        let row = rows.as_array().and_then(|rows| rows.iter().find(|row| row["name"] == *node));
        row.unwrap_or_else(|| panic!("{node} is gone: {rows}")).clone()
    }

    /// Runs a runbook and kills it without warning at an event; the run's name.
    pub fn kill_at(&self, words: &[&str], at: impl Fn(&Value) -> bool) -> String {
        let mut child = self.command(words).stdout(Stdio::piped()).spawn().expect("bellboard runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        for line in lines {
            let line: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
            if at(&line["event"]) {
                child.kill().expect("it is killed");
                child.wait().expect("it is gone");
                return line["run"].as_str().expect("a run").to_owned();
            }
        }
        panic!("it ended before that: {:?}", child.wait());
    }

    pub fn interrupt(&mut self) -> ExitStatus {
        let id = i32::try_from(self.child.id()).expect("a process");
        let id = rustix::process::Pid::from_raw(id).expect("a process");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it is there");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
