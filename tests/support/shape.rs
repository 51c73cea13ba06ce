//! Compares two JSON answers by keys and types. Elements of a list are taken together by their class; `null` fits anything, for it
//! says that there is no value, not what kind it would be; an empty list fits any list.
use std::collections::BTreeMap;

use serde_json::Value;

/// Keys of these maps are data, not structure.
const DATA_KEYS: [&str; 1] = ["buildsByBranchName"];

/// Adds a line to `found` for each difference.
pub fn compare(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    at("", &[theirs], &[ours], found);
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Compares what stands at one place, in any of several elements.
fn at(path: &str, theirs: &[&Value], ours: &[&Value], found: &mut Vec<String>) {
    let real = |values: &[&Value]| -> Vec<&'static str> {
        let mut kinds: Vec<_> = values.iter().map(|v| kind(v)).filter(|k| *k != "null").collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let (their_kinds, our_kinds) = (real(theirs), real(ours));
    if their_kinds.is_empty() || our_kinds.is_empty() {
        return;
    }
    if their_kinds != our_kinds {
        found.push(format!("{path}: {our_kinds:?} instead of {their_kinds:?}"));
        return;
    }
    objects(path, theirs, ours, found);
    lists(path, theirs, ours, found);
}

fn keys<'v>(values: &[&'v Value], path: &str) -> BTreeMap<String, Vec<&'v Value>> {
    let mut keys: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    let data = DATA_KEYS.iter().any(|k| path.ends_with(k));
    for (name, value) in values.iter().filter_map(|v| v.as_object()).flatten() {
        keys.entry(if data { "*".into() } else { name.clone() }).or_default().push(value);
    }
    keys
}

fn objects(path: &str, theirs: &[&Value], ours: &[&Value], found: &mut Vec<String>) {
    let (theirs, ours) = (keys(theirs, path), keys(ours, path));
    for name in theirs.keys().filter(|k| !ours.contains_key(*k)) {
        found.push(format!("{path}.{name} is missing"));
    }
    for (name, ours) in &ours {
        match theirs.get(name) {
            None => found.push(format!("{path}.{name} is not in the recording")),
            Some(theirs) => at(&format!("{path}.{name}"), theirs, ours, found),
        }
    }
}

fn lists(path: &str, theirs: &[&Value], ours: &[&Value], found: &mut Vec<String>) {
    fn by_class<'v>(values: &[&'v Value]) -> BTreeMap<String, Vec<&'v Value>> {
        let mut classes: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for element in values.iter().filter_map(|v| v.as_array()).flatten() {
            let class = element.get("_class").and_then(Value::as_str).unwrap_or("").to_owned();
            classes.entry(class).or_default().push(element);
        }
        classes
    }
    let (theirs, ours) = (by_class(theirs), by_class(ours));
    if theirs.is_empty() || ours.is_empty() {
        return;
    }
    for class in theirs.keys().filter(|k| !ours.contains_key(*k)) {
        found.push(format!("{path}[{class}] is missing"));
    }
    for (class, ours) in &ours {
        match theirs.get(class) {
            None => found.push(format!("{path}[{class}] is not in the recording")),
            Some(theirs) => at(&format!("{path}[{class}]"), theirs, ours, found),
        }
    }
}
