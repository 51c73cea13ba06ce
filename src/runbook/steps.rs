//! From YAML to steps: verbs, parameters, deadlines, what to do when one fails.
use serde_json::Value;

use crate::base::Text;

use super::expr::has_expression;
use super::mistake::{Place, did_you_mean};
use super::parse::{Checker, find, is_identifier};
use super::program::{Otherwise, Step, UndoStep};
use super::yaml::{Entry, Node};
use super::{Kind, Param, VerbSpec};

const KEYS: [&str; 9] = ["id", "uses", "with", "when", "timeout", "on_timeout", "on_failure", "retry", "undo"];
const LATER: [&str; 9] =
    ["for_each", "as", "canary", "parallel", "give_up_after", "steps", "expect", "window", "guards"];

/// All steps of a runbook.
pub(super) fn steps(checker: &mut Checker<'_>, node: &Node) -> Vec<Step> {
    let Some(items) = checker.list(node, "`steps`") else { return Vec::new() };
    if items.is_empty() {
        checker.mistakes.add(node.at, "there are no steps", "add one: `- { id: offline, uses: jenkins.node.offline }`");
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut ids: Vec<(Text, Place)> = Vec::new();
    for item in items {
        let Some(entries) = checker.map(item, "a step") else { continue };
        let id = id(checker, item, entries);
        if let Some((_, first)) = ids.iter().find(|(known, _)| *known == id && !id.is_empty()) {
            let text = format!("two steps are called `{id}`, the first in line {}", first.line);
            checker.mistakes.add(item.at, &text, "give each its own id");
        }
        ids.push((id.clone(), item.at));
        steps.extend(step(checker, item, entries, id.clone()));
        checker.names.push(format!("steps.{id}"));
    }
    steps
}

/// A step with all that can be told of it; none when it has no verb that is known.
fn step(checker: &mut Checker<'_>, node: &Node, entries: &[Entry], id: Text) -> Option<Step> {
    checker.unknown_keys(entries, &KEYS, &LATER);
    let verb = verb(checker, node, entries);
    let with = find(entries, "with");
    let given = with.and_then(|e| checker.map(&e.value, "`with`")).unwrap_or_default();
    match (verb, find(entries, "uses")) {
        (Some(verb), Some(uses)) => {
            let at = with.map_or(uses.value.at, |e| e.key_at);
            parameters(checker, given, verb.params, &format!("`{}`", verb.name), at);
        }
        _ => given.iter().for_each(|e| checker.expressions(&e.value)),
    }
    let when = find(entries, "when").and_then(|e| {
        let text = e.value.scalar()?;
        let names = checker.language.names_of_expression(&text);
        checker.names_known(names, e.value.at);
        Some(text)
    });
    let timeout = find(entries, "timeout").and_then(|e| timeout(checker, e));
    let (on_timeout, on_failure) =
        (otherwise(checker, entries, "on_timeout"), otherwise(checker, entries, "on_failure"));
    let (retry, undo) = (retry(checker, entries), undo(checker, entries));
    let with = given.iter().map(|e| (e.key.clone(), e.value.json())).collect();
    Some(Step { id, verb: verb?, with, when, timeout, on_timeout, on_failure, retry, undo, at: node.at })
}

fn verb(checker: &mut Checker<'_>, node: &Node, entries: &[Entry]) -> Option<&'static VerbSpec> {
    let Some(uses) = find(entries, "uses") else {
        if !entries.iter().any(|e| LATER.contains(&e.key.as_str())) {
            checker.mistakes.add(node.at, "the step has no verb", "add `uses: jenkins.node.offline`");
        }
        return None;
    };
    let name = uses.value.scalar().unwrap_or_default();
    let found = checker.verbs.iter().find(|v| v.name == name).copied();
    if found.is_none() {
        let hint = did_you_mean(&name, checker.verbs.iter().map(|v| v.name));
        checker.mistakes.add(uses.value.at, &format!("there is no verb `{name}`"), &hint);
    }
    found
}

fn id(checker: &mut Checker<'_>, node: &Node, entries: &[Entry]) -> Text {
    let Some(entry) = find(entries, "id") else {
        checker.mistakes.add(node.at, "the step has no id", "add `id:`, a word that names it in the run");
        return Text::default();
    };
    let id = entry.value.scalar().unwrap_or_default();
    if !is_identifier(&id) {
        checker.mistakes.add(entry.value.at, &format!("`{id}` cannot be a step's id"), "letters, digits and `_`");
    }
    Text::line(&id)
}

/// Checks what is given against what there is: unknown, missing, of the wrong kind, expressions.
pub(super) fn parameters(checker: &mut Checker<'_>, given: &[Entry], params: &[Param], of: &str, at: Place) {
    for entry in given {
        let Some(param) = params.iter().find(|p| p.name == entry.key) else {
            let hint = did_you_mean(&entry.key, params.iter().map(|p| p.name));
            checker.mistakes.add(entry.key_at, &format!("{of} has no parameter `{}`", entry.key), &hint);
            continue;
        };
        checker.expressions(&entry.value);
        fits(checker, param, entry);
    }
    for param in params.iter().filter(|p| p.required) {
        if !given.iter().any(|e| e.key == param.name) {
            let hint = format!("`{}`: {}", param.name, param.doc);
            checker.mistakes.add(at, &format!("{of} needs the parameter `{}`", param.name), &hint);
        }
    }
}

fn fits(checker: &mut Checker<'_>, param: &Param, entry: &Entry) {
    let value = entry.value.json();
    if value.as_str().is_some_and(has_expression) {
        return;
    }
    let wrong = match param.kind {
        Kind::Duration => super::program::duration(&value).err(),
        Kind::Choice => {
            let word = entry.value.scalar().unwrap_or_default();
            (!param.of.contains(&word.as_str())).then(|| format!("`{word}` is not one of: {}", param.of.join(", ")))
        }
        Kind::Number | Kind::QueueItem => (value.as_u64().is_none()).then(|| format!("{value} is not a whole number")),
        Kind::Words => (!value.is_array()).then(|| format!("`{}` takes a list of words", param.name)),
        _ => (value.is_array() || value.is_object() || value.is_null())
            .then(|| format!("`{}` takes {}, this is {}", param.name, param.kind.word(), entry.value.what())),
    };
    if let Some(wrong) = wrong {
        checker.mistakes.add(entry.value.at, &wrong, param.doc);
    }
}

fn timeout(checker: &mut Checker<'_>, entry: &Entry) -> Option<String> {
    let text = entry.value.scalar().unwrap_or_default();
    if has_expression(&text) {
        checker.expressions(&entry.value);
    } else if let Err(error) = super::program::duration(&Value::from(text.as_str())) {
        checker.mistakes.add(entry.value.at, &error, "");
    }
    Some(text)
}

fn otherwise(checker: &mut Checker<'_>, entries: &[Entry], key: &str) -> Otherwise {
    let Some(entry) = find(entries, key) else { return Otherwise::Ask };
    match entry.value.scalar().as_deref() {
        Some("ask") => Otherwise::Ask,
        Some("fail") => Otherwise::Fail,
        Some("continue") => Otherwise::Continue,
        word => {
            let word = word.unwrap_or_default();
            let hint = did_you_mean(word, ["ask", "fail", "continue"]);
            checker.mistakes.add(entry.value.at, &format!("`{word}` is not a word for `{key}`"), &hint);
            Otherwise::Ask
        }
    }
}

fn retry(checker: &mut Checker<'_>, entries: &[Entry]) -> u32 {
    let Some(entry) = find(entries, "retry") else { return 0 };
    match entry.value.json().as_u64() {
        Some(times) if times <= 10 => u32::try_from(times).unwrap_or(0),
        _ => {
            checker.mistakes.add(entry.value.at, "`retry` is how often to try again, 0 to 10", "`retry: 2`");
            0
        }
    }
}

fn undo(checker: &mut Checker<'_>, entries: &[Entry]) -> UndoStep {
    let Some(entry) = find(entries, "undo") else { return UndoStep::Restore };
    match entry.value.scalar().as_deref() {
        Some("restore") => UndoStep::Restore,
        Some("keep") => UndoStep::Keep,
        word => {
            let word = word.unwrap_or_default();
            let hint = did_you_mean(word, ["restore", "keep"]);
            checker.mistakes.add(entry.value.at, &format!("`{word}` is not a word for `undo`"), &hint);
            UndoStep::Keep
        }
    }
}
