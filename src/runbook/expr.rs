//! Expressions in runbooks: Jinja without statements, undefined names are errors, and a lone `{{ }}` keeps its type.
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Value as Jinja};
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value};

/// What expressions may name: inputs, `run`, `site`, `controller`, `steps`.
pub type Context = Map<String, Value>;

/// The language itself; cheap to make.
#[derive(Debug)]
pub struct Language {
    env: Environment<'static>,
}

impl Default for Language {
    fn default() -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_recursion_limit(50);
        Self { env }
    }
}

impl Language {
    /// Fills in a value: each text in it, in lists and maps too.
    ///
    /// # Errors
    /// The expression and what is wrong with it.
    pub fn fill(&self, template: &Value, context: &Context) -> Result<Value, String> {
        match template {
            Value::String(text) => self.fill_text(text, context),
            Value::Array(items) => items.iter().map(|i| self.fill(i, context)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(k, v)| Ok((k.clone(), self.fill(v, context)?)))
                .collect::<Result<_, _>>()
                .map(Value::Object),
            other => Ok(other.clone()),
        }
    }

    fn fill_text(&self, text: &str, context: &Context) -> Result<Value, String> {
        if !has_expression(text) {
            return Ok(Value::from(text));
        }
        match lone(text) {
            Some(expression) => self.value(expression, context),
            None => {
                let names = Jinja::from_object(Named(context.clone()));
                self.env.render_str(text, names).map(Value::from).map_err(|e| said(text, &e))
            }
        }
    }

    /// What an expression comes to.
    ///
    /// # Errors
    /// The expression and what is wrong with it.
    pub fn value(&self, expression: &str, context: &Context) -> Result<Value, String> {
        let compiled = self.env.compile_expression(expression).map_err(|e| said(expression, &e))?;
        let names = Jinja::from_object(Named(context.clone()));
        let value = compiled.eval(names).map_err(|e| said(expression, &e))?;
        if value.is_undefined() {
            return Err(format!("`{expression}` is undefined"));
        }
        serde_json::to_value(&value).map_err(|e| format!("`{expression}` gives what cannot be used: {e}"))
    }

    /// Whether a `when` holds.
    ///
    /// # Errors
    /// The expression and what is wrong with it.
    pub fn holds(&self, when: &str, context: &Context) -> Result<bool, String> {
        let value = self.value(lone(when).unwrap_or(when), context)?;
        Ok(match value {
            Value::Null => false,
            Value::Bool(b) => b,
            Value::Number(n) => n.as_f64() != Some(0.0),
            Value::String(s) => !s.is_empty(),
            Value::Array(a) => !a.is_empty(),
            Value::Object(o) => !o.is_empty(),
        })
    }

    /// The names that a text's expressions use: `node`, `steps.idle`.
    ///
    /// # Errors
    /// What is wrong with its syntax.
    pub fn names(&self, text: &str) -> Result<Vec<String>, String> {
        if text.contains("{%") || text.contains("{#") {
            return Err("statements and comments (`{%`, `{#`) are not part of the language".to_owned());
        }
        let found = match lone(text) {
            Some(expression) => {
                self.env.compile_expression(expression).map_err(|e| said(expression, &e))?.undeclared_variables(true)
            }
            None => self.env.template_from_str(text).map_err(|e| said(text, &e))?.undeclared_variables(true),
        };
        let mut names: Vec<String> = found.into_iter().filter(|n| !n.is_empty()).collect();
        names.sort();
        Ok(names)
    }

    /// The names that a bare expression (`when:`) uses.
    ///
    /// # Errors
    /// What is wrong with its syntax.
    pub fn names_of_expression(&self, expression: &str) -> Result<Vec<String>, String> {
        let bare = lone(expression).unwrap_or(expression);
        let found = self.env.compile_expression(bare).map_err(|e| said(bare, &e))?.undeclared_variables(true);
        let mut names: Vec<String> = found.into_iter().collect();
        names.sort();
        Ok(names)
    }
}

/// Whether anything is to be filled in.
pub fn has_expression(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// The expression, if the text is one `{{ }}` and nothing else.
fn lone(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim())
}

fn said(expression: &str, error: &minijinja::Error) -> String {
    let kind = error.kind();
    match error.detail() {
        Some(detail) => format!("`{}`: {kind}: {detail}", expression.trim()),
        None => format!("`{}`: {kind}", expression.trim()),
    }
}

/// A map that is written as its `name` when it stands in a text, so that `node/{{ node }}` is `node/gpu-4`.
#[derive(Debug)]
struct Named(Map<String, Value>);

fn jinja(value: &Value) -> Jinja {
    match value {
        Value::Object(map) => Jinja::from_object(Named(map.clone())),
        Value::Array(items) => Jinja::from(items.iter().map(jinja).collect::<Vec<_>>()),
        other => Jinja::from_serialize(other),
    }
}

impl Object for Named {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.get(key.as_str()?).map(jinja)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|k| Jinja::from(k.as_str())).collect())
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.get("name").and_then(Value::as_str) {
            Some(name) => f.write_str(name),
            None => f.write_str(&Value::Object(self.0.clone()).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        let Value::Object(map) = json!({"node": {"name": "gpu-4", "labels": ["GPU", "doc"]}, "n": 3, "nothing": null})
        else {
            unreachable!()
        };
        map
    }

    #[test]
    fn a_lone_expression_keeps_its_type() {
        let language = Language::default();
        let fill = |t: Value| language.fill(&t, &context()).unwrap();
        assert_eq!(fill(json!("{{ node.labels }}")), json!(["GPU", "doc"]));
        assert_eq!(fill(json!("{{ n }}")), json!(3));
        assert_eq!(fill(json!("{{ node }}"))["name"], "gpu-4");
        assert_eq!(fill(json!({"a": ["node/{{ node }}", 1]})), json!({"a": ["node/gpu-4", 1]}));
        assert_eq!(fill(json!("{{ n }} of {{ n + 1 }}")), json!("3 of 4"));
    }

    #[test]
    fn what_is_undefined_is_an_error() {
        let language = Language::default();
        for text in ["{{ nod }}", "a {{ nod }}", "{{ node.adress }}", "a {{ node.adress }}", "{{ node.labels[7] }} x"] {
            assert!(language.fill(&json!(text), &context()).is_err(), "{text}");
        }
        assert!(language.holds("n > 2 and 'GPU' in node.labels", &context()).unwrap());
        assert!(!language.holds("{{ nothing }}", &context()).unwrap());
    }

    #[test]
    fn the_names_used_are_known_before_anything_runs() {
        let language = Language::default();
        assert_eq!(language.names("{{ node.address }} {{ n }}").unwrap(), ["n", "node.address"]);
        assert!(language.names("{{ node").is_err());
        assert!(language.names("{% for x in y %}").is_err());
        assert_eq!(language.names_of_expression("steps.idle.ok").unwrap(), ["steps.idle.ok"]);
    }
}
