//! The site file: what is read, and that every mistake is found with its place and a hint.
use super::*;

fn read(text: &str) -> Site {
    Site::parse(text, "site.toml").unwrap_or_else(|m| panic!("{m:?}"))
}

fn mistakes(text: &str) -> Vec<String> {
    Site::parse(text, "site.toml").err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

const LEAST: &str = "[[controller]]\nid = \"prod\"\nurl = \"https://ci.example.org/jenkins\"\n";

#[test]
fn the_documented_example_is_read() {
    let doc = include_str!("../../docs/site-file.md");
    let example = doc.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let site = read(example);
    assert_eq!(site.name, "TVM CI");
    assert_eq!(site.time_zone.as_deref(), Some("America/Los_Angeles"));
    let [prod, staging] = site.controllers.as_slice() else { panic!("{:?}", site.controllers) };
    assert!(prod.production && !staging.production);
    assert_eq!(prod.keep, [(Text::line("GPU"), 60), (Text::line("doc"), 0)]);
    assert_eq!(prod.credential.as_ref().unwrap().secret, SecretSource::Env("BELLBOARD_PROD_TOKEN".into()));
    assert_eq!(staging.credential, None);
    assert_eq!(site.bells.disk_free, 5_000_000_000);
    assert_eq!(site.bells.queue_wait, Duration::from_secs(600));
}

#[test]
fn the_least_file_has_defaults_and_its_url_ends_in_a_slash() {
    let site = read(LEAST);
    assert_eq!(site.controllers[0].url.as_str(), "https://ci.example.org/jenkins/");
    assert_eq!(site.controllers[0].keep_default, KEEP_DEFAULT);
    assert_eq!(site.bells, BellLimits::default());
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place_and_a_hint() {
    let found = mistakes(
        "[site]\nnam = \"x\"\ntime_zone = \"Mars/Olympus\"\n\n[[controller]]\nid = \"prod\"\nurl = \"ftp://ci\"\n\
         production = \"yes\"\nkeep = { GPU = \"160%\", CPU = 5 }\noperator = [\"mary\"]\n\n\
         [[controller]]\nurl = \"https://b/\"\n\n[bells]\nqueue_wait = \"soon\"\ndisk_free = \"5\"\n",
    );
    let places: Vec<&str> = found.iter().map(|m| m.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "site.toml:2:1",
            "site.toml:3:13",
            "site.toml:7:7",
            "site.toml:8:14",
            "site.toml:9:16",
            "site.toml:9:30",
            "site.toml:10:1",
            "site.toml:12:1",
            "site.toml:16:14",
            "site.toml:17:13"
        ],
        "{found:#?}"
    );
    assert!(found[0].contains("did you mean `name`?"), "{}", found[0]);
    assert!(found[6].contains("did you mean `operators`?"), "{}", found[6]);
    assert!(found.iter().all(|m| m.contains("\n    ")), "each has a hint: {found:#?}");
}

#[test]
fn a_secret_in_clear_text_is_refused_and_not_repeated() {
    for line in
        ["token = \"hunter2\"", "password = \"hunter2\"", "token = { value = \"hunter2\" }", "token = [\"hunter2\"]"]
    {
        let found = mistakes(&format!("{LEAST}user = \"mary\"\n{line}\n")).join("\n");
        assert!(!found.is_empty() && !found.contains("hunter2"), "{line}: {found}");
    }
    let found = mistakes(&format!("{LEAST}user = \"mary\"\ntoken = \"hunter2\"\n")).join("\n");
    assert!(found.contains("keyring") && found.contains("bellboard login"), "{found}");
    let found = mistakes("[[controller]]\nid = \"a\"\nurl = \"https://mary:hunter2@ci/\"\n").join("\n");
    assert!(found.contains("no password") && !found.contains("hunter2"), "{found}");
    let found = mistakes("[[controller]]\nid = \"a\"\nurl = \"mary:hunter2@ci\"\n").join("\n");
    assert!(!found.is_empty() && !found.contains("hunter2"), "{found}");
}

#[test]
fn where_a_secret_comes_from() {
    for (line, source) in [
        ("token = { env = \"T\" }", SecretSource::Env("T".into())),
        ("password = { file = \"/run/t\" }", SecretSource::File("/run/t".into())),
        ("token = { command = [\"pass\", \"ci\"] }", SecretSource::Command(vec!["pass".into(), "ci".into()])),
        ("token = { keyring = \"bb\" }", SecretSource::Keyring { service: "bb".into(), user: "mary".into() }),
    ] {
        let site = read(&format!("{LEAST}user = \"mary\"\n{line}\n"));
        assert_eq!(site.controllers[0].credential.as_ref().unwrap().secret, source);
    }
    for line in ["token = {}", "token = { env = \"A\", file = \"B\" }", "token = { envv = \"A\" }"] {
        assert_eq!(mistakes(&format!("{LEAST}user = \"mary\"\n{line}\n")).len(), 1, "{line}");
    }
}

#[test]
fn user_and_token_belong_together() {
    for line in [
        "user = \"mary\"",
        "token = { env = \"T\" }",
        "user = \"m\"\ntoken = { env = \"T\" }\npassword = { env = \"P\" }",
    ] {
        assert_eq!(mistakes(&format!("{LEAST}{line}\n")).len(), 1, "{line}");
    }
}

#[test]
fn controllers_are_told_apart() {
    let found = mistakes(&format!("{LEAST}{LEAST}"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("site.toml:5:6: two controllers are called `prod`"), "{}", found[0]);
    let found = mistakes(&format!("{LEAST}colour = 1\n{LEAST}"));
    assert_eq!(found.len(), 2, "also when something else is wrong with one: {found:?}");
    assert!(mistakes("[site]\nname = \"x\"\n")[0].contains("has no `controller`"));
    assert!(mistakes("[controller]\nid = \"x\"\n")[0].contains("two brackets"));
    assert!(
        mistakes("[[controller]]\nid = \"a b\"\nurl = \"https://x/\"\n")[0].contains("cannot be a controller's id")
    );
}

#[test]
fn what_is_not_toml_is_a_mistake_and_what_follows_is_still_read() {
    let found = mistakes("[site]\nname =\n\n[[controller]]\nid = \"a\"\nurl = \"nonsense\"\n");
    assert!(found[0].starts_with("site.toml:2:"), "{found:?}");
    assert!(found.iter().any(|m| m.contains("`nonsense` is no URL")), "{found:?}");
}

#[test]
fn sizes_and_shares() {
    assert_eq!(size("5 GB"), Ok(5_000_000_000));
    assert_eq!(size("1.5gb"), Ok(1_500_000_000));
    assert_eq!(size("2 GiB"), Ok(2 << 30));
    assert!(["5", "GB", "-1 GB", "1.x GB", "99999999999 TB"].into_iter().all(|t| size(t).is_err()));
    assert_eq!(percent("0%"), Ok(0));
    assert!(["60", "101%", "-1%", "%"].into_iter().all(|t| percent(t).is_err()));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_fall_over(text in "[\\[\\]a-z= \"\n{}#.0-9]{0,200}") {
        let _ = Site::parse(&text, "site.toml").map_err(|m| assert!(!m.is_empty()));
    }
}
