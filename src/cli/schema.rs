//! `bellboard schema`: the JSON schemas of what commands print.
use super::args::Schema;
use super::out::Out;
use crate::app::{Exit, Failed};
use crate::views;

pub(super) fn run(args: &Schema, out: &mut Out) -> Result<Exit, Failed> {
    let Some(name) = &args.name else {
        out.line(&views::SCHEMAS.join("\n"))?;
        return Ok(Exit::Fine);
    };
    let schema = views::schema(name).ok_or_else(|| {
        let hint = format!("there are: {}", views::SCHEMAS.join(", "));
        Failed::new(Exit::Usage, format!("there is no schema `{name}`"), hint)
    })?;
    out.json(&schema)?;
    Ok(Exit::Fine)
}
