//! `bellboard init`: a site file to begin with.
use std::io::Write;

use super::args::{Common, Init};
use super::out::Out;
use crate::app::{Exit, Failed, places};

pub(super) fn run(common: &Common, args: &Init, out: &mut Out) -> Result<Exit, Failed> {
    let id = common.controller.as_deref().unwrap_or("prod");
    let text = text(id, args.url.as_deref(), args.user.as_deref());
    // a URL or a name that the site file refuses is refused before it is written
    places::parse(&text, &args.file)?;
    let made = std::fs::File::options().write(true).create_new(true).open(&args.file);
    let wrote = made.and_then(|mut file| file.write_all(text.as_bytes()));
    wrote.map_err(|e| {
        let hint = "name another file: bellboard init FILE";
        Failed::new(Exit::Usage, format!("{} was not written: {e}", args.file.display()), hint)
    })?;
    out.line(&format!("wrote {}", args.file.display()))?;
    let site = format!("--site {} ", args.file.display());
    let site = if args.file.as_os_str() == "bellboard.toml" { "" } else { &site };
    if args.url.is_none() {
        out.line("next: put your controller's address into it")?;
    }
    out.line(&format!("then: bellboard {site}doctor   checks it and says what is missing"))?;
    Ok(Exit::Fine)
}

/// A whole file, with what most people change first at the top and the rest commented out.
fn text(id: &str, url: Option<&str>, user: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let url = quoted(url.unwrap_or("https://ci.example.org/"));
    let variable: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let account = match user {
        Some(user) => format!(
            "user = {user}\n# an API token of that account, from /me/configure; never the secret itself:\n\
             token = {{ env = \"BELLBOARD_{variable}_TOKEN\" }}   # or file = \"…\", command = [\"pass\", …], keyring = \"bellboard\"\n\
             # who may act, as the controller names them (bellboard doctor says how); nobody else can change anything:\n\
             # operators = [{user}]\n",
            user = quoted(user)
        ),
        None => "# read as anonymous; for an account of your own:\n# user = \"mary\"\n\
                 # token = { keyring = \"bellboard\" }   # `bellboard login` puts it there; or env, file, command\n\
                 # operators = [\"mary\"]\n"
            .to_owned(),
    };
    format!(
        "# A site file of bellboard; docs/site-file.md explains every key.\n\n[[controller]]\nid = {}\nurl = {url}\n\
         {account}# production = true        # marks its screens\n# autoscaled = [\"i-*\"]      # nodes that come and go\n\
         # keep = {{ GPU = \"60%\" }}   # share of a label's executors that must go on accepting builds\n",
        quoted(id)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_writes_is_a_site_file() {
        let path = std::path::Path::new("bellboard.toml");
        for (url, user) in [(None, None), (Some("http://127.0.0.1:8080/jenkins"), Some("mary \"m\" jones"))] {
            let found = places::parse(&text("ci-1", url, user), path).expect("a site file");
            let controller = &found.site.controllers[0];
            assert_eq!(controller.credential.as_ref().map(|c| c.user.to_string()), user.map(str::to_owned));
            assert!(controller.operators.is_empty(), "nobody may act before somebody says so");
        }
        assert!(places::parse(&text("ci", Some("ftp://x"), None), path).is_err());
    }
}
