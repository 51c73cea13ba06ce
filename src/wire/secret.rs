//! Where a secret comes from: environment, file, command or keyring; looked up when first needed, never shown.
use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::sync::Mutex;

use crate::base::{Secret, Text};
use crate::model::{ControllerId, Problem, ProblemKind};
use crate::site::{Credential, SecretSource};

use super::Answer;
use super::program::{self, Program};

/// An account at one server and its secret once it was looked up.
#[derive(Debug)]
pub struct Login {
    system: ControllerId,
    credential: Option<Credential>,
    found: Mutex<Option<Secret>>,
}

impl Login {
    pub fn new(system: ControllerId, credential: Option<Credential>) -> Self {
        Self { system, credential, found: Mutex::new(None) }
    }

    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// The secret, looked up at the first call and after the server refused it.
    pub async fn secret(&self) -> Result<Option<Secret>, Problem> {
        let Some(credential) = &self.credential else { return Ok(None) };
        let mut found = self.found.lock().await;
        if found.is_none() {
            *found = Some(look_up(&credential.secret).await.map_err(|mut p| {
                p.what = Text::line(&format!("{}: {}", self.system, p.what));
                p
            })?);
        }
        Ok(found.clone())
    }

    /// Adds the account to a request; the header is marked as sensitive.
    pub fn sign(&self, request: RequestBuilder, secret: Option<&Secret>) -> RequestBuilder {
        match (&self.credential, secret) {
            (Some(credential), Some(secret)) => request.basic_auth(credential.user.as_str(), Some(secret.expose())),
            _ => request,
        }
    }

    /// Forgets a secret that the server refused: it may have been changed where it is kept.
    pub async fn judge(&self, result: &Result<Answer, Problem>) {
        if result.as_ref().is_ok_and(|a| a.status == 401) {
            *self.found.lock().await = None;
        }
    }

    /// A problem in whose words the secret does not stand.
    pub fn masked(&self, mut problem: Problem, secret: Option<&Secret>) -> Problem {
        let Some(secret) = secret.filter(|s| s.expose().len() > 3) else { return problem };
        for text in [&mut problem.what, &mut problem.hint] {
            if text.contains(secret.expose()) {
                *text = Text::line(&text.replace(secret.expose(), "…"));
            }
        }
        problem
    }
}

/// Looks a secret up.
///
/// # Errors
/// Says where it was looked for, what was found there instead, and what to do.
pub async fn look_up(source: &SecretSource) -> Result<Secret, Problem> {
    match source {
        SecretSource::Env(name) => from_env(name),
        SecretSource::File(path) => from_file(path).await,
        SecretSource::Command(line) => from_command(line).await,
        SecretSource::Keyring { service, user } => from_keyring(service.clone(), user.clone()).await,
    }
}

fn missing(what: String, hint: &str) -> Problem {
    Problem::new(ProblemKind::Unauthorized, what, hint)
}

/// The first line, without what an editor or `echo` left at its end.
fn first_line(text: &str, from: &str) -> Result<Secret, Problem> {
    let line = text.lines().next().unwrap_or("").trim();
    if line.is_empty() {
        return Err(missing(format!("{from} gives an empty secret"), "put the API token there"));
    }
    if line.chars().any(char::is_control) {
        return Err(missing(format!("{from} gives a secret with control characters in it"), "put the API token there"));
    }
    Ok(Secret::new(line.to_owned()))
}

fn from_env(name: &str) -> Result<Secret, Problem> {
    let from = format!("the environment variable {name}");
    match std::env::var(name) {
        Ok(text) => first_line(&text, &from),
        Err(_) => Err(missing(
            format!("{from} is not set"),
            "set it to the account's API token, or name another place for the secret in the site file",
        )),
    }
}

async fn from_file(path: &str) -> Result<Secret, Problem> {
    let full = match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => std::path::PathBuf::from(home).join(rest),
        _ => std::path::PathBuf::from(path),
    };
    let from = format!("the file {path}");
    let unreadable = |e: std::io::Error| missing(format!("{from} cannot be read: {e}"), "put the API token there");
    let meta = tokio::fs::metadata(&full).await.map_err(unreadable)?;
    if readable_by_others(&meta) {
        return Err(missing(
            format!("{from} may be read by other users, so that it holds no secret"),
            "chmod 600 it, and change the token",
        ));
    }
    if meta.len() > 64 * 1024 {
        return Err(missing(format!("{from} is too large to be a secret"), "put only the API token there"));
    }
    first_line(&tokio::fs::read_to_string(&full).await.map_err(unreadable)?, &from)
}

#[cfg(unix)]
fn readable_by_others(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.is_file() && meta.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_meta: &std::fs::Metadata) -> bool {
    false
}

async fn from_command(line: &[String]) -> Result<Secret, Problem> {
    let Some((program, args)) = line.split_first() else {
        return Err(missing("the command for the secret is empty".into(), "name a program in the site file"));
    };
    let output = program::run(Program {
        program: program.clone(),
        args: args.to_vec(),
        timeout: Duration::from_secs(30),
        output: 64 * 1024,
    })
    .await?;
    if output.status != Some(0) {
        let said = output.stderr.lines().next().unwrap_or("");
        return Err(missing(
            format!("the command `{program}` for the secret failed: {}", Text::line(said)),
            "run it by hand; it must print the API token on its first line",
        ));
    }
    first_line(&output.stdout, &format!("the command `{program}`"))
}

async fn from_keyring(service: String, user: String) -> Result<Secret, Problem> {
    let from = format!("the keyring's entry {service}/{user}");
    let told = from.clone();
    let got = tokio::task::spawn_blocking(move || {
        keyring::Entry::new(&service, &user)
            .and_then(|entry| entry.get_password())
            .map_err(|e| keyring_problem(&told, &e))
    })
    .await
    .unwrap_or_else(|_| Err(missing(format!("{from} could not be looked up"), "")))?;
    first_line(&got, &from)
}

fn keyring_problem(from: &str, error: &keyring::Error) -> Problem {
    let elsewhere = "name an environment variable, a file or a command for the secret in the site file instead";
    match error {
        keyring::Error::NoDefaultStore => {
            missing(format!("{from} cannot be looked up: this session has no keyring (no desktop session?)"), elsewhere)
        }
        keyring::Error::NoEntry => missing(format!("{from} does not exist"), "store it with `bellboard login`"),
        keyring::Error::NoStorageAccess(_) => {
            missing(format!("{from} cannot be looked up: the keyring is locked or denies access"), elsewhere)
        }
        // The other errors may hold the secret's bytes: only their kind is told.
        _ => missing(format!("{from} cannot be looked up: the keyring failed"), elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn a_command_gives_its_first_line() {
        let source = SecretSource::Command(vec!["printf".into(), "tok-1\\nmore\\n".into()]);
        assert_eq!(runtime().block_on(look_up(&source)).unwrap().expose(), "tok-1");
    }

    #[test]
    fn a_failing_or_missing_command_says_so() {
        let runtime = runtime();
        let said = |line: &[&str]| {
            let source = SecretSource::Command(line.iter().map(|s| (*s).to_owned()).collect());
            runtime.block_on(look_up(&source)).unwrap_err().to_string()
        };
        assert!(said(&["false"]).contains("`false` for the secret failed"), "{}", said(&["false"]));
        assert!(said(&["no-such-program-7"]).contains("no-such-program-7"), "{}", said(&["no-such-program-7"]));
        assert!(said(&[]).contains("empty"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "tok-2\n").unwrap();
        let source = SecretSource::File(path.to_string_lossy().into_owned());
        let runtime = runtime();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let problem = runtime.block_on(look_up(&source)).unwrap_err();
        assert!(problem.to_string().contains("chmod 600"), "{problem}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(runtime.block_on(look_up(&source)).unwrap().expose(), "tok-2");
    }

    #[test]
    fn a_missing_variable_is_named_and_says_what_to_do() {
        let source = SecretSource::Env("BELLBOARD_NO_SUCH_VARIABLE".into());
        let problem = runtime().block_on(look_up(&source)).unwrap_err();
        assert!(problem.to_string().contains("BELLBOARD_NO_SUCH_VARIABLE is not set"), "{problem}");
        assert!(!problem.hint.is_empty());
    }

    #[test]
    fn a_session_without_keyring_is_told_what_serves_instead() {
        let problem = keyring_problem("the keyring's entry a/b", &keyring::Error::NoDefaultStore);
        assert!(problem.what.contains("has no keyring"), "{problem}");
        assert!(problem.hint.contains("environment variable"), "{problem}");
    }

    #[test]
    fn a_secret_is_masked_in_problems() {
        let login = Login::new(ControllerId::new("prod"), None);
        let secret = Secret::new("s3cr3t".into());
        let problem = Problem::new(ProblemKind::BadAnswer, "got s3cr3t back", "do not send s3cr3t");
        let masked = login.masked(problem, Some(&secret)).to_string();
        assert!(!masked.contains("s3cr3t"), "{masked}");
    }
}
