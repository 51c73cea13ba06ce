//! `bellboard runbook list|show|check|verbs`: what there is, without any controller.
use std::path::{Path, PathBuf};

use super::super::args::Common;
use super::super::out::Out;
use super::super::session;
use crate::actions::VERBS;
use crate::app::{Exit, Failed, house};
use crate::base::{Clock, SystemClock, Text};
use crate::runbook::{self, Catalogue, VerbSpec};
use crate::views::{self, Context, Row, RunbookRow, plain};

/// Built-in runbooks and, where there is a site file, its own.
fn catalogue(common: &Common) -> Result<(Catalogue, Vec<runbook::Mistake>), Failed> {
    let own = match session::site(common) {
        Ok(found) => house::own_runbooks(&found.site).map_err(|e| Failed::new(Exit::Usage, e.as_str(), ""))?,
        // the built-in ones can be read before there is a site file
        Err(_) if common.site.is_none() && common.controller.is_none() => Vec::new(),
        Err(failed) => return Err(failed),
    };
    Ok(Catalogue::load(specs(), &own))
}

pub(super) fn list(common: &Common, out: &mut Out) -> Result<Exit, Failed> {
    let (catalogue, mistakes) = catalogue(common)?;
    let rows = RunbookRow::all(&catalogue);
    let context = Context { now: SystemClock.now(), several: false };
    if common.json {
        out.json(&views::json(&rows, &context))?;
    } else {
        out.text(&plain::table(&rows, out.width(), &context))?;
    }
    told(&mistakes, out)
}

pub(super) fn show(common: &Common, name: &str, out: &mut Out) -> Result<Exit, Failed> {
    let (catalogue, _) = catalogue(common)?;
    catalogue.runbook(name).map_err(|e| Failed::new(Exit::Usage, e.as_str(), "bellboard runbook list names them"))?;
    let info = catalogue.runbooks.iter().find(|r| r.name == *name);
    let Some(info) = info else { return Ok(Exit::Failed) };
    if common.json {
        let context = Context { now: SystemClock.now(), several: false };
        out.json(&RunbookRow { info: info.clone() }.json(&context))?;
        return Ok(Exit::Fine);
    }
    out.line(&format!("{}: {}\n{}\n", info.name, info.title, info.about.trim()))?;
    for input in &info.inputs {
        let default = input.default.as_ref().map_or_else(|| "must be given".to_owned(), |d| format!("default {d}"));
        out.line(&format!("  --input {}=…   {}; {default}. {}", input.name, input.kind.word(), input.about))?;
    }
    if let Some(undo) = &info.undo {
        out.line(&format!("  undone by {undo}"))?;
    }
    out.line(&format!("\n{}", Text::block(&info.text).trim_end()))?;
    Ok(Exit::Fine)
}

/// What a repository of runbooks runs in its own CI.
pub(super) fn check(common: &Common, files: &[PathBuf], out: &mut Out) -> Result<Exit, Failed> {
    let verbs = specs();
    let mut mistakes = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|e| Failed::new(Exit::Usage, format!("{} cannot be read: {e}", file.display()), ""))?;
        mistakes.extend(runbook::parse(&shown(file), &text, &verbs).1);
    }
    if common.json {
        out.json(&mistakes)?;
        return Ok(if mistakes.is_empty() { Exit::Fine } else { Exit::Usage });
    }
    if mistakes.is_empty() {
        out.line(&format!("{} without mistakes", if files.len() == 1 { "one file" } else { "all files" }))?;
    }
    told(&mistakes, out)
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

fn told(mistakes: &[runbook::Mistake], out: &mut Out) -> Result<Exit, Failed> {
    if mistakes.is_empty() {
        return Ok(Exit::Fine);
    }
    out.flush()?;
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Err(Failed::new(Exit::Usage, lines.join("\n"), ""))
}

pub(super) fn verbs(common: &Common, out: &mut Out) -> Result<Exit, Failed> {
    let verbs = specs();
    if common.json {
        out.json(&verbs)?;
        return Ok(Exit::Fine);
    }
    for verb in verbs {
        out.line(&format!("{}  ({})", verb.name, format!("{:?}", verb.class).to_lowercase()))?;
        out.line(&format!("    {}", verb.doc))?;
        for param in verb.params {
            out.line(&format!("    {}: {}. {}", param.name, param.kind.word(), param.doc))?;
        }
    }
    Ok(Exit::Fine)
}

fn specs() -> Vec<&'static VerbSpec> {
    VERBS.iter().map(|verb| verb.spec()).collect()
}
