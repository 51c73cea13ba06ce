//! The documents say what is so: links lead somewhere, commands that are named exist, and the site file's example is read.
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<(PathBuf, String)> {
    let mut out = vec![root().join("README.md")];
    for folder in ["docs", "docs/decisions"] {
        let files = std::fs::read_dir(root().join(folder)).expect("a folder").flatten().map(|e| e.path());
        out.extend(files.filter(|p| p.extension().is_some_and(|e| e == "md")));
    }
    out.sort();
    out.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).expect("a text"))).collect()
}

/// What stands behind `](`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        for link in links(&text).filter(|l| !l.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            assert!(to.exists(), "{}: {link} leads nowhere", path.display());
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(&to).expect("a text");
                let found = there.lines().filter(|l| l.starts_with('#')).any(|l| slug(l) == anchor);
                assert!(found, "{}: {link}: no heading is called so", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} links: are they still found?");
}

/// As forges make anchors of headings.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter_map(|c| if c == ' ' { Some('-') } else { (c.is_alphanumeric() || c == '-' || c == '_').then_some(c) })
        .collect()
}

/// The first mistake in a command as a document shows it: a subcommand or a long option that does not exist.
fn mistake(shown: &str) -> Option<String> {
    let mut command = bellboard::cli::definition();
    command.build();
    for word in shown.split_whitespace().skip(1) {
        if let Some(option) = word.strip_prefix("--") {
            let option = option.split(['=', ']']).next().unwrap_or_default();
            let known = command.get_arguments().any(|a| a.get_long() == Some(option));
            if !known && option != "help" && option != "version" {
                return Some(format!("`{}` has no option --{option}", command.get_name()));
            }
        } else if command.has_subcommands() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            match command.find_subcommand(word) {
                Some(below) => command = below.clone(),
                None => return Some(format!("`{}` has no command {word}", command.get_name())),
            }
        }
    }
    None
}

/// Everything between backquotes, and every line of a shell example, that begins with the program's name.
fn commands(text: &str) -> Vec<String> {
    let fenced = text.split("```").skip(1).step_by(2);
    let lines = fenced.flat_map(str::lines).filter(|l| l.starts_with("bellboard"));
    let unfenced: String = text.split("```").step_by(2).collect();
    let quoted: Vec<String> = unfenced.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let quoted = quoted.into_iter().filter(|q| q == "bellboard" || q.starts_with("bellboard "));
    lines.map(|l| l.split('#').next().unwrap_or_default().to_owned()).chain(quoted).collect()
}

#[test]
fn commands_that_are_named_exist() {
    let mut seen = 0;
    for (path, text) in documents() {
        for command in commands(&text) {
            let one = command.replace('\n', " ");
            assert_eq!(mistake(&one), None, "{}: `{one}`", path.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} commands: are they still found?");
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    assert!(mistake("bellboard nosuch").is_some());
    assert!(mistake("bellboard runbook nosuch").is_some());
    assert!(mistake("bellboard demo --nosuch").is_some());
    assert!(mistake("bellboard runbook plan drain-node --input node=gpu-4").is_none());
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a text");
    let command = bellboard::cli::definition();
    for below in command.get_subcommands() {
        assert!(
            readme.contains(&format!("`{}`", below.get_name()))
                || readme.contains(&format!("`bellboard {}", below.get_name())),
            "the README does not name `{}`",
            below.get_name()
        );
    }
}

#[test]
fn every_site_key_is_in_its_document() {
    let document = std::fs::read_to_string(root().join("docs/site-file.md")).expect("a text");
    for key in [
        "time_zone",
        "production",
        "operators",
        "autoscaled",
        "keep_default",
        "queue_wait",
        "disk_free",
        "clock_diff",
        "node_offline",
        "node_marked",
        "dirs",
        "keyring",
    ] {
        assert!(document.contains(key), "docs/site-file.md does not name `{key}`");
    }
}
