//! The JSON schemas of what `bellboard runbook` prints: a plan, and the lines that follow a run.
use serde_json::{Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

fn time(about: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": about })
}

fn word(of: &[&str], about: &str) -> Value {
    json!({ "type": "string", "enum": of, "description": about })
}

fn or_null(kind: &Value) -> Value {
    json!({ "anyOf": [kind, { "type": "null" }] })
}

fn list(items: &Value, about: &str) -> Value {
    json!({ "type": "array", "items": items, "description": about })
}

/// An object with just these keys, all of them there.
fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|m| m.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn seconds(about: &str) -> Value {
    or_null(&json!({ "type": "integer", "description": about }))
}

/// `bellboard runbook plan --json`
pub fn plan() -> Value {
    let change = object(&json!({
        "on": text("what changes"), "about": text("what that is"), "from": text("as it is"), "to": text("as it will be"),
    }));
    let interruption = object(&json!({
        "build": text("the build"),
        "pull_request": or_null(&text("whose it is")),
        "ends": or_null(&time("when it should end, on the controller's clock")),
        "left": seconds("seconds it should still take"),
        "waited_for": json!({ "type": "boolean", "description": "true: it is waited for; false: it dies" }),
    }));
    let verdict = object(&json!({
        "guard": text("the guard"),
        "kind": word(&["passed", "warning", "refused", "unknown"], "its word; unknown counts as refused"),
        "text": text("why"),
        "data": text("what it was decided on"),
        "read_at": or_null(&time("when that was read")),
    }));
    let step = object(&json!({
        "id": text("the step"), "verb": text("its verb"), "depth": json!({ "type": "integer", "description": "how deep it is nested" }),
        "does": text("the call it would make, or what it waits for"),
    }));
    let confirm = json!({
        "type": "object",
        "properties": {
            "how": word(&["key", "typed", "typed_after_reading"], "what must be given before it starts"),
            "text": text("what must be typed"),
        },
        "required": ["how"],
        "additionalProperties": false,
    });
    let mut schema = object(&json!({
        "run": text("the name the run will have"),
        "runbook": text("its runbook"),
        "title": text("what it does"),
        "controller": text("where"),
        "production": json!({ "type": "boolean", "description": "whether that is marked production" }),
        "risk": word(&["low", "medium", "high", "critical"], "how dangerous"),
        "inputs": list(&list(&text("name, then value"), "one input"), "the inputs, filled in"),
        "subject": text("what it acts on"),
        "changes": list(&change, "what changes, by name"),
        "interrupted": list(&interruption, "builds that are waited for or die"),
        "irreversible": list(&text("a sentence"), "what cannot be undone"),
        "undo": text("how to undo it"),
        "takes": seconds("seconds it should take; null: nobody knows"),
        "verdicts": list(&verdict, "each guard's word"),
        "steps": list(&step, "its steps"),
        "confirm": confirm,
        "digest": text("of the runbook, the inputs and the scope"),
        "planned_at": time("when it was planned"),
    }));
    describe(&mut schema, "what a run would do; nothing was changed to find out");
    schema
}

/// A line of `bellboard runbook run|resume|… --json`: an event of the journal, or what a step waits for.
pub fn event() -> Value {
    let words = [
        "planned", "approved", "taken", "told", "entered", "judged", "intent", "handle", "outcome", "observed",
        "settled", "asked", "ended",
    ];
    let entry = json!({
        "type": "object",
        "description": "an entry of the run's journal; what else it holds depends on the word",
        "properties": {
            "seq": { "type": "integer", "description": "its number in the run, from 0" },
            "at": time("when"),
            "event": word(&words, "what happened"),
        },
        "required": ["seq", "at", "event"],
        "additionalProperties": true,
    });
    let waits = object(&json!({
        "step": text("the step that waits"), "says": text("for what"), "left_seconds": seconds("how long it should still take"),
    }));
    let mut schema = json!({
        "type": "object",
        "properties": { "run": text("the run"), "event": entry, "waits": waits },
        "required": ["run"],
        "additionalProperties": false,
    });
    describe(&mut schema, "a line about a run: an event, or what a step waits for");
    schema
}

fn describe(schema: &mut Value, about: &str) {
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".into(), DRAFT.into());
        map.insert("description".into(), about.into());
    }
}
