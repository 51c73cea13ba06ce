//! Rows keep to their schemas; filters find what they say; columns give way in their order.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::testing::{at, runs, snapshot};
use super::*;
use crate::base::Text;
use crate::model::{Jenkins, Snapshot};
use crate::site::BellLimits;

fn survey() -> Survey {
    Survey::new(snapshot(), runs())
}

fn context() -> Context {
    Context { now: at(), several: false }
}

/// Checks the parts of JSON Schema that our schemas use.
fn check(schema: &Value, value: &Value, at: &str) {
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        if value.is_null() {
            return;
        }
        return check(&any[0], value, at);
    }
    let kind = schema["type"].as_str().unwrap();
    match (kind, value) {
        ("string", Value::String(s)) => {
            if let Some(words) = schema.get("enum").and_then(Value::as_array) {
                assert!(words.contains(value), "{at}: {value} is none of {words:?}");
            }
            if schema.get("format").is_some() {
                assert!(s.parse::<crate::base::Time>().is_ok(), "{at}: {s}");
            }
        }
        ("integer", Value::Number(n)) => assert!(n.is_i64() || n.is_u64(), "{at}: {n}"),
        ("boolean", Value::Bool(_)) => {}
        ("array", Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{at}[{i}]"));
            }
        }
        ("object", Value::Object(map)) => match schema.get("properties").and_then(Value::as_object) {
            None => assert!(map.values().all(Value::is_string), "{at}"),
            Some(properties) => {
                let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
                    Some(names) => names.iter().map(|n| n.as_str().unwrap()).collect(),
                    None => properties.keys().map(String::as_str).collect(),
                };
                assert!(required.iter().all(|k| map.contains_key(*k)), "{at} lacks one of {required:?}");
                for (key, value) in map {
                    match properties.get(key) {
                        Some(schema) => check(schema, value, &format!("{at}.{key}")),
                        None => assert_eq!(schema["additionalProperties"], true, "{at}.{key} is not in the schema"),
                    }
                }
            }
        },
        _ => panic!("{at}: {value} is no {kind}"),
    }
}

fn rows_keep_to_it<R: Row>(rows: &[R]) {
    assert!(!rows.is_empty(), "{}", R::NAME);
    check(&schema(R::NAME).unwrap(), &json(rows, &context()), R::NAME);
    let keys: BTreeSet<_> = rows.iter().map(|r| r.key()).collect();
    assert_eq!(keys.len(), rows.len(), "keys of {} are not unique", R::NAME);
    for row in rows {
        for field in R::FILTERS {
            let found = row.field(field.name, &context());
            let measured = matches!(found, Found::Span(_) | Found::Number(_));
            assert!(measured == field.measured || found == Found::Missing, "{} {}", R::NAME, field.name);
        }
    }
}

#[test]
fn every_row_keeps_to_its_schema() {
    let survey = survey();
    rows_keep_to_it(&survey.nodes());
    rows_keep_to_it(&survey.queue());
    rows_keep_to_it(&survey.builds());
    rows_keep_to_it(&survey.run_rows());
    rows_keep_to_it(&survey.sources());
    rows_keep_to_it(&survey.bell_rows(&BellLimits::default(), at()));
    let status = status(&survey, &BellLimits::default(), at());
    check(&schema("status").unwrap(), &status, "status");
    assert_eq!(status["queue"]["total"], 41);
    assert_eq!(status["nodes"]["total"], 80);
    assert_eq!(status["queue"]["oldest_seconds"], 5_000);
    assert!(status["bells"].as_array().unwrap().len() >= 5);
    assert!(schema("nosuch").is_none());
    assert!(SCHEMAS.iter().all(|name| schema(name).is_some()));
}

#[test]
fn kept_journals_keep_to_the_schemas_of_plans_and_events() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journals");
    let mut plans = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
        if file.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            if let Some(plan) = event.get("plan") {
                check(&schema("plan").unwrap(), plan, "plan");
                plans += 1;
            }
            check(&schema("event").unwrap(), &serde_json::json!({ "run": "7f3c0a91", "event": event }), "event");
        }
    }
    assert!(plans >= 6, "{plans}");
}

#[test]
fn nothing_known_yet_is_still_a_status() {
    let empty = Survey::new(Arc::new(Snapshot::default()), Arc::default());
    check(&schema("status").unwrap(), &status(&empty, &BellLimits::default(), at()), "status");
    let waiting = Snapshot { seq: 0, jenkins: [(testing::prod(), Arc::new(Jenkins::default()))].into() };
    let survey = Survey::new(Arc::new(waiting), Arc::default());
    check(&schema("sources").unwrap(), &json(&survey.sources(), &context()), "sources");
    check(&schema("status").unwrap(), &status(&survey, &BellLimits::default(), at()), "status");
}

fn found<R: Row>(rows: &[R], text: &str) -> Vec<String> {
    let filter = Filter::parse::<R>(text).unwrap();
    let mut finder = Finder::default();
    finder.pick(&filter, rows, &context()).into_iter().map(|i| rows[i].name().to_string()).collect()
}

#[test]
fn filters_find_words_and_fields() {
    let nodes = survey().nodes();
    assert_eq!(found(&nodes, "state:draining"), ["gpu-4"]);
    assert_eq!(found(&nodes, "label:gpu state:offline age>10m"), ["gpu-3", "gpu-9"]);
    assert_eq!(found(&nodes, "label=GPU state:offline -state:marked"), ["gpu-3"]);
    assert_eq!(found(&nodes, "disk<5"), ["gpu-7"]);
    assert_eq!(found(&nodes, "driver"), ["gpu-9"]);
    assert!(found(&nodes, "gp12").contains(&"gpu-12".to_owned()));
    assert_eq!(found(&nodes, "gp12zz"), [""; 0]);
    assert_eq!(found(&nodes, "gpu-9"), ["gpu-9"], "what stands there as it was typed is all that is meant");
    assert_eq!(found(&nodes, "").len(), nodes.len());
    let queue = survey().queue();
    assert_eq!(found(&queue, "why:fleet_at_maximum age>13m").len(), 2);
    assert_eq!(found(&queue, "stuck:yes"), ["tvm-riscv » main #7 (item 9404)"]);
    assert_eq!(found(&queue, "cause:\"branch indexing\" label:doc").len(), 1);
}

#[test]
fn a_wrong_filter_is_pointed_at() {
    let error = |text: &str| Filter::parse::<NodeRow>(text).unwrap_err();
    assert_eq!(error("gpu lable:GPU").at, 4..13);
    assert!(error("gpu lable:GPU").hint.contains("label"));
    assert!(error("age>").hint.contains("age>10m"));
    assert!(error("age>soon").what.contains("value"));
    assert!(error("state>idle").what.contains("cannot be more or less"));
    assert!(Filter::parse::<NodeRow>("http://x").is_err());
    assert!(Filter::parse::<NodeRow>("-").is_ok());
}

#[test]
fn columns_give_way_in_their_order() {
    let ids = |width| {
        let fitted = fit(NodeRow::COLUMNS, width, &context());
        let sum: u16 = fitted.iter().map(|(_, w)| w + 1).sum::<u16>() - 1;
        assert!(sum <= width.max(1), "{width}: {fitted:?}");
        fitted.iter().map(|(i, _)| NodeRow::COLUMNS[*i].id).collect::<Vec<_>>()
    };
    assert_eq!(ids(4), ["name"]);
    assert_eq!(ids(24), ["name", "state"]);
    assert_eq!(ids(44), ["name", "state", "executors", "doing"]);
    assert_eq!(ids(200).len(), NodeRow::COLUMNS.len() - 1);
    for width in 0..300 {
        ids(width);
    }
}

#[test]
fn a_plain_table_has_a_header_and_is_cut_to_the_terminal() {
    let nodes = survey().nodes();
    let wide = plain::table(&nodes, None, &context());
    assert!(wide.starts_with("NODE "), "{}", wide.lines().next().unwrap());
    assert_eq!(wide.lines().count(), nodes.len() + 1);
    let narrow = plain::table(&nodes, Some(40), &context());
    assert!(narrow.lines().all(|l| plain::cells(l) <= 42), "{narrow}");
}

#[test]
fn csv_cannot_be_run_by_a_spreadsheet() {
    let mut rows = survey().nodes();
    let mut node = (*rows[0].node).clone();
    node.name = Text::line("=HYPERLINK(\"x\")");
    rows[0].node = Arc::new(node);
    let csv = csv(&rows[..1], &context());
    assert!(csv.lines().nth(1).unwrap().starts_with("\"'=HYPERLINK(\"\"x\"\")\","), "{csv}");
}

#[test]
fn diagnoses_are_kept_while_nothing_they_rest_on_changes() {
    let first = survey();
    let mut jenkins = (**first.snapshot.jenkins.get(&testing::prod()).unwrap()).clone();
    jenkins.skew += 1_000;
    let next = Snapshot { seq: 2, jenkins: [(testing::prod(), Arc::new(jenkins.clone()))].into() };
    let second = first.next(Arc::new(next), runs());
    let pointer = |s: &Survey| Arc::as_ptr(s.diagnoses(&testing::prod()).unwrap());
    assert_eq!(pointer(&first), pointer(&second));
    jenkins.queue = crate::model::Reading::fresh(Vec::new(), at());
    let third = Snapshot { seq: 3, jenkins: [(testing::prod(), Arc::new(jenkins))].into() };
    assert_ne!(pointer(&second), pointer(&second.next(Arc::new(third), runs())));
}
