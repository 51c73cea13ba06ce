//! The commands without a screen, as a script uses them: the real program against the simulated installation it serves.
#[path = "commands/served.rs"]
mod served;

use serde_json::Value;
use served::{Served, bellboard, text};

const KINDS: [&str; 5] = ["queue", "nodes", "builds", "sources", "runs"];

#[test]
fn each_list_is_json_as_its_schema_says() {
    let site = Served::start(&["--speed", "1", "--seed", "7"]);
    for kind in KINDS {
        let rows = site.json(&[kind, "--json"]);
        let schema = site.json(&["schema", kind]);
        let rows = rows.as_array().unwrap_or_else(|| panic!("{kind}: {rows}"));
        let wanted: Vec<&str> = required(&schema);
        assert!(!wanted.is_empty(), "{kind}: {schema}");
        for row in rows {
            let missing: Vec<&&str> = wanted.iter().filter(|key| row.get(**key).is_none()).collect();
            assert!(missing.is_empty(), "{kind} lacks {missing:?}: {row}");
        }
        assert!(kind == "runs" || !rows.is_empty(), "{kind} has rows");
    }
    for key in ["name", "controller", "kind", "labels", "state", "reason", "executors", "busy", "builds", "read_at"] {
        assert!(required(&site.json(&["schema", "nodes"])).contains(&key), "scripts rely on `{key}` of a node");
    }
    let status = site.json(&["status", "--json"]);
    for key in ["bells", "queue", "nodes", "runs", "sources"] {
        assert!(status.get(key).is_some(), "scripts rely on `{key}` of the status: {status}");
    }
    assert!(status["nodes"]["total"].as_u64().is_some_and(|n| n > 0), "{status}");
}

/// What a schema of rows, or of one object, says that each has.
fn required(schema: &Value) -> Vec<&str> {
    let object = schema.get("items").unwrap_or(schema);
    object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn a_table_is_filtered_and_sorted_as_on_the_screen() {
    let site = Served::start(&["--seed", "7"]);
    let table = text(&site.run(&["nodes", "kind:static", "--sort", "name"]));
    let names: Vec<&str> = table.lines().skip(1).filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.len() > 5 && names.is_sorted(), "{table}");
    assert!(names.iter().all(|n| !n.starts_with("i-")), "{table}");
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_is_right() {
    let site = Served::start(&["--seed", "7"]);
    for (words, said) in [
        (vec!["nodes", "colour:red"], "no field"),
        (vec!["nodes", "--sort", "colour"], "has no column"),
        (vec!["--controller", "moon", "nodes"], "no controller `moon`"),
        (vec!["runbook", "plan", "drain-moon"], "no runbook"),
        (vec!["log", "nonsense"], "does not name a build"),
        (vec!["schema", "moon"], "no schema"),
        (vec!["demo", "--serve"], "--write-site"),
        (vec!["nosuch"], "unrecognized subcommand"),
    ] {
        let ended = site.run(&words);
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {error}");
        assert!(error.contains(said), "{words:?}: {error}");
    }
}

#[test]
fn a_controller_that_cannot_be_reached_is_exit_code_5() {
    let home = tempfile::tempdir().unwrap();
    let site = "[[controller]]\nid = \"prod\"\nurl = \"http://127.0.0.1:1/\"\n";
    std::fs::write(home.path().join("bellboard.toml"), site).unwrap();
    for words in [["nodes"], ["status"], ["doctor"]] {
        let ended = bellboard(home.path()).args(words).output().unwrap();
        assert_eq!(ended.status.code(), Some(5), "{words:?}: {}", text(&ended));
    }
    // how the sources are is what this one is about
    let ended = bellboard(home.path()).args(["sources", "--json"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended));
}

#[test]
fn a_site_file_with_mistakes_is_exit_code_2_and_all_of_them_are_told() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("bellboard.toml"), "[site]\nnam = 1\n[[controller]]\nid = \"a\"\n").unwrap();
    let ended = bellboard(home.path()).arg("nodes").output().unwrap();
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{error}");
    assert!(error.contains("bellboard.toml:2:1") && error.contains("has no `url`"), "{error}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let site = Served::start(&["--seed", "7"]);
    let mut child = site.command(&["nodes", "--json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_refused_plan_is_exit_code_3_and_changes_nothing() {
    let site = Served::start(&["--seed", "7"]);
    let node = site.node(|row| row["state"] == "marked_offline");
    let ended = site.run(&["runbook", "plan", "drain-node", "--input", &format!("node={node}")]);
    assert_eq!(ended.status.code(), Some(3), "{}", text(&ended));
    assert!(text(&ended).contains("REFUSED"), "{}", text(&ended));
}

#[test]
fn read_only_refuses_to_run_and_shows_the_same_plan() {
    let site = Served::start(&["--seed", "7"]);
    let node = site.node(|row| row["state"] == "busy" && row["kind"] == "static");
    let input = format!("node={node}");
    let plan = site.run(&["--read-only", "runbook", "plan", "drain-node", "--input", &input]);
    assert!(text(&plan).contains("WHAT CHANGES"), "{}", text(&plan));
    let words = ["--read-only", "runbook", "run", "drain-node", "--input", &input, "--arm", "x", "--confirm", &node];
    let ended = site.run(&words);
    assert_eq!(ended.status.code(), Some(3), "{}", text(&ended));
    assert_eq!(site.row(&node)["state"], "busy", "nothing was changed");
}

#[test]
fn a_drain_that_is_killed_is_resumed_and_done_once() {
    let site = Served::start(&["--seed", "7", "--speed", "40"]);
    let node = site.node(|row| row["state"] == "busy" && row["kind"] == "static");
    let input = format!("node={node}");
    let words = ["runbook", "run", "drain-node", "--input", &input, "--arm", "new disk", "--confirm", &node, "--json"];
    // killed as soon as the node is marked and its builds are waited for
    let run = site.kill_at(&words, |event| event["event"] == "entered" && event["step"]["id"] == "idle");
    let seen = site.json(&["runs", "--json"]);
    let row =
        seen.as_array().and_then(|rows| rows.iter().find(|r| r["run"] == *run)).unwrap_or_else(|| panic!("{seen}"));
    assert!(!["done", "failed", "aborted"].contains(&row["state"].as_str().unwrap_or("?")), "{row}");

    let ended = site.run(&["runbook", "resume", &run, "--arm", "new disk", "--json"]);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended));
    let events: Vec<Value> = String::from_utf8_lossy(&ended.stdout)
        .lines()
        .map(|l| serde_json::from_str(l).expect("a line of JSON"))
        .collect();
    let intents = events.iter().filter(|e| e["event"]["event"] == "intent").count();
    assert_eq!(intents, 1, "one write in the whole life of the run: {events:#?}");
    let row = site.row(&node);
    assert_eq!((row["state"].as_str(), row["busy"].as_u64()), (Some("marked_offline"), Some(0)), "{row}");
    assert!(row["reason"].as_str().is_some_and(|r| r.contains(&run)), "the mark bears the run's name: {row}");

    let back = ["runbook", "run", "return-node", "--input", &input, "--arm", "it is in", "--confirm", "y"];
    assert_eq!(site.run(&back).status.code(), Some(0));
    assert!(!["marked_offline", "draining", "offline"].contains(&site.row(&node)["state"].as_str().unwrap_or("?")));
}

#[test]
fn the_served_demo_keeps_its_token_private_and_ends_when_interrupted() {
    use std::os::unix::fs::PermissionsExt;
    let mut site = Served::start(&["--seed", "7"]);
    let token = site.file("site.toml.token");
    assert_eq!(token.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let secret = std::fs::read_to_string(&token).unwrap();
    assert!(!std::fs::read_to_string(site.file("site.toml")).unwrap().contains(secret.trim()));
    assert_eq!(site.interrupt().code(), Some(0));
    assert!(!token.exists(), "the token goes with what it opened");
}
