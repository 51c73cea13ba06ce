//! Negative controls: for each bad manner of a real Jenkins, a naive client that falls for it on the simulated controller, in the recorded
//! age or today's. If one of these clients began to do well, the simulation would have lost a manner that the real client must cope with.
#[path = "support/raw.rs"]
mod raw;

use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{Clock as _, ManualClock, SystemClock, Time};
use bellboard::demo::{Demo, Door, Options, Scenario};
use raw::{Client, runtime};
use serde_json::Value;
use tokio::runtime::Runtime;

const OLD: &str = "2.277.3";
const TODAY: &str = "2.528.3";

/// A world that stands still except for `control().pass`.
fn serve(version: &str, scenario: Scenario) -> (Runtime, Demo) {
    let runtime = runtime();
    let options = Options {
        scenario,
        jenkins_version: version.into(),
        clock: Arc::new(ManualClock::new(Time::from_millis(1_795_449_590_000))),
        ..Options::default()
    };
    let demo = runtime.block_on(Demo::serve(options)).expect("a served world");
    (runtime, demo)
}

fn recorded() -> (Runtime, Demo) {
    serve(OLD, Scenario::Recorded)
}

fn read(client: &Client, target: &str) -> Value {
    let answer = client.get(target);
    assert_eq!(answer.status, 200, "{target}: {:.200}", answer.body);
    answer.json()
}

fn pass(demo: &Demo, seconds: u64) {
    demo.control().pass(Duration::from_secs(seconds));
}

const NODE: &str = "/computer/arm-node-01";
const OFFLINE: &str = "/computer/arm-node-01/api/json?tree=temporarilyOffline,offlineCauseReason,idle";

#[test]
fn who_toggles_to_make_sure_brings_the_node_back() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    for _ in 0..2 {
        assert_eq!(admin.post(&format!("{NODE}/toggleOffline"), "offlineMessage=x").status, 302);
    }
    assert_eq!(read(&admin, OFFLINE)["temporarilyOffline"], false, "the second toggle undid the first");
    for _ in 0..2 {
        admin.post(&format!("{NODE}/changeOfflineCause"), "offlineMessage=drain");
    }
    assert_eq!(read(&admin, OFFLINE)["temporarilyOffline"], true, "changeOfflineCause may be repeated");
}

#[test]
fn who_waits_for_a_node_to_be_offline_believes_it_drained_while_it_works() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    admin.post("/computer/gpu-node-01/changeOfflineCause", "offlineMessage=drain");
    let node = read(&admin, "/computer/gpu-node-01/api/json?tree=offline,temporarilyOffline,idle");
    assert_eq!((&node["offline"], &node["idle"]), (&Value::Bool(true), &Value::Bool(false)));
}

#[test]
fn who_reads_the_reason_for_the_mark_finds_a_stack_trace_or_another_language() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    admin.post("/computer/gpubuild-01/changeOfflineCause", "offlineMessage=drained+by+me");
    admin.post("/computer/gpubuild-01/doDisconnect", "offlineMessage=swap+disk");
    let node =
        read(&admin, "/computer/gpubuild-01/api/json?tree=temporarilyOffline,offlineCauseReason,offlineCause[*]");
    assert!(!node["offlineCauseReason"].as_str().unwrap().contains("drained by me"));
    assert_eq!(node["offlineCause"]["_class"], "hudson.slaves.OfflineCause$ChannelTermination");
    assert_eq!(node["temporarilyOffline"], true, "only the flag still says so");
    let german = admin.clone().header("Accept-Language", "de");
    let whys = read(&german, "/queue/api/json?tree=items[why]").to_string();
    assert!(whys.contains("Es gibt keine Knoten") && !whys.contains("There are no nodes"), "{whys}");
}

#[test]
fn who_expects_names_of_pipeline_steps_finds_a_class_only_in_the_recorded_age() {
    for (version, named) in [(OLD, false), (TODAY, true)] {
        let (_runtime, demo) = serve(version, Scenario::Recorded);
        let admin = Client::token(&demo, "admin");
        let task = &read(&admin, "/queue/item/114/api/json?tree=task[name,fullDisplayName,url]")["task"];
        assert_eq!(task.get("url").is_some(), named, "{version}: {task}");
        let deep = read(&admin, "/computer/cpu-node-01/api/json?depth=1").to_string();
        assert_eq!(deep.contains("/job/tvm-pipeline/4/"), named, "{version}: {deep}");
        // A tree that names them gets them even in the recorded age (recording: computer-tree).
        let tree = "/computer/cpu-node-01/api/json?tree=executors[currentExecutable[number,url]]";
        assert!(read(&admin, tree).to_string().contains("/job/tvm-pipeline/4/"), "{version}");
    }
}

#[test]
fn who_cancels_twice_or_without_right_gets_four_different_answers() {
    let (_runtime, demo) = recorded();
    let (admin, committer) = (Client::token(&demo, "admin"), Client::token(&demo, "committer"));
    assert_eq!(committer.post("/queue/cancelItem?id=94", "").status, 422);
    assert_eq!(admin.post("/queue/cancelItem?id=94", "").status, 204);
    assert_eq!(admin.post("/queue/cancelItem?id=94", "").status, 500, "it had left");
    assert_eq!(admin.post("/queue/cancelItem?id=999999", "").status, 404, "it never was");
    pass(&demo, 400);
    assert_eq!(admin.get("/queue/item/94/api/json").status, 404, "forgotten after some minutes");
}

#[test]
fn who_cancels_a_pipelines_step_and_looks_for_aborted_finds_a_failure() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    assert_eq!(admin.post("/queue/cancelItem?id=114", "").status, 204);
    let build = read(&admin, "/job/tvm/job/PR-11352/1/api/json?tree=result");
    assert_eq!(build["result"], "FAILURE");
}

#[test]
fn who_counts_their_build_by_its_queue_item_shares_it_with_another() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let answer = admin.post("/job/docs-serial/build", "");
    assert_eq!(answer.status, 201);
    assert!(answer.header("location").unwrap().ends_with("/queue/item/95/"), "the item that was there already");
}

#[test]
fn who_misspells_a_parameter_or_a_property_is_not_told() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let job = "/job/docker-images-nightly";
    assert_eq!(admin.post(&format!("{job}/buildWithParameters?delay=600sec"), "NOSUCH=1").status, 201);
    assert_eq!(admin.post(&format!("{job}/buildWithParameters"), "IMAGE=nope").status, 500);
    assert_eq!(admin.post(&format!("{job}/build"), "").status, 400);
    assert_eq!(admin.post("/job/old-sgx-build/build", "").status, 409);
    let root = read(&admin, "/api/json?tree=nosuch,mode");
    assert!(root.get("nosuch").is_none() && root.get("mode").is_some());
    assert_eq!(admin.get("/api/json?tree=jobs[name").status, 500);
}

#[test]
fn who_follows_redirects_or_looks_at_their_headers_learns_nothing() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin").header("Host", "localhost:8080");
    let answer = admin.post(&format!("{NODE}/changeOfflineCause"), "offlineMessage=x");
    assert_eq!(answer.status, 302);
    assert!(answer.header("x-jenkins").is_none(), "no sign that Jenkins answered");
    assert_eq!(
        answer.header("location"),
        Some("http://localhost:8080/computer/arm-node-01/"),
        "the host that was asked"
    );
    let url = read(&admin, "/api/json?tree=url")["url"].as_str().unwrap().to_owned();
    assert_eq!(url, demo.url().as_str(), "the configured root: never to be mixed with the other");
    assert!(admin.get("/computer/arm-node-01/").json_error(), "where it leads is a page");
}

#[test]
fn who_reads_errors_as_json_finds_html_and_who_trusts_200_is_wrong() {
    let (_runtime, demo) = recorded();
    let (admin, committer) = (Client::token(&demo, "admin"), Client::token(&demo, "committer"));
    for (client, target) in [(&admin, "/computer/none/api/json"), (&committer, "/computer/arm-node-01/config.xml")] {
        assert!(client.get(target).json_error(), "{target}");
    }
    let wrong = Client::with(&demo, "admin", "wrong").get("/api/json");
    assert_eq!((wrong.status, wrong.header("x-jenkins")), (401, None), "not even a sign of Jenkins");
    let refused = committer.post("/quietDown", "");
    assert_eq!(refused.header("x-required-permission"), Some("hudson.model.Hudson.Administer"));
    let label = read(&admin, "/label/FPGA/api/json");
    assert_eq!(label["nodes"].as_array().map(Vec::len), Some(0), "a label that nobody has answers 200");
    assert_eq!(Client::anonymous(&demo).get("/login").status, 200);
    assert_eq!(admin.get("/safeRestart").status, 200, "GET shows a form and does nothing");
    assert_eq!(admin.get("/quietDown").status, 405);
}

#[test]
fn who_sends_a_password_without_crumb_and_session_is_refused() {
    let (_runtime, demo) = recorded();
    let (token, password) = (Client::token(&demo, "admin"), Client::password(&demo, "admin"));
    let mark = format!("{NODE}/changeOfflineCause");
    assert_eq!(token.post(&mark, "offlineMessage=x").status, 302, "a token needs no crumb");
    assert_eq!(token.clone().header("Jenkins-Crumb", "wrong").post(&mark, "").status, 302, "nor does a wrong one harm");
    assert_eq!(password.post(&mark, "").status, 403);
    let crumb = password.get("/crumbIssuer/api/json");
    let with = password.header("Jenkins-Crumb", crumb.json()["crumb"].as_str().unwrap());
    assert_eq!(with.post(&mark, "").status, 403, "the crumb belongs to its session");
    let cookie = crumb.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(with.header("Cookie", &cookie).post(&mark, "").status, 302);
}

#[test]
fn who_adds_up_body_lengths_reads_the_log_twice_over_and_in_rubbish() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let log = |start: i64| admin.get(&format!("/job/tvm-pipeline/2/logText/progressiveText?start={start}"));
    let whole = log(0);
    let size: i64 = whole.header("x-text-size").unwrap().parse().unwrap();
    assert!(size > whole.body.len() as i64, "annotations are counted and not shown");
    let naive = log(whole.body.len() as i64);
    assert!(!naive.body.is_empty(), "the naive client reads part of it again");
    let (mark, mut rubbish) = ("[Pipeline]", false);
    for start in 0..400 {
        let body = log(start).body;
        rubbish |= !body.is_empty() && body.lines().next().is_some_and(|l| l.contains(mark) && !l.starts_with(mark));
    }
    assert!(rubbish, "an offset inside an annotation shows the rest of it");
    assert_eq!(log(size).body, "");
    assert_eq!(log(size + 100_000).body, whole.body, "beyond the end it begins again");
    assert_eq!(log(-100).status, 500);
}

#[test]
fn who_trusts_wfapi_calls_a_stage_done_while_a_branch_runs() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let run = read(&admin, "/job/tvm-pipeline/4/wfapi/describe");
    let stage = run["stages"].as_array().unwrap().iter().find(|s| s["name"] == "Test").unwrap().clone();
    assert_eq!(stage["status"], "SUCCESS");
    let nodes = read(&admin, "/blue/rest/organizations/jenkins/pipelines/tvm-pipeline/runs/4/nodes/");
    assert!(nodes.as_array().unwrap().iter().any(|n| n["state"] == "RUNNING" && n["type"] == "PARALLEL"));
    let log = read(&admin, "/job/tvm-pipeline/2/execution/node/51/wfapi/log");
    assert_eq!(log["length"], 0, "a stage's own log is empty");
}

#[test]
fn who_encodes_a_slash_once_gets_wrong_addresses() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let right = read(&admin, "/job/tvm/job/feature%252Frelax-vm/api/json")["url"].as_str().unwrap().to_owned();
    let wrong = read(&admin, "/job/tvm/job/feature%2Frelax-vm/api/json")["url"].as_str().unwrap().to_owned();
    assert!(right.ends_with("feature%252Frelax-vm/") && wrong.ends_with("feature%2Frelax-vm/"));
}

#[test]
fn who_disables_a_branch_is_refused_and_a_project_does_not_say_that_it_is_disabled() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    assert_eq!(admin.post("/job/tvm/job/main/disable", "").status, 403, "even for an administrator");
    assert_eq!(admin.post("/job/tvm/disable", "").status, 302);
    let job = read(&admin, "/job/tvm/api/json?tree=disabled,buildable,color,jobs[name,buildable]");
    assert!(["disabled", "buildable", "color"].iter().all(|k| job.get(k).is_none()), "{job}");
    assert!(job["jobs"].as_array().unwrap().iter().any(|j| j["name"] == "main" && j["buildable"] == true));
    assert!(admin.get("/job/tvm/config.xml").body.contains("<disabled>true</disabled>"), "only this says so");
    assert_eq!(admin.post("/job/tvm/build", "").status, 500, "or a scan that is refused");
    assert_eq!(admin.post("/job/tvm/job/main/build", "").status, 201, "its branches can still be built");
}

#[test]
fn who_stops_an_ended_build_is_told_the_same_as_who_stops_a_running_one() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    for _ in 0..2 {
        assert_eq!(admin.post("/job/long-running-cpu/2/stop", "").status, 302);
    }
    assert_eq!(read(&admin, "/job/long-running-cpu/2/api/json?tree=result")["result"], "ABORTED");
}

#[test]
fn who_waits_for_pipelines_under_quiet_down_waits_for_ever() {
    for version in [OLD, TODAY] {
        let (_runtime, demo) = serve(version, Scenario::Living);
        let admin = Client::token(&demo, "admin");
        // No incidents: a build whose node falls off does end.
        demo.control().lively(false);
        let pipelines = || demo.control().with(|w| w.running.len());
        let running = pipelines();
        assert!(running > 20, "{running}");
        admin.post("/quietDown", "message=maintenance&reason=maintenance");
        pass(&demo, 6 * 3_600);
        assert!(pipelines() + 3 >= running, "{} of {running} still run after six hours", pipelines());
        let whys = read(&admin, "/queue/api/json?tree=items[why,buildable]");
        let items = whys["items"].as_array().unwrap();
        assert!(items.iter().filter(|i| i["buildable"] == true).all(|i| i["why"] == "Jenkins is about to shut down"));
        let root = read(&admin, "/api/json?tree=quietingDown,quietDownReason");
        assert_eq!((&root["quietingDown"], &root["quietDownReason"]), (&true.into(), &"maintenance".into()));
        admin.post("/cancelQuietDown", "");
        pass(&demo, 4 * 3_600);
        demo.control().with(|w| {
            assert!(w.jobs.iter().any(|j| {
                j.builds.values().any(|b| b.log.text().contains("Pausing (Preparing for shutdown)") && b.end.is_some())
            }))
        });
    }
}

#[test]
fn who_gives_the_reason_under_the_other_ages_name_gives_none() {
    for (version, named) in [(OLD, "reason"), (TODAY, "message")] {
        let (_runtime, demo) = serve(version, Scenario::Recorded);
        let admin = Client::token(&demo, "admin");
        for name in ["reason", "message"] {
            admin.post("/quietDown", &format!("{name}=why"));
            let reason = read(&admin, "/api/json?tree=quietDownReason")["quietDownReason"].clone();
            assert_eq!(reason.is_string(), name == named, "{version} {name}: {reason}");
        }
    }
}

#[test]
fn who_takes_the_first_200_or_the_first_refusal_for_the_end_of_a_restart_is_wrong() {
    let (_runtime, demo) = recorded();
    let admin = Client::token(&demo, "admin");
    let session = admin.get("/api/json").header("x-jenkins-session").unwrap().to_owned();
    admin.post("/safeRestart", "");
    pass(&demo, 5);
    let waiting = admin.get("/api/json?tree=quietingDown");
    assert_eq!(waiting.json()["quietingDown"], true, "freestyle builds keep it: it still answers 200");
    assert_eq!(waiting.header("x-jenkins-session"), Some(session.as_str()));
    // Builds end, one after the other; the quiet-down lets no new ones begin.
    demo.control().with(|w| {
        for node in w.nodes.keys().cloned().collect::<Vec<_>>() {
            w.finish_on(&node);
        }
    });
    let mut seen = Vec::new();
    for _ in 0..60 {
        pass(&demo, 1);
        let state = match door(&demo, &admin) {
            Some(answer) if answer.status == 200 => answer.header("x-jenkins-session").unwrap().to_owned(),
            Some(answer) => answer.status.to_string(),
            None => "refused".to_owned(),
        };
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    }
    // recording: safe-restart-timeline
    assert_eq!(seen.first().map(String::as_str), Some("503"), "{seen:?}");
    assert_eq!(seen[1..3], ["refused", "503"], "{seen:?}");
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_ne!(seen[3], session, "the session is the only sure sign");
    pass(&demo, 60);
    let node = read(&admin, "/computer/cpu-node-02/api/json?tree=temporarilyOffline");
    assert_eq!(node["temporarilyOffline"], true, "marks outlive a restart");
    let ids = read(&admin, "/queue/api/json?tree=items[id]").to_string();
    assert!(ids.contains("96"), "queue numbers outlive it too: {ids}");
}

/// Asks once the listener has followed the world, which it does within a beat of its own.
fn door(demo: &Demo, client: &Client) -> Option<raw::Answer> {
    let shut = demo.control().with(|w| w.door() == Door::Shut);
    let begin = SystemClock.boot();
    while SystemClock.boot() - begin < Duration::from_secs(10) {
        let answer = client.try_send("GET", "/api/json", "", "").ok();
        if answer.is_none() == shut {
            return answer;
        }
        std::thread::yield_now();
    }
    panic!("the listener does not follow the world: shut is {shut}");
}

#[test]
fn who_writes_a_configuration_back_loses_the_mark_today() {
    for (version, kept) in [(OLD, true), (TODAY, false)] {
        let (_runtime, demo) = serve(version, Scenario::Recorded);
        let admin = Client::token(&demo, "admin");
        admin.post(&format!("{NODE}/changeOfflineCause"), "offlineMessage=drain");
        let plain = admin.get("/computer/gpubuild-01/config.xml").body.replace("gpubuild-01", "arm-node-01");
        let changed = plain.replace("<label>GPUBUILD linux x86_64</label>", "<label>PROOF</label>");
        assert_ne!(plain, changed);
        assert_eq!(admin.send("POST", &format!("{NODE}/config.xml"), "application/xml", &changed).status, 200);
        let node = read(&admin, &format!("{NODE}/api/json?tree=temporarilyOffline,assignedLabels[name]"));
        assert_eq!(node["temporarilyOffline"], kept, "{version}");
        assert!(node.to_string().contains("PROOF"), "{version}: {node}");
    }
}

#[test]
fn who_looks_for_the_built_in_node_by_its_old_name_or_for_its_configuration_fails() {
    for (version, name, label) in [(OLD, "(master)", "master"), (TODAY, "(built-in)", "Built-In Node")] {
        let (_runtime, demo) = serve(version, Scenario::Living);
        let admin = Client::token(&demo, "admin");
        let node = read(&admin, &format!("/computer/{name}/api/json?tree=displayName"));
        assert_eq!(node["displayName"], label);
        assert_eq!(admin.get(&format!("/computer/{name}/config.xml")).status, 400);
        assert_eq!(admin.get("/computer/(built-in)/api/json").status == 200, version == TODAY);
        assert_eq!(admin.get(&format!("/computer/{}/api/json", label.replace(' ', "%20"))).status, 404);
    }
}

#[test]
fn who_asks_a_large_fleet_without_a_filter_is_kept_waiting() {
    let runtime = runtime();
    let options = Options { nodes: 700, queue: 10, speed: 0.0, ..Options::default() };
    let demo = runtime.block_on(Demo::serve(options)).unwrap();
    let admin = Client::token(&demo, "admin");
    assert_eq!(admin.get("/computer/api/json?tree=computer[displayName]").status, 200);
    let impatient = admin.clone().within(Duration::from_millis(700));
    for target in ["/computer/api/json", "/computer/api/json?depth=1"] {
        assert!(impatient.try_send("GET", target, "", "").is_err(), "{target} answered at once");
    }
}

#[test]
fn who_marks_a_fleets_node_to_keep_it_loses_it() {
    let (_runtime, demo) = serve(TODAY, Scenario::Living);
    let control = demo.control();
    let admin = Client::token(&demo, "admin");
    // Nothing wants the label any more, and the node is idle.
    let name = control.with(|w| {
        w.lively = false;
        w.queue.clear();
        let node =
            w.nodes.values().find(|n| n.name.starts_with("i-0") && n.labels.contains("ARM") && n.busy() > 0).unwrap();
        node.name.clone()
    });
    assert_eq!(admin.post(&format!("/computer/{name}/changeOfflineCause"), "offlineMessage=keep+it").status, 302);
    control.with(|w| w.kill_on(&name));
    pass(&demo, 150);
    assert_eq!(admin.get(&format!("/computer/{name}/api/json")).status, 404, "terminated, marked or not");
}

#[test]
fn todays_answers_have_what_is_new_and_the_recorded_ones_have_not() {
    for (version, new) in [(OLD, false), (TODAY, true)] {
        let (_runtime, demo) = serve(version, Scenario::Recorded);
        let admin = Client::token(&demo, "admin");
        let node = read(&admin, "/computer/cpu-node-01/api/json?tree=icon,monitorData[*]");
        assert_eq!(node["icon"].as_str().unwrap().starts_with("symbol-"), new);
        assert_eq!(node["monitorData"]["hudson.node_monitors.DiskSpaceMonitor"].get("totalSize").is_some(), new);
        let build = read(&admin, "/job/tvm-pipeline/4/api/json");
        assert_eq!(build.get("inProgress").is_some(), new);
        let tree = admin.get("/job/tvm-pipeline/4/stages/tree");
        assert_eq!(tree.status == 200, new);
        if new {
            let stages = tree.json()["data"]["stages"].as_array().unwrap().clone();
            assert!(stages.iter().any(|s| s["name"] == "Test" && s["state"] == "running"), "{stages:?}");
            assert_eq!(admin.get("/computer/a;b/api/json").status, 400);
        }
    }
}
