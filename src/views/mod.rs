//! Each list once: columns, filters, sorting, JSON and its schema; the screen and the command print the same thing.
pub mod bells;
pub mod builds;
pub mod column;
pub mod fields;
pub mod filter;
pub mod nodes;
pub mod plain;
pub mod queue;
pub mod row;
mod run_schemas;
pub mod runbooks;
pub mod runs;
pub mod sources;
pub mod status;
pub mod survey;
pub mod words;

use serde_json::Value;

pub use bells::BellRow;
pub use builds::BuildRow;
pub use column::{Cell, Column, Context, Sort, Tone, fit};
pub use fields::{Field, Kind};
pub use filter::{Filter, FilterError, Finder};
pub use nodes::NodeRow;
pub use queue::QueueRow;
pub use row::{FilterField, Found, Key, Row};
pub use runbooks::RunbookRow;
pub use runs::RunRow;
pub use sources::SourceRow;
pub use status::status;
pub use survey::Survey;

/// The names that `schema` knows.
pub const SCHEMAS: [&str; 10] =
    ["status", "queue", "nodes", "builds", "runs", "sources", "bells", "runbooks", "plan", "event"];

/// The JSON Schema (draft 2020-12) of what a command prints with `--json`; none for a name that is not in `SCHEMAS`.
pub fn schema(name: &str) -> Option<Value> {
    Some(match name {
        "status" => status::schema(),
        "queue" => fields::rows_schema::<QueueRow>(),
        "nodes" => fields::rows_schema::<NodeRow>(),
        "builds" => fields::rows_schema::<BuildRow>(),
        "runs" => fields::rows_schema::<RunRow>(),
        "sources" => fields::rows_schema::<SourceRow>(),
        "bells" => fields::rows_schema::<BellRow>(),
        "runbooks" => fields::rows_schema::<RunbookRow>(),
        "plan" => run_schemas::plan(),
        "event" => run_schemas::event(),
        _ => return None,
    })
}

/// Rows as one JSON array.
pub fn json<R: Row>(rows: &[R], context: &Context) -> Value {
    rows.iter().map(|row| row.json(context)).collect()
}

/// Rows as CSV with a header (RFC 4180); cells as on the screen. A cell that a spreadsheet would run as a formula gets
/// an apostrophe before it: texts come from outside.
pub fn csv<'a, R: Row + 'a>(rows: impl IntoIterator<Item = &'a R>, context: &Context) -> String {
    let quote = |text: &str| {
        let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |cells: Vec<String>| cells.iter().map(|c| quote(c)).collect::<Vec<_>>().join(",") + "\r\n";
    let mut out = line(R::COLUMNS.iter().map(|c| c.id.to_owned()).collect());
    for row in rows {
        out += &line(R::COLUMNS.iter().map(|c| (c.cell)(row, context).text.into_owned()).collect());
    }
    out
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
