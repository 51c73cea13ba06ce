//! A YAML document as a tree in which every key and value knows its line and column; duplicates, aliases and tags are mistakes.
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Value;

use super::mistake::{Mistakes, Place};

/// Deeper nesting than this is refused.
const DEPTH: usize = 32;
/// A longer file is refused, in bytes.
pub const SIZE: usize = 256 * 1024;

/// One value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    pub at: Place,
    pub is: Is,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Is {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_at: Place,
    pub value: Node,
}

impl Node {
    /// The text of a scalar as it would be written; none for a list or a map.
    pub fn scalar(&self) -> Option<String> {
        match &self.is {
            Is::Scalar(Value::String(text)) => Some(text.clone()),
            Is::Scalar(Value::Null) => Some(String::new()),
            Is::Scalar(other) => Some(other.to_string()),
            _ => None,
        }
    }

    /// The value without its places.
    pub fn json(&self) -> Value {
        match &self.is {
            Is::Scalar(value) => value.clone(),
            Is::List(items) => Value::Array(items.iter().map(Node::json).collect()),
            Is::Map(entries) => Value::Object(entries.iter().map(|e| (e.key.clone(), e.value.json())).collect()),
        }
    }

    /// What it is, for a message.
    pub fn what(&self) -> &'static str {
        match &self.is {
            Is::Scalar(Value::Null) => "nothing",
            Is::Scalar(Value::Bool(_)) => "true or false",
            Is::Scalar(Value::Number(_)) => "a number",
            Is::Scalar(_) => "text",
            Is::List(_) => "a list",
            Is::Map(_) => "a map",
        }
    }
}

/// Reads the one document of a file; none if there is nothing that could be read at all.
pub fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    if text.len() > SIZE {
        mistakes.add(Place::START, "the file is larger than 256 KiB", "split it into several runbooks");
        return None;
    }
    let mut builder = Builder { mistakes, open: Vec::new(), root: None };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !builder.take(event, span) {
                    return None;
                }
            }
            Err(error) => {
                let at = Place::new(error.marker().line(), error.marker().col() + 1);
                builder.mistakes.add(at, &format!("this is not YAML: {}", error.info()), "");
                return None;
            }
        }
    }
    let root = builder.root;
    if root.is_none() {
        mistakes.add(Place::START, "the file is empty", "begin with `runbook: name-of-the-runbook`");
    }
    root
}

/// A list or map that is not closed yet.
struct Open {
    at: Place,
    is: Is,
    key: Option<(String, Place)>,
}

struct Builder<'m> {
    mistakes: &'m mut Mistakes,
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder<'_> {
    /// Takes one event; false when there is no going on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = Place::new(span.start.line(), span.start.col() + 1);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_anchor(anchor, tag.is_some(), at);
                self.put(Node { at, is: Is::Scalar(resolve(&text, style)) });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_anchor(anchor, tag.is_some(), at);
                self.open.push(Open { at, is: Is::List(Vec::new()), key: None });
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_anchor(anchor, tag.is_some(), at);
                self.open.push(Open { at, is: Is::Map(Vec::new()), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    self.put(Node { at: done.at, is: done.is });
                }
            }
            Event::Alias(_) => {
                self.mistakes.add(at, "an alias (`*name`) is not part of the language", "write the value out");
                self.put(Node { at, is: Is::Scalar(Value::Null) });
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.mistakes.add(at, "a second document begins here", "one file holds one runbook");
                return false;
            }
            _ => {}
        }
        if self.open.len() > DEPTH {
            self.mistakes.add(at, "this is nested too deep", "");
            return false;
        }
        true
    }

    fn refuse_anchor(&mut self, anchor: usize, tag: bool, at: Place) {
        if anchor > 0 {
            self.mistakes.add(at, "an anchor (`&name`) is not part of the language", "write the value out");
        }
        if tag {
            self.mistakes.add(at, "a tag (`!name`) is not part of the language", "remove it");
        }
    }

    /// A finished value: the root, an item, a key, or a key's value.
    fn put(&mut self, node: Node) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match (&mut parent.is, parent.key.take()) {
            (Is::List(items), _) => items.push(node),
            (Is::Map(entries), Some((key, key_at))) => {
                if let Some(first) = entries.iter().find(|e| e.key == key) {
                    let text = format!("`{key}` stands here twice, first in line {}", first.key_at.line);
                    self.mistakes.add(key_at, &text, "remove one of them");
                } else {
                    entries.push(Entry { key, key_at, value: node });
                }
            }
            (Is::Map(_), None) => {
                let key = node.scalar().unwrap_or_else(|| {
                    let hint = "an expression that begins with `{{` must stand in quotes: \"{{ node }}\"";
                    self.mistakes.add(node.at, &format!("{} cannot be a key", node.what()), hint);
                    String::new()
                });
                parent.key = Some((key, node.at));
            }
            (Is::Scalar(_), _) => {}
        }
    }
}

/// YAML 1.2's core schema: `yes` and `no` are text.
fn resolve(text: &str, style: ScalarStyle) -> Value {
    if !matches!(style, ScalarStyle::Plain) {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::from(text)),
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.trim_start_matches(['-', '+']);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.').then_some(())?;
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+')).then_some(())?;
    text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes_of(text: &str) -> Vec<(usize, usize, String)> {
        let mut mistakes = Mistakes::new("x.yaml");
        read(text, &mut mistakes);
        mistakes.all().iter().map(|m| (m.at.line, m.at.column, m.text.to_string())).collect()
    }

    #[test]
    fn keeps_the_place_of_everything() {
        let mut mistakes = Mistakes::new("x.yaml");
        let root = read("a: 1\nb:\n  - x: \"{{ y }}\"\n    z: no\n", &mut mistakes).unwrap();
        assert!(mistakes.all().is_empty());
        assert_eq!(root.json(), serde_json::json!({"a": 1, "b": [{"x": "{{ y }}", "z": "no"}]}));
        let Is::Map(entries) = &root.is else { panic!("a map") };
        let Is::List(items) = &entries[1].value.is else { panic!("a list") };
        let Is::Map(inner) = &items[0].is else { panic!("a map") };
        assert_eq!((inner[1].key_at.line, inner[1].key_at.column), (4, 5));
        assert_eq!((inner[0].value.at.line, inner[0].value.at.column), (3, 8));
    }

    #[test]
    fn says_what_is_no_part_of_the_language_and_where() {
        assert_eq!(mistakes_of("a: 1\na: 2\n")[0].0, 2);
        assert!(mistakes_of("a: &x 1\nb: *x\n").iter().any(|m| m.0 == 2 && m.2.contains("alias")));
        assert!(mistakes_of("a: !!binary aGk=\n")[0].2.contains("tag"));
        assert!(mistakes_of("a: {{ node }}\n").iter().any(|m| m.2.contains("cannot be a key")));
        assert!(mistakes_of("a: [1\n")[0].2.contains("not YAML"));
        assert!(mistakes_of("")[0].2.contains("empty"));
        assert!(mistakes_of("a: 1\n---\nb: 2\n")[0].2.contains("second document"));
        assert!(mistakes_of(&format!("{}{}", "[".repeat(40), "]".repeat(40)))[0].2.contains("deep"));
        assert!(!mistakes_of(&"[".repeat(5_000)).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "[a-z:\\[\\]{}&*!|>\"' \n-]{0,200}") {
            let mut mistakes = Mistakes::new("x.yaml");
            let root = read(&text, &mut mistakes);
            proptest::prop_assert!(root.is_some() || !mistakes.all().is_empty());
        }
    }
}
