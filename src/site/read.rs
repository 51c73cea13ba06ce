//! The site file's own tables: what each key means and which values it may have.
use std::time::Duration;

use toml::de::{DeTable, DeValue};
use url::Url;

use super::table::{Notes, Table, Value, kind};
use super::{BellLimits, Controller, Credential, CredentialKind, Mistake, SecretSource, Site};
use crate::base::{Span, Text};
use crate::model::ControllerId;

/// Share of a label's executors that must go on accepting builds, where the file says nothing.
const KEEP_DEFAULT: u8 = 50;

const SECRET: &str = "a secret never stands in the site file; write { env = \"NAME\" }, { file = \"PATH\" }, \
                      { command = [\"pass\", \"show\", \"ci\"] } or { keyring = \"SERVICE\" } (`bellboard login` stores it)";

pub(super) fn site(text: &str, file: &str) -> Result<Site, Vec<Mistake>> {
    let notes = Notes::new(file, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        notes.add(&span, format!("not TOML: {}", error.message()), "see https://toml.io for how TOML is written");
    }
    let site = root_table(&Table::new("the site file", root.span(), root.get_ref(), &notes), &notes);
    let mistakes = notes.take();
    if mistakes.is_empty() { Ok(site) } else { Err(mistakes) }
}

fn root_table<'t>(root: &Table<'_, 't>, notes: &Notes<'t>) -> Site {
    let mut site = Site {
        name: Text::line("this site"),
        time_zone: None,
        controllers: Vec::new(),
        runbook_dirs: Vec::new(),
        bells: BellLimits::default(),
    };
    if let Some(table) = part(root, "site", "[site]", notes) {
        if let Some((name, _)) = table.text("name", "write name = \"TVM CI\"") {
            site.name = Text::line(name);
        }
        site.time_zone = table.parsed("time_zone", "write an IANA name like \"America/Los_Angeles\"", time_zone);
        table.finish();
    }
    site.controllers = controllers(root, notes);
    if let Some(table) = part(root, "runbooks", "[runbooks]", notes) {
        site.runbook_dirs = table.texts("dirs", "write dirs = [\"../runbooks\"]");
        table.finish();
    }
    if let Some(table) = part(root, "bells", "[bells]", notes) {
        site.bells = bells(&table);
        table.finish();
    }
    root.unknown();
    site
}

fn part<'a, 't>(
    root: &Table<'a, 't>,
    key: &'static str,
    name: &'static str,
    notes: &Notes<'t>,
) -> Option<Table<'a, 't>> {
    Table::of(name, root.get(key)?, &format!("write {name} on a line of its own and its keys below"), notes)
}

fn time_zone(name: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(format!("no time zone is called `{name}`")),
    }
}

fn controllers<'t>(root: &Table<'_, 't>, notes: &Notes<'t>) -> Vec<Controller> {
    const HINT: &str =
        "write [[controller]] with two brackets, then id = \"prod\" and url = \"https://ci.example.org/\"";
    let Some(value) = root.get("controller") else {
        root.missing("controller", HINT);
        return Vec::new();
    };
    let DeValue::Array(items) = value.get_ref() else {
        notes.add(&value.span(), format!("`controller` is {}, not a list of tables", kind(value.get_ref())), HINT);
        return Vec::new();
    };
    if items.is_empty() {
        root.missing("controller", HINT);
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut out: Vec<Controller> = Vec::new();
    for item in items.iter() {
        let Some(table) = Table::of("[[controller]]", item, HINT, notes) else { continue };
        // whatever else is wrong with them: two of one name are a mistake
        if let Some((id, span)) = table.get("id").and_then(|id| Some((id.get_ref().as_str()?, id.span()))) {
            if seen.contains(&id) {
                let hint = "give each an id of its own: it names the controller on every screen and in the journal";
                notes.add(&span, format!("two controllers are called `{id}`"), hint);
            }
            seen.push(id);
        }
        out.extend(controller(table));
    }
    out
}

/// One controller; none where it has no usable id or URL, which is noted.
fn controller(table: Table<'_, '_>) -> Option<Controller> {
    let id = table.required("id", "write id = \"prod\"").and_then(|(text, span)| {
        let fine = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !fine {
            let hint = "use letters, digits, `-`, `_` and `.`: people type it on command lines";
            table.notes.add(&span, format!("`{text}` cannot be a controller's id"), hint);
        }
        fine.then(|| ControllerId::new(text))
    });
    let url_hint = "write url = \"https://ci.example.org/\", with the path if Jenkins lives under one";
    let url = table.required("url", url_hint).and_then(|(text, span)| {
        url(text).map_err(|(what, hint)| table.notes.add(&span, format!("`url`: {what}"), hint)).ok()
    });
    let production = table.flag("production").unwrap_or(false);
    let credential = credential(&table);
    let operators = table.texts("operators", "write operators = [\"mary\"], as the controller's /whoAmI names them");
    let autoscaled = table.texts("autoscaled", "write autoscaled = [\"i-*\"]: names of nodes, `*` stands for anything");
    let keep = keep(&table);
    let keep_default = table.parsed("keep_default", "write keep_default = \"50%\"", percent).unwrap_or(KEEP_DEFAULT);
    table.finish();
    Some(Controller {
        id: id?,
        url: url?,
        production,
        credential,
        operators: operators.iter().map(|o| Text::line(o)).collect(),
        autoscaled,
        keep,
        keep_default,
    })
}

fn url(text: &str) -> Result<Url, (String, &'static str)> {
    const PLAIN: &str = "write url = \"https://ci.example.org/\", with the path if Jenkins lives under one";
    if text.contains('@') {
        // what stands before it may be a secret and is not repeated
        return Err((
            "a URL here holds no user and no password".to_owned(),
            "write `user` and `token` as keys of their own",
        ));
    }
    let mut url = Url::parse(text).map_err(|e| (format!("`{text}` is no URL: {e}"), PLAIN))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err((
            format!("`{}` is not a scheme that Jenkins answers on", url.scheme()),
            "write https:// or http://",
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err((format!("`{text}` names no host"), PLAIN));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err((format!("`{text}` has a query or a fragment"), "write the address of Jenkins' first page only"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn credential(table: &Table<'_, '_>) -> Option<Credential> {
    let user = table.text("user", "write user = \"mary\"");
    let (token, password) = (table.get("token"), table.get("password"));
    let (value, kind) = match (token, password) {
        (Some(_), Some(password)) => {
            let what = "a controller is given a token and a password";
            table.notes.add(&password.span(), what, "keep the token: it needs no crumb and can be withdrawn by itself");
            return None;
        }
        (Some(token), None) => (token, CredentialKind::Token),
        (None, Some(password)) => (password, CredentialKind::Password),
        (None, None) => {
            if let Some((_, span)) = user {
                let hint = "add token = { env = \"NAME\" }, or leave `user` out to read as anonymous";
                table.notes.add(&span, "a user without a token", hint);
            }
            return None;
        }
    };
    let (name, user) = match user {
        Some((name, _)) => (Text::line(name), name),
        None if table.get("user").is_some() => return None,
        None => {
            table.notes.add(&value.span(), "a token without a user", "add user = \"NAME\": whose token it is");
            return None;
        }
    };
    Some(Credential { user: name, kind, secret: secret(value, user, &table.notes)? })
}

/// Where a secret is found. Its own text is never part of a message.
fn secret<'t>(value: &Value<'t>, user: &str, notes: &Notes<'t>) -> Option<SecretSource> {
    if value.get_ref().is_str() {
        notes.add(&value.span(), "a secret stands in the site file in clear text", SECRET);
        return None;
    }
    let table = Table::of("a secret's source", value, SECRET, notes)?;
    let sources = [
        table.text("env", "write env = \"BELLBOARD_TOKEN\"").map(|(name, _)| SecretSource::Env(name.to_owned())),
        table.text("file", "write file = \"~/.config/bellboard/token\"").map(|(p, _)| SecretSource::File(p.to_owned())),
        Some(table.texts("command", "write command = [\"pass\", \"show\", \"ci\"]"))
            .filter(|words| !words.is_empty())
            .map(SecretSource::Command),
        table
            .text("keyring", "write keyring = \"bellboard\"")
            .map(|(service, _)| SecretSource::Keyring { service: service.to_owned(), user: user.to_owned() }),
    ];
    let span = table.span();
    let given = table.keys().count();
    table.finish();
    let mut found = sources.into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        (Some(_), Some(_)) => {
            notes.add(&span, "a secret has more than one source", "keep one of env, file, command and keyring");
            None
        }
        (None, _) => {
            if given == 0 {
                notes.add(&span, "a secret's source is empty", SECRET);
            }
            None
        }
    }
}

fn keep(table: &Table<'_, '_>) -> Vec<(Text, u8)> {
    const HINT: &str = "write keep = { GPU = \"60%\" }";
    let Some(value) = table.get("keep") else { return Vec::new() };
    let Some(labels) = Table::of("`keep`", value, HINT, &table.notes) else { return Vec::new() };
    let mut out = Vec::new();
    for (label, _, value) in labels.keys() {
        let Some(text) = value.get_ref().as_str() else {
            labels.wrong(label, value, "a share in quotes", HINT);
            continue;
        };
        match percent(text) {
            Ok(share) => out.push((Text::line(label), share)),
            Err(what) => table.notes.add(&value.span(), format!("`keep` of {label}: {what}"), HINT),
        }
    }
    out
}

fn percent(text: &str) -> Result<u8, String> {
    let wrong = || format!("`{text}` is not a share; write one from 0% to 100%");
    let number = text.trim().strip_suffix('%').ok_or_else(wrong)?.trim();
    number.parse::<u8>().ok().filter(|n| *n <= 100).ok_or_else(wrong)
}

fn bells(table: &Table<'_, '_>) -> BellLimits {
    let usual = BellLimits::default();
    let span =
        |key, usual: Duration| table.parsed(key, "write a length of time like \"10m\"", duration).unwrap_or(usual);
    BellLimits {
        queue_wait: span("queue_wait", usual.queue_wait),
        disk_free: table.parsed("disk_free", "write a size like \"5 GB\"", size).unwrap_or(usual.disk_free),
        clock_diff: span("clock_diff", usual.clock_diff),
        node_offline: span("node_offline", usual.node_offline),
        node_marked: span("node_marked", usual.node_marked),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Span>().map(|s| s.0)
}

/// Bytes, in decimal units as disks are sold: `500 MB`, `5GB`, `1.5 TB`; `GiB` and the like are powers of two.
fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 8] = [
        ("KIB", 1 << 10),
        ("MIB", 1 << 20),
        ("GIB", 1 << 30),
        ("TIB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    let wrong = || format!("`{text}` is not a size; write one like \"5 GB\"");
    let upper = text.trim().to_uppercase();
    let (number, unit) =
        UNITS.iter().find_map(|(unit, size)| Some((upper.strip_suffix(unit)?, *size))).ok_or_else(wrong)?;
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let tenths: u64 = part.get(..1).unwrap_or("x").parse().map_err(|_| wrong())?;
    whole.checked_mul(unit).and_then(|n| n.checked_add(tenths * (unit / 10))).ok_or_else(wrong)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
