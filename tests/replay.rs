//! Walks the recordings of a real Jenkins 2.277.3: each answer can be read, and the simulated controller, set up as the recorded one was,
//! gives to the same requests in the same order an answer with the same status, headers, keys and types.
#[path = "support/raw.rs"]
mod raw;
#[path = "support/shape.rs"]
mod shape;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{ManualClock, Time};
use bellboard::demo::{Demo, Options, Scenario};
use raw::{Answer, Client, runtime};
use serde_json::Value;

const BLUE: &str = "bellboard asks Blue Ocean for nodes and steps only; a list of pipelines is read from core";
const INPUT: &str = "approving an `input` step is not something bellboard does; the simulation shows such builds and leaves them waiting";
const SCRIPT: &str = "running Groovy is switched off in the simulation, so that nothing can come to depend on it";
const OWN: &str = "about the controller's own software, which bellboard does not read";

/// Recordings that the simulation does not match, and why. An entry that begins to match fails the test: take it out.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("blue-branch-pr", BLUE),
    ("blue-branches", BLUE),
    ("blue-pipelines", BLUE),
    ("blue-runs", BLUE),
    ("input-abort", INPUT),
    ("input-proceed", INPUT),
    ("input-proceed-after", INPUT),
    ("input-submit-operator", INPUT),
    ("wfapi-next-pending-input", INPUT),
    ("wfapi-pending-input", INPUT),
    ("script-text", SCRIPT),
    ("script-text-error", SCRIPT),
    ("script-text-node", SCRIPT),
    ("script-text-offline-node", SCRIPT),
    ("plugins", OWN),
    ("plugins-tree", OWN),
    ("update-center", OWN),
    ("metrics-currentuser", OWN),
    ("metrics-healthcheck", OWN),
    ("people", OWN),
    ("flowgraph-depth", "the whole flow graph in one answer grows without limit; stages and steps are read instead"),
    ("rebuild-declarative-restart", "restarting a Pipeline from a stage is not something bellboard does"),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/jenkins-2.277.3")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn index() -> Vec<Value> {
    let index: Value = serde_json::from_str(&read("index.json")).unwrap();
    index["recordings"].as_array().unwrap().clone()
}

#[test]
fn every_recorded_answer_can_be_read() {
    let mut count = 0;
    for entry in index() {
        let Some(file) = entry["file"].as_str() else { continue };
        let text = read(file);
        if file.ends_with(".json") {
            serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
            count += 1;
        }
    }
    assert!(count > 180, "{count} JSON answers");
}

/// Time that passes, or what else happens, before a request.
fn before(id: &str, demo: &Demo) {
    let control = demo.control();
    control.pass(Duration::from_secs(1));
    match id {
        "build-start-queue-item-2" => control.pass(Duration::from_secs(10)),
        // A Pipeline that was asked for by hand needs a moment to get to its first stage.
        "stop-pipeline" => control.pass(Duration::from_secs(4)),
        // The recorded freestyle builds had ended before the restart that was carried out.
        "safe-restart" => {
            for node in control.busy_nodes() {
                control.finish_on(&node);
            }
        }
        "after-restart-pipeline-log" => control.pass(Duration::from_secs(60)),
        _ => {}
    }
}

fn client(entry: &Value, demo: &Demo) -> Client {
    let mut client = match entry["role"].as_str().unwrap_or("") {
        "anonymous" => Client::anonymous(demo),
        "bad-token" => Client::with(demo, "admin", "wrong"),
        "unknown-user" => Client::with(demo, "nobody", "wrong"),
        "admin-password" => Client::password(demo, "admin"),
        role => Client::token(demo, role),
    };
    let Some(headers) = entry["request_headers"].as_object() else { return client };
    let asked = headers.contains_key("Jenkins-Crumb").then(|| client.get("/crumbIssuer/api/json"));
    for (name, value) in headers {
        let value = match (name.as_str(), &asked) {
            ("Jenkins-Crumb", Some(answer)) if client.user.as_ref().is_some_and(|u| !u.1.starts_with("11")) => {
                answer.json()["crumb"].as_str().unwrap().to_owned()
            }
            ("Cookie", Some(answer)) => answer.header("set-cookie").unwrap_or("").split(';').next().unwrap().to_owned(),
            _ => value.as_str().unwrap_or("").to_owned(),
        };
        if !matches!(name.as_str(), "Accept-Encoding" | "Content-Type") {
            client = client.header(name, &value);
        }
    }
    client
}

fn ask(entry: &Value, demo: &Demo) -> Answer {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut target = entry["path"].as_str().unwrap().to_owned();
    if let Some(query) = entry["query"].as_str() {
        let pairs: Vec<String> = query
            .split('&')
            .map(|p| p.split_once('=').map_or_else(|| encode(p), |(n, v)| format!("{n}={}", encode(v))))
            .collect();
        target = format!("{target}?{}", pairs.join("&"));
    }
    let form: Vec<String> = entry["form"]
        .as_object()
        .map(|f| f.iter().map(|(n, v)| format!("{n}={}", encode(v.as_str().unwrap_or("")))).collect())
        .unwrap_or_default();
    let client = client(entry, demo);
    match (entry["method"].as_str().unwrap(), entry["request_body"].as_str()) {
        ("POST", Some(body)) => client.send("POST", &target, "application/xml", body),
        ("POST", None) => client.post(&target, &form.join("&")),
        (method, _) => client.send(method, &target, "", ""),
    }
}

/// Numbers and hosts differ from one run to another; the rest of an address does not.
fn location(text: &str) -> String {
    let path = text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(text, |(_, path)| path);
    path.chars()
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .collect::<String>()
        .replace("##", "#")
        .replace("##", "#")
}

fn differences(entry: &Value, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if entry["status"].as_u64() != Some(answer.status.into()) {
        return vec![format!("status {} instead of {}: {:.200}", answer.status, entry["status"], answer.body)];
    }
    let recorded = |name: &str| entry["headers"].get(name).and_then(Value::as_str);
    for name in ["x-jenkins", "x-jenkins-session", "x-text-size", "x-more-data", "www-authenticate"] {
        if recorded(name).is_some() != answer.header(name).is_some() {
            found.push(format!("header {name}: {:?} instead of {:?}", answer.header(name), recorded(name)));
        }
    }
    for name in ["content-type", "x-required-permission", "x-you-are-authenticated-as"] {
        let (ours, theirs) = (answer.header(name).map(str::to_lowercase), recorded(name).map(str::to_lowercase));
        if ours != theirs {
            found.push(format!("header {name}: {ours:?} instead of {theirs:?}"));
        }
    }
    if recorded("location").map(location) != answer.header("location").map(location) {
        found.push(format!("location {:?} instead of {:?}", answer.header("location"), recorded("location")));
    }
    if let Some(file) = entry["file"].as_str().filter(|f| f.ends_with(".json")) {
        let theirs: Value = serde_json::from_str(&read(file)).unwrap();
        match serde_json::from_str::<Value>(&answer.body) {
            Ok(ours) => shape::compare(&theirs, &ours, &mut found),
            Err(e) => found.push(format!("not JSON: {e}")),
        }
    }
    found
}

#[test]
fn the_simulation_answers_as_the_recorded_controller_did() {
    let runtime = runtime();
    let options = Options {
        scenario: Scenario::Recorded,
        jenkins_version: "2.277.3".into(),
        anonymous_reads: false,
        clock: Arc::new(ManualClock::new(Time::from_millis(1_795_449_590_000))),
        ..Options::default()
    };
    let demo = runtime.block_on(Demo::serve(options)).unwrap();
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for entry in index() {
        let id = entry["id"].as_str().unwrap();
        // A series of observations, not one answer: tests/manners.rs compares it.
        if entry["status"].is_null() {
            continue;
        }
        before(id, &demo);
        let found = differences(&entry, &ask(&entry, &demo));
        count += 1;
        if !found.is_empty() {
            wrong.insert(id.to_owned(), found);
        }
    }
    let excepted: BTreeMap<&str, &str> = EXCEPTIONS.iter().copied().collect();
    assert_eq!(excepted.len(), EXCEPTIONS.len(), "an exception is listed twice");
    let mut report = String::new();
    for (id, found) in wrong.iter().filter(|(id, _)| !excepted.contains_key(id.as_str())) {
        report.push_str(&format!("{id} differs:\n  {}\n", found.join("\n  ")));
    }
    for (id, reason) in excepted.iter().filter(|(id, _)| !wrong.contains_key(**id)) {
        report.push_str(&format!("{id} matches now; take it out of the exceptions ({reason})\n"));
    }
    println!("{count} requests replayed, {} excepted", excepted.len());
    assert!(report.is_empty(), "{report}");
    assert!(count > 370, "{count} requests");
}
