//! Calls go down only: reads the tables of docs/architecture.md and every path in `src`, and fails on what they do not allow.
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/rules.rs"]
mod rules;

use std::path::Path;

use paths::{Used, of_source, of_tree};
use rules::Rules;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> Rules {
    let doc = std::fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md");
    Rules::parse(&doc).expect("the tables of docs/architecture.md")
}

#[test]
fn calls_go_down_only() {
    let tree = of_tree(&root().join("src"));
    assert!(tree.unreached.is_empty(), "files that no `mod` names: {:?}", tree.unreached);
    let mut found = rules().forbidden(&tree.used, &tree.rooms);
    found.extend(rules().untrue(&tree.used, &tree.rooms));
    assert!(found.is_empty(), "docs/architecture.md is not what is so:\n{}", found.join("\n"));
}

/// A house of three rooms: `attic` over `hall` over `base`; `cellar` is planned.
const HOUSE: &str = "
| room | holds | may use |
|---|---|---|
| `base` | ground | – |
| `hall` | things | base |
| `attic` | more things | hall |

| planned room | will hold | will use |
|---|---|---|
| `cellar` | wine | hall |

| crate | its rooms |
|---|---|
| `tokio` | hall |
| `std::process::Command` | attic |
";

fn house(sources: &[(&str, &str)]) -> Vec<String> {
    let rules = Rules::parse(HOUSE).expect("a house");
    let used: Vec<Used> = sources.iter().flat_map(|(room, text)| of_source(room, text)).collect();
    let rooms = ["base", "hall", "attic"].map(str::to_owned).into();
    let mut found = rules.forbidden(&used, &rooms);
    found.extend(rules.untrue(&used, &rooms));
    found
}

const SOUND: [(&str, &str); 2] =
    [("hall", "use crate::base::Text; use tokio::sync::mpsc;"), ("attic", "use crate::hall::Chair;")];

/// What is found when this is written in that room of a sound house.
fn with(room: &str, text: &str) -> Vec<String> {
    let mut sources = SOUND.to_vec();
    sources.push((room, text));
    house(&sources)
}

#[test]
fn a_sound_house_passes() {
    assert_eq!(house(&SOUND), Vec::<String>::new());
    assert_eq!(with("attic", "use crate::base::Text;"), Vec::<String>::new(), "what a lower room may use");
    assert_eq!(with("hall", "use super::hall::Chair; use self::x::Y;"), Vec::<String>::new(), "itself");
}

#[test]
fn a_call_upwards_is_found_however_it_is_written() {
    for text in [
        "use crate::attic::Trunk;",
        "use crate::{base::Text, attic};",
        "use super::attic::Trunk;",
        "mod inner { use super::super::attic::Trunk; }",
        "fn f() { crate::attic::open(); }",
        "fn f(_: &crate::attic::Trunk) {}",
        "fn f() { println!(\"{}\", crate::attic::LID); }",
        "impl crate::attic::Lid for Chair {}",
        "pub(crate) use crate::attic::Trunk as Box;",
    ] {
        let found = with("hall", text);
        assert!(found.iter().any(|f| f.contains("`hall` uses `attic`")), "{text}: {found:?}");
    }
}

#[test]
fn tests_of_a_room_may_use_any() {
    assert_eq!(with("hall", "#[cfg(test)] mod tests { use crate::attic::Trunk; }"), Vec::<String>::new());
    assert_eq!(with("hall", "#[test] fn f() { crate::attic::open(); }"), Vec::<String>::new());
}

#[test]
fn an_edge_that_nobody_uses_is_found() {
    let found = house(&[SOUND[0]]);
    assert!(found.iter().any(|f| f.contains("`attic` may use `hall` and does not")), "{found:?}");
}

#[test]
fn a_crate_outside_its_rooms_is_found() {
    for (room, text) in [
        ("attic", "use tokio::time::sleep;"),
        ("attic", "use ::tokio as t;"),
        ("attic", "async fn f() { tokio::select! {} }"),
        ("hall", "use std::process::Command;"),
        ("hall", "use std::process;"),
        ("hall", "use std::process::*;"),
        ("hall", "fn f() { let _ = std::process::Command::new(\"x\"); }"),
    ] {
        let found = with(room, text);
        assert!(found.iter().any(|f| f.contains("has its doors")), "{text}: {found:?}");
    }
    assert_eq!(with("hall", "use std::process::ExitCode;"), Vec::<String>::new());
}

#[test]
fn rooms_that_the_table_does_not_know_and_rooms_that_are_not_there_are_found() {
    let found = with("pantry", "use crate::base::Text;");
    assert!(found.iter().any(|f| f.contains("`pantry` is not in the table")), "{found:?}");
    let rules = Rules::parse(HOUSE).unwrap();
    let used: Vec<Used> = SOUND.iter().flat_map(|(room, text)| of_source(room, text)).collect();
    let found = rules.untrue(&used, &["base", "hall"].map(str::to_owned).into());
    assert!(found.iter().any(|f| f.contains("`attic` is in the table and not in src")), "{found:?}");
    let found = rules.untrue(&used, &["base", "hall", "attic", "cellar"].map(str::to_owned).into());
    assert!(found.iter().any(|f| f.contains("`cellar` is built")), "{found:?}");
}

#[test]
fn a_table_with_a_circle_is_refused() {
    let round = HOUSE.replace("| `hall` | things | base |", "| `hall` | things | attic |");
    let error = Rules::parse(&round).unwrap_err();
    assert!(error.contains("circle"), "{error}");
}
