//! What a person gave, made into what a runbook's expressions may name.
use serde_json::{Value, json};

use crate::base::{RunId, Text};
use crate::model::{Jenkins, Job, Node, NodeKind};
use crate::runbook::{Context, Input, Kind, Language, Runbook, did_you_mean, duration};
use crate::site::{Controller, Site};

/// The inputs by name, as typed and as expressions see them.
#[derive(Debug)]
pub struct Filled {
    pub shown: Vec<(Text, Text)>,
    pub context: Context,
    /// What it acts on, in a word or two.
    pub subject: Text,
}

/// Checks what was given, fills in defaults, looks up nodes and jobs.
///
/// # Errors
/// Every input that is missing, unknown or wrong, in one text.
pub fn fill(
    runbook: &Runbook,
    given: &[(Text, Text)],
    run: RunId,
    site: &Site,
    controller: &Controller,
    jenkins: &Jenkins,
) -> Result<Filled, Text> {
    let language = Language::default();
    let mut context = Context::new();
    context.insert("run".into(), json!({ "id": run.to_string() }));
    context.insert("site".into(), json!({ "name": site.name }));
    let about = json!({ "name": controller.id, "url": controller.url.as_str(), "production": controller.production });
    context.insert("controller".into(), about);
    context.insert("steps".into(), json!({}));
    let mut wrong: Vec<String> = given
        .iter()
        .filter(|(name, _)| !runbook.inputs.iter().any(|i| i.name == *name))
        .map(|(name, _)| {
            let hint = did_you_mean(name, runbook.inputs.iter().map(|i| i.name.as_str()));
            format!("{} has no input `{name}`; {hint}", runbook.name)
        })
        .collect();
    let mut shown = Vec::new();
    let mut subject = None;
    for input in &runbook.inputs {
        match one(input, given, &language, &context, jenkins) {
            Ok((text, value)) => {
                if matches!(input.kind, Kind::Node | Kind::Job | Kind::Build | Kind::Label | Kind::QueueItem) {
                    subject = subject.or_else(|| Some(text.clone()));
                }
                shown.push((input.name.clone(), text));
                context.insert(input.name.to_string(), value);
            }
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        let subject = subject.unwrap_or_else(|| Text::line(controller.id.as_str()));
        Ok(Filled { shown, context, subject })
    } else {
        Err(Text::line(&wrong.join("; ")))
    }
}

fn one(
    input: &Input,
    given: &[(Text, Text)],
    language: &Language,
    context: &Context,
    jenkins: &Jenkins,
) -> Result<(Text, Value), String> {
    let typed = given.iter().rev().find(|(name, _)| *name == input.name).map(|(_, value)| Value::from(value.as_str()));
    let value = match (typed, &input.default) {
        (Some(value), _) => value,
        (None, Some(default)) => language.fill(default, context)?,
        (None, None) => return Err(format!("`{}` is missing: {}", input.name, input.about)),
    };
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Object(thing) => thing.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        other => other.to_string(),
    };
    let value = typed_value(input, &text, value, jenkins).map_err(|error| format!("{}: {error}", input.name))?;
    Ok((Text::line(&text), value))
}

fn typed_value(input: &Input, text: &str, value: Value, jenkins: &Jenkins) -> Result<Value, String> {
    match input.kind {
        Kind::Node => node(text, jenkins),
        Kind::Label => label(text, jenkins),
        Kind::Job => job(text, jenkins),
        Kind::Duration => duration(&value).map(|_| Value::from(text)),
        Kind::Choice => {
            let words: Vec<&str> = input.of.iter().map(Text::as_str).collect();
            match words.contains(&text) {
                true => Ok(Value::from(text)),
                false => Err(format!("`{text}` is not one of: {}", words.join(", "))),
            }
        }
        Kind::Number | Kind::QueueItem => {
            text.parse::<u64>().map(Value::from).map_err(|_| format!("`{text}` is not a whole number"))
        }
        Kind::Build => build(text),
        Kind::Words if value.is_array() => Ok(value),
        Kind::Words => Ok(text.split([',', ' ']).filter(|w| !w.is_empty()).collect()),
        Kind::Text => Ok(Value::from(Text::line(text).as_str())),
    }
}

fn node(name: &str, jenkins: &Jenkins) -> Result<Value, String> {
    let nodes = jenkins.nodes.get().ok_or("the controller's nodes have not been read yet; look at its source")?;
    let found = nodes.iter().find(|n| n.name == *name).ok_or_else(|| {
        let hint = did_you_mean(name, nodes.iter().map(|n| n.name.as_str()).take(200));
        let hint = if hint.len() > 200 { String::new() } else { format!("; {hint}") };
        format!("there is no node `{name}`{hint}")
    })?;
    Ok(node_value(found))
}

fn node_value(node: &Node) -> Value {
    let kind = match node.kind {
        NodeKind::BuiltIn => "built-in",
        NodeKind::Static => "static",
        NodeKind::Autoscaled => "autoscaled",
    };
    let labels: Vec<&str> = node.labels.iter().filter(|l| **l != node.name).map(Text::as_str).collect();
    json!({ "name": node.name, "path": node.path, "labels": labels, "kind": kind, "executors": node.num_executors })
}

fn label(name: &str, jenkins: &Jenkins) -> Result<Value, String> {
    let nodes = jenkins.nodes.get().ok_or("the controller's nodes have not been read yet; look at its source")?;
    if nodes.iter().any(|n| n.has_label(name)) {
        return Ok(Value::from(name));
    }
    let mut known: Vec<&str> = nodes.iter().flat_map(|n| n.labels.iter().map(Text::as_str)).collect();
    known.sort_unstable();
    known.dedup();
    Err(format!("no node has the label `{name}`; {}", did_you_mean(name, known.into_iter().take(50))))
}

fn job(name: &str, jenkins: &Jenkins) -> Result<Value, String> {
    let jobs = jenkins.jobs.get().ok_or("the controller's jobs have not been read yet; look at its source")?;
    let is = |j: &Job| j.full_name == *name || j.path.as_str() == name.trim_matches('/') || j.display_name == *name;
    let mut found = jobs.iter().filter(|j| is(j));
    match (found.next(), found.next()) {
        (Some(job), None) => Ok(json!({ "name": job.full_name, "path": job.path })),
        (Some(_), Some(_)) => Err(format!("more than one job is called `{name}`; write its path: job/…/job/…")),
        (None, _) => Err(format!("there is no job `{name}`; write its full name as Jenkins shows it, or its path")),
    }
}

fn build(text: &str) -> Result<Value, String> {
    let path = text.trim_matches('/');
    let fine = path.starts_with("job/") && path.rsplit('/').next().is_some_and(|n| n.parse::<u64>().is_ok());
    if fine { Ok(Value::from(path)) } else { Err(format!("`{text}` is not a build; write job/tvm/job/PR-1/7")) }
}
