//! The built program, killed with SIGKILL at each point of each verb and of both node runbooks, and resumed: the world
//! ends as if it had not been killed. Writes are counted outside the program and outside the simulated controller.
#[path = "support/house.rs"]
mod house;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/scenarios.rs"]
mod scenarios;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use bellboard::actions::VERBS;
use house::{Outside, PATIENCE};
use proxy::Fate;
use scenarios::{NODE, SCENARIOS, Staged};
use serde_json::Value;

/// Where it is killed. Before anything happens the verb reads three times for plans; the fourth read is the one right
/// before the intent, the fifth looks for the effect once its outcome is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    BeforeTheIntent,
    /// The intent is on disk, and the request never arrives.
    DuringTheWrite,
    /// The effect is there, and nobody said so.
    AnswerWithheld,
    AfterTheOutcome,
}

const POINTS: [Point; 4] =
    [Point::BeforeTheIntent, Point::DuringTheWrite, Point::AnswerWithheld, Point::AfterTheOutcome];

enum Stage {
    Verb(Staged),
    Runbook(Outside),
}

struct Case {
    stage: Stage,
    runbook: &'static str,
    inputs: Vec<&'static str>,
    confirm: &'static str,
}

impl Case {
    fn of(staged: Staged) -> Self {
        let text = staged.runbook();
        let case = Self { stage: Stage::Verb(staged), runbook: "one", inputs: vec![], confirm: "prod" };
        case.write_files(&text);
        case
    }

    fn outside(&self) -> &Outside {
        match &self.stage {
            Stage::Verb(staged) => &staged.outside,
            Stage::Runbook(outside) => outside,
        }
    }

    fn staged(&self) -> &Staged {
        match &self.stage {
            Stage::Verb(staged) => staged,
            Stage::Runbook(_) => panic!("a runbook, no verb"),
        }
    }

    fn write_files(&self, runbook: &str) {
        let folder = self.outside().folder.path();
        std::fs::create_dir_all(folder.join("runbooks")).unwrap();
        if !runbook.is_empty() {
            std::fs::write(folder.join("runbooks/one.yaml"), runbook).unwrap();
        }
        let site = format!("{}\n[runbooks]\ndirs = [\"runbooks\"]\n", self.outside().site_toml());
        std::fs::write(folder.join("site.toml"), site).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.outside().folder.path();
        #[allow(clippy::disallowed_methods)] // the program under test
        let mut command = Command::new(env!("CARGO_BIN_EXE_bellboard"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"));
        command.arg("--site").arg(folder.join("site.toml")).args(["--json"]).args(arguments).stdin(Stdio::null());
        command
    }

    fn start(&self) -> Child {
        let mut arguments = vec!["runbook", "run", self.runbook, "--arm", "a test", "--confirm", self.confirm];
        self.inputs.iter().for_each(|i| arguments.extend(["--input", i]));
        self.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The name of the run that the journal has.
    fn run(&self) -> String {
        let output = self.command(&["runs"]).output().unwrap();
        let rows: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        let rows =
            rows.as_array().or_else(|| rows.get("rows").and_then(Value::as_array)).unwrap_or_else(|| panic!("{rows}"));
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0]["id"].as_str().or(rows[0]["run"].as_str()).unwrap_or_else(|| panic!("{rows:?}")).to_owned()
    }

    fn resume(&self, run: &str) -> (i32, String) {
        self.finish(&["runbook", "resume", run, "--arm", "a test"])
    }

    fn finish(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.command(arguments).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap_or(-1), said)
    }
}

/// Starts, waits for the point, kills. None when the run never came to the point.
fn killed_at(case: &Case, point: Point, look: &str) {
    let proxy = &case.outside().proxy;
    let mut kept = proxy.kept();
    match point {
        Point::BeforeTheIntent => proxy.hold_read(look, 4),
        Point::AfterTheOutcome => proxy.hold_read(look, 5),
        Point::DuringTheWrite => proxy.next(Fate::Block),
        Point::AnswerWithheld => proxy.next(Fate::Withhold),
    }
    let mut child = case.start();
    let reached = case.outside().block_on(async { tokio::time::timeout(PATIENCE, kept.changed()).await.is_ok() });
    // SIGKILL
    child.kill().unwrap();
    child.wait().unwrap();
    if !reached {
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        panic!("it never came to {point:?}: {said}");
    }
}

fn verb_is_killed(point: Point) {
    assert_eq!(SCENARIOS.len(), VERBS.len(), "every verb has a scenario");
    let by_read = matches!(point, Point::BeforeTheIntent | Point::AfterTheOutcome);
    // a verb whose reads others make as well cannot be stopped at one of them; tests/kill_inside.rs stops it there
    for scenario in SCENARIOS.iter().filter(|s| s.write.is_some() && (!by_read || s.look.is_some())) {
        let what = format!("{}, {point:?}", scenario.verb);
        let case = Case::of(Staged::new(scenario));
        killed_at(&case, point, scenario.look.unwrap_or_default());
        let run = case.run();
        let (code, said) = case.resume(&run);
        assert_eq!(code, 0, "{what}: {said}");
        assert!(case.staged().done(), "{what}: {said}");
        case.staged().check_writes(&[scenario.write], &format!("{what}: {said}"));
    }
}

#[test]
fn before_the_intent() {
    verb_is_killed(POINTS[0]);
}

#[test]
fn during_the_write() {
    verb_is_killed(POINTS[1]);
}

#[test]
fn with_the_answer_withheld() {
    verb_is_killed(POINTS[2]);
}

#[test]
fn after_the_outcome() {
    verb_is_killed(POINTS[3]);
}

#[test]
fn verbs_that_write_nothing_go_on_waiting() {
    for scenario in SCENARIOS.iter().filter(|s| s.write.is_none()) {
        let case = Case::of(Staged::new(scenario));
        let mut child = case.start();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|l| l.unwrap().contains("\"entered\"")), "{} never began", scenario.verb);
        child.kill().unwrap();
        child.wait().unwrap();
        case.staged().meanwhile();
        let run = case.run();
        let (code, said) = case.resume(&run);
        assert_eq!((code, case.staged().done()), (0, true), "{}: {said}", scenario.verb);
        assert!(case.outside().proxy.writes().is_empty());
    }
}

fn drain() -> Case {
    let case = Case {
        stage: Stage::Runbook(Outside::new()),
        runbook: "drain-node",
        inputs: vec!["node=gpu-2", "outage=yes"],
        confirm: NODE,
    };
    case.write_files("");
    case
}

#[test]
fn drain_node_is_killed_at_each_point() {
    for point in POINTS {
        let case = drain();
        killed_at(&case, point, "/computer/gpu-2/api/json");
        case.outside().control.finish_on(NODE);
        let (code, said) = case.resume(&case.run());
        assert_eq!(code, 0, "{point:?}: {said}");
        assert_eq!(case.outside().proxy.writes(), ["POST /computer/gpu-2/changeOfflineCause"], "{point:?}");
        assert!(case.outside().mark_of(NODE).unwrap().contains(&case.run()), "{point:?}");
    }
}

#[test]
fn return_node_is_killed_at_each_point() {
    for point in POINTS {
        let outside = Outside::new();
        assert!(outside.control.mark(NODE, "operator", Some("looking at it")));
        let case = Case {
            stage: Stage::Runbook(outside),
            runbook: "return-node",
            inputs: vec!["node=gpu-2", "mark=anyones"],
            confirm: "y",
        };
        case.write_files("");
        killed_at(&case, point, "/computer/gpu-2/api/json");
        let (code, said) = case.resume(&case.run());
        assert_eq!(code, 0, "{point:?}: {said}");
        assert_eq!(case.outside().proxy.writes(), ["POST /computer/gpu-2/toggleOffline"], "{point:?}");
        assert_eq!(case.outside().mark_of(NODE), None, "{point:?}");
    }
}

#[test]
fn killed_and_called_off_the_node_is_as_it_was() {
    for point in POINTS {
        let case = drain();
        killed_at(&case, point, "/computer/gpu-2/api/json");
        let run = case.run();
        let (code, said) = case.finish(&["runbook", "abort", &run, "--undo", "--arm", "a test"]);
        assert_eq!(code, 0, "{point:?}: {said}");
        assert_eq!(case.outside().mark_of(NODE), None, "{point:?}: {said}");
        let writes = case.outside().proxy.writes();
        let both = ["POST /computer/gpu-2/changeOfflineCause", "POST /computer/gpu-2/toggleOffline"];
        let expected: &[&str] = match point {
            Point::BeforeTheIntent | Point::DuringTheWrite => &[],
            Point::AnswerWithheld | Point::AfterTheOutcome => &both,
        };
        assert_eq!(writes, expected, "{point:?}: {said}");
    }
}
