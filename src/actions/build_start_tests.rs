//! Whether a build whose answer was lost is found again, and never taken for another.
use std::time::Duration;

use super::*;
use crate::base::Time;
use crate::model::{BuildId, QueueState, Task};

fn job() -> UrlPath {
    UrlPath::encoded("job/images")
}

fn params(value: &str) -> Vec<(Text, Text)> {
    vec![("FAMILY".into(), value.into())]
}

fn causes(user: &str) -> Vec<Cause> {
    vec![Cause { text: "Started by user".into(), user: (!user.is_empty()).then(|| user.into()) }]
}

fn build(number: u64, item: u64, family: &str, user: &str) -> Build {
    Build {
        id: BuildId::new(job(), number),
        title: format!("images #{number}").into(),
        building: true,
        result: None,
        started: Time::from_millis(0),
        duration: Duration::ZERO,
        estimated: None,
        causes: causes(user),
        revision: None,
        pull_request: None,
        params: params(family),
        node: None,
        queue_id: Some(item),
        description: Text::default(),
    }
}

fn item(id: u64, family: &str, user: &str) -> QueueItem {
    QueueItem {
        id,
        state: QueueState::Buildable,
        why: Text::default(),
        since: Time::from_millis(0),
        buildable_since: None,
        not_before: None,
        stuck: false,
        task: Task { name: "images".into(), job: Some(job()), ..Task::default() },
        label: None,
        params: params(family),
        causes: causes(user),
    }
}

/// Before: number 7 was next, item 40 waited.
fn see(queue: &[QueueItem], builds: &[Build]) -> Sighting {
    let before = json!({ "next": 7, "items": [40], "params": { "FAMILY": "cpu" } });
    judge(&job(), &before, queue, builds, "op2")
}

#[test]
fn one_match_is_adopted() {
    let Sighting::Done(_, output) = see(&[item(41, "cpu", "op2")], &[build(6, 30, "cpu", "op2")]) else { panic!() };
    assert_eq!(output, json!({ "item": 41, "job": "job/images", "adopted": true }));
    let Sighting::Done(_, output) = see(&[], &[build(7, 41, "cpu", "op2")]) else { panic!() };
    assert_eq!((&output["build"], &output["item"]), (&json!("job/images/7"), &json!(41)));
}

#[test]
fn an_item_that_begins_between_two_looks_is_one_and_not_two() {
    assert!(matches!(see(&[item(41, "cpu", "op2")], &[build(7, 41, "cpu", "op2")]), Sighting::Done(..)));
}

#[test]
fn what_was_there_before_or_is_somebody_elses_is_not_ours() {
    let others = [
        build(6, 30, "cpu", "op2"),
        build(7, 40, "cpu", "op2"),
        build(8, 41, "gpu", "op2"),
        build(9, 42, "cpu", "somebody"),
    ];
    assert!(matches!(see(&[], &[]), Sighting::Before(_)));
    assert!(matches!(see(&[item(40, "cpu", "op2"), item(43, "gpu", "op2")], &others), Sighting::Before(_)));
}

#[test]
fn several_are_shown_to_a_person() {
    let Sighting::Unclear(says) = see(&[item(44, "cpu", "op2")], &[build(7, 41, "cpu", "op2")]) else { panic!() };
    assert!(says.contains("build 7") && says.contains("queue item 44"), "{says}");
    // one whose starter is not told may be ours
    assert!(matches!(see(&[item(44, "cpu", "")], &[build(7, 41, "cpu", "op2")]), Sighting::Unclear(_)));
}

#[test]
fn paths_that_are_encoded_differently_name_the_same_job() {
    assert!(same(&UrlPath::encoded("job/a%20b+c"), &UrlPath::encoded("job/a b%2Bc")));
    assert!(!same(&UrlPath::encoded("job/a"), &UrlPath::encoded("job/b")));
}
