//! Where files are: the site file, the journal, and what a person may replace.
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::failed::{Exit, Failed};
use crate::site::{SecretSource, Site};

/// The environment variable that names a site file.
pub const SITE_VARIABLE: &str = "BELLBOARD_SITE";

/// A site file that was found and read.
#[derive(Clone, Debug)]
pub struct Found {
    pub site: Site,
    pub path: PathBuf,
}

/// The site file: the one named, `BELLBOARD_SITE`, `./bellboard.toml`, or `bellboard/site.toml` in the XDG
/// configuration folder.
///
/// # Errors
/// There is none (says how to begin), it cannot be read, or it has mistakes (all of them).
pub fn site(named: Option<&Path>) -> Result<Found, Failed> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => first_there()?,
    };
    let text = std::fs::read_to_string(&path).map_err(|e| {
        let hint = "name another with --site, or write one with `bellboard init`";
        Failed::new(Exit::Usage, format!("the site file {} cannot be read: {e}", path.display()), hint)
    })?;
    parse(&text, &path)
}

/// Reads a site file's text; paths in it are relative to the file.
///
/// # Errors
/// All mistakes, a line or two each.
pub fn parse(text: &str, path: &Path) -> Result<Found, Failed> {
    let mut site = Site::parse(text, &path.display().to_string()).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failed::new(Exit::Usage, lines.join("\n"), "docs/site-file.md shows a whole one")
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for dir in &mut site.runbook_dirs {
        *dir = below(folder, dir);
    }
    for credential in site.controllers.iter_mut().filter_map(|c| c.credential.as_mut()) {
        if let SecretSource::File(file) = &mut credential.secret {
            *file = below(folder, file);
        }
    }
    Ok(Found { site, path: path.to_owned() })
}

fn below(folder: &Path, path: &str) -> String {
    if path.starts_with("~/") { path.to_owned() } else { folder.join(path).display().to_string() }
}

fn first_there() -> Result<PathBuf, Failed> {
    if let Some(path) = std::env::var_os(SITE_VARIABLE).filter(|p| !p.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let usual = [Some(PathBuf::from("bellboard.toml")), config_dir().map(|dir| dir.join("site.toml"))];
    let found = usual.iter().flatten().find(|path| path.is_file());
    found.cloned().ok_or_else(|| {
        let looked: Vec<String> = usual.iter().flatten().map(|p| p.display().to_string()).collect();
        Failed::new(
            Exit::Usage,
            format!("there is no site file: looked for {}", looked.join(" and ")),
            "bellboard demo   shows the console on a simulated installation; nothing else is needed\n\
             bellboard init   writes a site file for a Jenkins of yours\n\
             --site FILE or BELLBOARD_SITE names one that is somewhere else",
        )
    })
}

/// `~/.config/bellboard`, or where XDG says.
pub fn config_dir() -> Option<PathBuf> {
    Some(etcetera::base_strategy::Xdg::new().ok()?.config_dir().join("bellboard"))
}

/// `~/.local/state/bellboard`, or where XDG says.
fn state_dir() -> Option<PathBuf> {
    Some(etcetera::base_strategy::Xdg::new().ok()?.state_dir()?.join("bellboard"))
}

/// The journal of an installation, named by what it consists of: two site files that name the same controllers share
/// it, and with it the locks. Its folder is made, for its owner only.
///
/// # Errors
/// There is no home folder, or the folder cannot be made.
pub fn journal(site: &Site) -> Result<PathBuf, Failed> {
    let dir = state_dir().ok_or_else(|| {
        let hint = "set HOME or XDG_STATE_HOME";
        Failed::new(Exit::Usage, "there is no folder for the journal: this account has no home", hint)
    })?;
    private_dir(&dir)?;
    let mut roots: Vec<&str> = site.controllers.iter().map(|c| c.url.as_str()).collect();
    roots.sort_unstable();
    let digest = Sha256::digest(roots.join("\n").as_bytes());
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Ok(dir.join(format!("journal-{name}.sqlite")))
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// It cannot be made.
pub fn private_dir(dir: &Path) -> Result<(), Failed> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| {
        let hint = "make it, or let XDG_STATE_HOME name a folder that can be written";
        Failed::new(Exit::Failed, format!("the folder {} cannot be made: {e}", dir.display()), hint)
    })
}

/// Writes a secret or a site file: new or replaced as a whole, and for its owner only where it is a secret.
///
/// # Errors
/// It cannot be written.
pub fn write_whole(path: &Path, content: &str, secret: bool) -> Result<(), Failed> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let wrote = std::fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(if secret { 0o600 } else { 0o644 })
        .open(&beside)
        .and_then(|mut file| file.write_all(content.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    wrote.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        Failed::new(Exit::Failed, format!("{} cannot be written: {e}", path.display()), "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "[[controller]]\nid = \"a\"\nurl = \"http://h/\"\nuser = \"u\"\ntoken = { file = \"t\" }\n\
                        [runbooks]\ndirs = [\"../rb\", \"/abs\"]\n";

    #[test]
    fn paths_are_relative_to_the_file() {
        let found = parse(SITE, Path::new("/etc/bb/site.toml")).unwrap();
        assert_eq!(found.site.runbook_dirs, ["/etc/bb/../rb", "/abs"]);
        let secret = &found.site.controllers[0].credential.as_ref().unwrap().secret;
        assert_eq!(*secret, SecretSource::File("/etc/bb/t".into()));
    }

    #[test]
    fn every_mistake_is_told_and_it_is_wrong_usage() {
        let failed = parse("[site]\nnmae = 1\n", Path::new("s.toml")).unwrap_err();
        assert_eq!(failed.exit, Exit::Usage);
        assert!(failed.what.contains("s.toml:2:1") && failed.what.contains("no `controller`"), "{failed}");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_secret_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        for text in ["one", "two"] {
            write_whole(&path, text, true).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
