//! The keys of a row's JSON, declared once: from them come the schema and the test that rows keep to it.
use serde_json::{Map, Value, json};

use super::Row;

/// One key of a row's JSON.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// May be null: not known yet, or not there.
    pub null: bool,
    pub about: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    /// RFC 3339 in UTC with milliseconds.
    Time,
    Whole,
    Seconds,
    Yes,
    /// One of these words.
    Word(&'static [&'static str]),
    Texts,
    /// An object of these.
    Object(&'static [Field]),
    /// An array of objects of these.
    Objects(&'static [Field]),
    /// An object with any keys and strings in them.
    Strings,
}

/// A field that is always there.
pub const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, null: false, about }
}

/// A field that may be null.
pub const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, null: true, about }
}

/// The schema of an object of these.
pub fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = kind(field.kind);
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".to_owned(), Value::from(field.about));
        }
        if field.null {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> = fields.iter().map(|f| f.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Whole => json!({ "type": "integer" }),
        Kind::Seconds => json!({ "type": "integer", "minimum": 0 }),
        Kind::Yes => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Object(fields) => object(fields),
        Kind::Objects(fields) => json!({ "type": "array", "items": object(fields) }),
        Kind::Strings => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    }
}

/// The schema of an array of such rows.
pub fn rows_schema<R: Row>() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": R::NAME,
        "description": R::ABOUT,
        "type": "array",
        "items": object(R::JSON),
    })
}
