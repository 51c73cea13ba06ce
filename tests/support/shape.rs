//! Compares two JSON answers by keys and types: what the one has, the other must have, and nothing else. Elements of a list are taken
//! together by their class.
use std::collections::BTreeSet;

use serde_json::Value;

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn class(value: &Value) -> &str {
    value.get("_class").and_then(Value::as_str).unwrap_or("")
}

/// Adds a line to `found` for each difference.
pub fn compare(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    one(&[theirs], ours, "", found);
}

/// `recorded` holds every value that was seen at this place.
fn one(recorded: &[&Value], ours: &Value, at: &str, out: &mut Vec<String>) {
    let same: Vec<&Value> = recorded.iter().copied().filter(|r| kind(r) == kind(ours)).collect();
    if same.is_empty() {
        let seen: BTreeSet<&str> = recorded.iter().map(|r| kind(r)).collect();
        out.push(format!("{at}: {} where {seen:?} was recorded", kind(ours)));
        return;
    }
    match ours {
        Value::Object(_) => object(&same, ours, at, out),
        Value::Array(list) => array(&same, list, at, out),
        _ => {}
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect()
}

/// An object has the keys of one recorded object of its class; each value is like one that was seen under that key.
fn object(recorded: &[&Value], ours: &Value, at: &str, out: &mut Vec<String>) {
    let of_class: Vec<&Value> = recorded.iter().copied().filter(|r| class(r) == class(ours)).collect();
    if of_class.is_empty() {
        let seen: BTreeSet<&str> = recorded.iter().map(|r| class(r)).collect();
        out.push(format!("{at}: class `{}` where {seen:?} was recorded", class(ours)));
        return;
    }
    let mine = keys(ours);
    if !of_class.iter().any(|r| keys(r) == mine) {
        let nearest = of_class.iter().min_by_key(|r| keys(r).symmetric_difference(&mine).count());
        let theirs = nearest.map(|r| keys(r)).unwrap_or_default();
        let missing: Vec<_> = theirs.difference(&mine).collect();
        let extra: Vec<_> = mine.difference(&theirs).collect();
        out.push(format!("{at} ({}): missing {missing:?}, too many {extra:?}", class(ours)));
    }
    for (key, value) in ours.as_object().into_iter().flatten() {
        let seen: Vec<&Value> = of_class.iter().filter_map(|r| r.get(key)).collect();
        if !seen.is_empty() {
            one(&seen, value, &format!("{at}.{key}"), out);
        }
    }
}

/// Each of our elements is like a recorded one, and each recorded class of elements is there.
fn array(recorded: &[&Value], ours: &[Value], at: &str, out: &mut Vec<String>) {
    let seen: Vec<&Value> = recorded.iter().filter_map(|r| r.as_array()).flatten().collect();
    let at = format!("{at}[]");
    if seen.is_empty() && !ours.is_empty() {
        out.push(format!("{at}: {} elements where none was recorded", ours.len()));
        return;
    }
    if recorded.iter().all(|r| r.as_array().is_some_and(|l| !l.is_empty())) && ours.is_empty() {
        out.push(format!("{at}: empty where it never was"));
        return;
    }
    for value in ours {
        one(&seen, value, &at, out);
    }
    // A list that was recorded once has one element of each class at least.
    if let [one] = recorded {
        let mine: BTreeSet<&str> = ours.iter().map(class).collect();
        let theirs: BTreeSet<&str> = one.as_array().into_iter().flatten().map(class).collect();
        let missing: Vec<_> = theirs.difference(&mine).collect();
        if !missing.is_empty() {
            out.push(format!("{at}: no element of class {missing:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
        let mut found = Vec::new();
        super::compare(theirs, ours, &mut found);
        found
    }

    #[test]
    fn the_same_shape_with_other_values_is_the_same() {
        let recorded = json!({"a": 1, "l": [{"_class": "x", "n": null}, {"_class": "x", "n": "t"}]});
        let ours = json!({"a": 2, "l": [{"_class": "x", "n": "other"}]});
        assert_eq!(differences(&recorded, &ours), Vec::<String>::new());
    }

    #[test]
    fn each_kind_of_difference_is_told() {
        let recorded = json!({"a": 1, "b": "t", "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": []});
        for (ours, told) in [
            (json!({"a": 1, "b": "t", "l": [{"_class": "x", "n": 1}], "e": []}), "no element of class [\"y\"]"),
            (
                json!({"a": 1, "b": "t", "l": [{"_class": "z"}, {"_class": "x", "n": 1}, {"_class": "y"}], "e": []}),
                "class `z`",
            ),
            (json!({"a": "1", "b": "t", "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": []}), ".a: text"),
            (json!({"a": 1, "b": null, "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": []}), ".b: null"),
            (json!({"a": 1, "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": []}), "missing [\"b\"]"),
            (
                json!({"a": 1, "b": "t", "c": 1, "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": []}),
                "too many [\"c\"]",
            ),
            (json!({"a": 1, "b": "t", "l": [], "e": []}), "empty where it never was"),
            (json!({"a": 1, "b": "t", "l": [{"_class": "x", "n": 1}, {"_class": "y"}], "e": [1]}), "none was recorded"),
        ] {
            let found = differences(&recorded, &ours);
            assert!(found.len() == 1 && found[0].contains(told), "{told}: {found:?}");
        }
    }
}
