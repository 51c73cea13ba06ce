//! `bellboard login`: puts a controller's token into the system's keyring.
use std::io::{self, BufRead, IsTerminal, Write};

use super::args::Common;
use super::out::Out;
use super::session;
use crate::app::{Exit, Failed};
use crate::base::Secret;
use crate::site::{Controller, SecretSource};

pub(super) fn run(common: &Common, out: &mut Out) -> Result<Exit, Failed> {
    let found = session::site(common)?;
    let places: Vec<(&Controller, &str, &str)> = found.site.controllers.iter().filter_map(place).collect();
    if places.is_empty() {
        let hint = format!("write token = {{ keyring = \"bellboard\" }} below `user` in {}", found.path.display());
        return Err(Failed::new(Exit::Usage, "no controller of the site file keeps its secret in the keyring", hint));
    }
    for (controller, service, user) in places {
        let secret = ask(controller, user)?;
        store(service, user, &secret)?;
        out.line(&format!("the token of {user} at {} is in the keyring", controller.id))?;
    }
    out.line("next: bellboard doctor   says whether the controller takes it")?;
    Ok(Exit::Fine)
}

fn place(controller: &Controller) -> Option<(&Controller, &str, &str)> {
    match &controller.credential.as_ref()?.secret {
        SecretSource::Keyring { service, user } => Some((controller, service, user)),
        _ => None,
    }
}

/// Reads a line without showing it; from a pipe, as it comes.
fn ask(controller: &Controller, user: &str) -> Result<Secret, Failed> {
    let unread = |e: io::Error| Failed::new(Exit::Failed, format!("the token cannot be read: {e}"), "");
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(unread)?;
        return checked(&line);
    }
    let mut screen = io::stderr();
    let _ = write!(screen, "API token of {user} at {} (it is not shown): ", controller.id);
    let _ = screen.flush();
    let line = hidden_line().map_err(unread)?;
    let _ = writeln!(screen);
    checked(&line)
}

fn checked(line: &str) -> Result<Secret, Failed> {
    let token = line.trim();
    if token.is_empty() || token.chars().any(char::is_control) {
        let hint = "make one at the controller, under /me/configure, and give it on one line";
        return Err(Failed::new(Exit::Usage, "that is no token: it is empty or has control characters in it", hint));
    }
    Ok(Secret::new(token.to_owned()))
}

/// A line from the terminal with its echo off; the terminal is put back whatever happens.
fn hidden_line() -> io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Now, &quiet)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Now, &before)?;
    read.map(|_| line)
}

fn store(service: &str, user: &str, secret: &Secret) -> Result<(), Failed> {
    keyring::Entry::new(service, user).and_then(|entry| entry.set_password(secret.expose())).map_err(|error| {
        // other errors may carry the secret itself
        let why = match error {
            keyring::Error::NoDefaultStore => "this session has no keyring (no desktop session?)",
            keyring::Error::NoStorageAccess(_) => "it is locked or denies access",
            _ => "it failed",
        };
        let hint = "let the site file name an environment variable, a file or a command instead: docs/site-file.md";
        Failed::new(Exit::Failed, format!("nothing was put into the keyring: {why}"), hint)
    })
}
