//! From YAML to a checked runbook, with every mistake that it holds.
use std::sync::Arc;

use serde_json::Value;

use crate::base::Text;

use super::expr::{Language, has_expression};
use super::mistake::{Mistake, Mistakes, Place, did_you_mean};
use super::program::{GUARDS, Guard, Input, Runbook, Window};
use super::yaml::{Entry, Is, Node};
use super::{Kind, Risk, VerbSpec, steps, yaml};

const KEYS: [&str; 11] =
    ["runbook", "title", "about", "risk", "window", "inputs", "locks", "guards", "steps", "undo", "version"];

/// Reads a runbook. It is whole only when there are no mistakes.
pub fn parse(file: &str, text: &str, verbs: &[&'static VerbSpec]) -> (Option<Runbook>, Vec<Mistake>) {
    let mut mistakes = Mistakes::new(file);
    let root = yaml::read(text, &mut mistakes);
    let runbook = root.and_then(|root| {
        let mut checker = Checker { verbs, mistakes: &mut mistakes, language: Language::default(), names: Vec::new() };
        checker.runbook(&root, file, text)
    });
    let mistakes = mistakes.sorted();
    (runbook.filter(|_| mistakes.is_empty()), mistakes)
}

pub(super) struct Checker<'a> {
    pub(super) verbs: &'a [&'static VerbSpec],
    pub(super) mistakes: &'a mut Mistakes,
    pub(super) language: Language,
    /// What expressions may name at this point.
    pub(super) names: Vec<String>,
}

impl Checker<'_> {
    fn runbook(&mut self, root: &Node, file: &str, text: &str) -> Option<Runbook> {
        let entries = self.map(root, "a runbook")?;
        self.unknown_keys(entries, &KEYS, &[]);
        for key in ["runbook", "title", "risk", "steps"] {
            if find(entries, key).is_none() {
                self.mistakes.add(root.at, &format!("`{key}` is missing"), hint_for(key));
            }
        }
        let name = self.name(entries);
        let inputs = find(entries, "inputs").map(|e| self.inputs(&e.value)).unwrap_or_default();
        self.names = ["run", "site", "controller"].map(str::to_owned).to_vec();
        self.names.extend(inputs.iter().map(|i| i.name.to_string()));
        let locks = find(entries, "locks").map(|e| self.locks(&e.value)).unwrap_or_default();
        let guards = find(entries, "guards").map(|e| self.guards(&e.value)).unwrap_or_default();
        let steps = find(entries, "steps").map(|e| steps::steps(self, &e.value)).unwrap_or_default();
        let risk = self.risk(entries, &steps);
        Some(Runbook {
            name,
            title: self.text_of(entries, "title"),
            about: self.text_of(entries, "about"),
            risk,
            window: self.window(entries),
            inputs,
            locks,
            guards,
            steps,
            undo: find(entries, "undo").map(|_| self.text_of(entries, "undo")),
            text: Arc::from(text),
            from: Text::line(file),
        })
    }

    fn name(&mut self, entries: &[Entry]) -> Text {
        let Some(entry) = find(entries, "runbook") else { return Text::default() };
        let name = entry.value.scalar().unwrap_or_default();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !plain {
            let text = format!("`{name}` cannot be a runbook's name");
            self.mistakes.add(entry.value.at, &text, "small letters, digits and `-`: drain-node");
        }
        Text::line(&name)
    }

    fn risk(&mut self, entries: &[Entry], steps: &[super::program::Step]) -> Risk {
        let Some(entry) = find(entries, "risk") else { return Risk::Critical };
        let word = entry.value.scalar().unwrap_or_default();
        let Some(risk) = Risk::ALL.into_iter().find(|r| r.word() == word) else {
            let hint = did_you_mean(&word, Risk::ALL.map(Risk::word));
            self.mistakes.add(entry.value.at, &format!("`{word}` is not a risk"), &hint);
            return Risk::Critical;
        };
        if let Some(step) = steps.iter().filter(|s| s.verb.least_risk > risk).max_by_key(|s| s.verb.least_risk) {
            let least = step.verb.least_risk.word();
            let text = format!("risk is {word}, but `{}` in step `{}` is {least} at least", step.verb.name, step.id);
            self.mistakes.add(entry.value.at, &text, &format!("write `risk: {least}`"));
        }
        risk
    }

    fn window(&mut self, entries: &[Entry]) -> Window {
        let Some(entry) = find(entries, "window") else { return Window::None };
        match entry.value.scalar().as_deref() {
            Some("none") => Window::None,
            Some("advised") => Window::Advised,
            Some("required") => Window::Required,
            other => {
                let word = other.unwrap_or_default();
                let hint = did_you_mean(word, ["none", "advised", "required"]);
                self.mistakes.add(entry.value.at, &format!("`{word}` is not a word for `window`"), &hint);
                Window::Required
            }
        }
    }

    fn inputs(&mut self, node: &Node) -> Vec<Input> {
        let Some(entries) = self.map(node, "`inputs`") else { return Vec::new() };
        entries.iter().map(|e| self.input(e)).collect()
    }

    fn input(&mut self, entry: &Entry) -> Input {
        let name = entry.key.as_str();
        if !is_identifier(name) || ["run", "site", "controller", "steps"].contains(&name) {
            let text = format!("`{name}` cannot be an input's name");
            self.mistakes.add(entry.key_at, &text, "letters, digits and `_`; not run, site, controller or steps");
        }
        let fallback =
            Input { name: Text::line(name), kind: Kind::Text, about: Text::default(), default: None, of: Vec::new() };
        let Some(keys) = self.map(&entry.value, &format!("input `{name}`")) else { return fallback };
        self.unknown_keys(keys, &["type", "default", "about", "of"], &["from", "max"]);
        let kind = self.kind(name, entry, keys);
        let of = find(keys, "of").map(|e| self.words(&e.value)).unwrap_or_default();
        if kind == Kind::Choice && of.is_empty() {
            self.mistakes.add(
                entry.key_at,
                &format!("choice `{name}` has no words to choose from"),
                "add `of: [one, other]`",
            );
        }
        let default = find(keys, "default").map(|e| {
            self.default_fits(kind, &of, e);
            e.value.json()
        });
        let about = self.text_of(keys, "about");
        Input { about, kind, default, of: of.iter().map(|w| Text::line(w)).collect(), ..fallback }
    }

    fn kind(&mut self, name: &str, entry: &Entry, keys: &[Entry]) -> Kind {
        let Some(given) = find(keys, "type") else {
            let hint = format!("add `type:`, one of: {}", Kind::ALL.map(Kind::word).join(", "));
            self.mistakes.add(entry.key_at, &format!("input `{name}` has no type"), &hint);
            return Kind::Text;
        };
        let word = given.value.scalar().unwrap_or_default();
        Kind::ALL.into_iter().find(|k| k.word() == word).unwrap_or_else(|| {
            let hint = did_you_mean(&word, Kind::ALL.map(Kind::word));
            self.mistakes.add(given.value.at, &format!("`{word}` is not a type of input"), &hint);
            Kind::Text
        })
    }

    fn default_fits(&mut self, kind: Kind, of: &[String], entry: &Entry) {
        let text = entry.value.scalar().unwrap_or_default();
        if has_expression(&text) {
            self.names = ["run", "site", "controller"].map(str::to_owned).to_vec();
            self.expressions(&entry.value);
            return;
        }
        match kind {
            Kind::Duration => {
                if let Err(error) = super::program::duration(&entry.value.json()) {
                    self.mistakes.add(entry.value.at, &error, "");
                }
            }
            Kind::Choice if !of.contains(&text) => {
                let hint = did_you_mean(&text, of.iter().map(String::as_str));
                self.mistakes.add(entry.value.at, &format!("the default `{text}` is not among the choices"), &hint);
            }
            _ => {}
        }
    }

    fn locks(&mut self, node: &Node) -> Vec<String> {
        self.expressions(node);
        self.words(node)
    }

    fn guards(&mut self, node: &Node) -> Vec<Guard> {
        let Some(items) = self.list(node, "`guards`") else { return Vec::new() };
        let mut guards = Vec::new();
        for item in items {
            let Some(entries) = self.map(item, "a guard") else { continue };
            let [entry] = entries else {
                self.mistakes.add(item.at, "one item holds one guard", "- capacity: { node: \"{{ node }}\" }");
                continue;
            };
            guards.extend(self.guard(entry));
        }
        guards
    }

    fn guard(&mut self, entry: &Entry) -> Option<Guard> {
        let name = entry.key.as_str();
        let Some(spec) = GUARDS.iter().find(|g| g.name == name) else {
            let hint = match name {
                "queue" | "scope" | "version" | "scan" => "it is planned, but this version cannot do it yet".to_owned(),
                _ => did_you_mean(name, GUARDS.iter().map(|g| g.name)),
            };
            self.mistakes.add(entry.key_at, &format!("there is no guard `{name}`"), &hint);
            return None;
        };
        let keys = self.map(&entry.value, &format!("guard `{name}`"))?;
        steps::parameters(self, keys, spec.params, &format!("guard `{name}`"), entry.key_at);
        let with = keys.iter().map(|e| (e.key.clone(), e.value.json())).collect();
        Some(Guard { name: Text::line(name), with })
    }

    /// Checks each expression in a value: its syntax and the names it uses.
    pub(super) fn expressions(&mut self, node: &Node) {
        match &node.is {
            Is::Scalar(Value::String(text)) if has_expression(text) => {
                let names = self.language.names(text);
                self.names_known(names, node.at);
            }
            Is::Scalar(_) => {}
            Is::List(items) => items.iter().for_each(|i| self.expressions(i)),
            Is::Map(entries) => entries.iter().for_each(|e| self.expressions(&e.value)),
        }
    }

    /// Complains of names that mean nothing here.
    pub(super) fn names_known(&mut self, names: Result<Vec<String>, String>, at: Place) {
        let names = match names {
            Ok(names) => names,
            Err(error) => {
                self.mistakes.add(at, &error, "");
                return;
            }
        };
        for name in names {
            let root = name.split('.').next().unwrap_or_default();
            let step = name.split('.').nth(1).map(|s| format!("steps.{s}"));
            let known = match (root, step) {
                ("steps", Some(step)) => self.names.contains(&step),
                ("steps", None) => true,
                _ => self.names.iter().any(|n| n == root),
            };
            if !known {
                let asked = if root == "steps" { name.as_str() } else { root };
                let hint = did_you_mean(asked, self.names.iter().map(String::as_str));
                self.mistakes.add(at, &format!("`{asked}` is not known here"), &hint);
            }
        }
    }

    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.is {
            Is::Map(entries) => Some(entries),
            _ => {
                self.mistakes.add(node.at, &format!("{what} is a map of keys and values, this is {}", node.what()), "");
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.is {
            Is::List(items) => Some(items),
            _ => {
                self.mistakes.add(
                    node.at,
                    &format!("{what} is a list, this is {}", node.what()),
                    "begin each item with `- `",
                );
                None
            }
        }
    }

    fn words(&mut self, node: &Node) -> Vec<String> {
        let Some(items) = self.list(node, "this") else { return Vec::new() };
        items.iter().filter_map(Node::scalar).collect()
    }

    fn text_of(&mut self, entries: &[Entry], key: &str) -> Text {
        let Some(entry) = find(entries, key) else { return Text::default() };
        match entry.value.scalar() {
            Some(text) => Text::block(text.trim()),
            None => {
                self.mistakes.add(entry.value.at, &format!("`{key}` is text, this is {}", entry.value.what()), "");
                Text::default()
            }
        }
    }

    /// Complains of keys that mean nothing, and of those that will mean something one day.
    pub(super) fn unknown_keys(&mut self, entries: &[Entry], known: &[&str], later: &[&str]) {
        for entry in entries {
            let key = entry.key.as_str();
            if known.contains(&key) {
                continue;
            }
            if later.contains(&key) {
                let text = format!("`{key}` is part of the language, but this version cannot do it yet");
                self.mistakes.add(entry.key_at, &text, "write the steps out one by one");
            } else {
                let hint = did_you_mean(key, known.iter().copied());
                self.mistakes.add(entry.key_at, &format!("unknown key `{key}`"), &hint);
            }
        }
    }
}

pub(super) fn find<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Entry> {
    entries.iter().find(|e| e.key == key)
}

pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn hint_for(key: &str) -> &'static str {
    match key {
        "runbook" => "its name: `runbook: drain-node`",
        "title" => "what it does, in one line",
        "risk" => "`risk: low`, medium, high or critical",
        _ => "`steps:` and at least one step",
    }
}
