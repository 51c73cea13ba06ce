//! The command line: a file for each subcommand; help, man pages and completions come from the same definitions.
mod args;
mod completions;
mod console;
mod demo;
mod doctor;
mod init;
mod lists;
mod log;
mod login;
mod man;
mod out;
mod runbook;
mod schema;
mod session;
mod status;

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, FromArgMatches};

pub use args::{Args, Command, Common};
use out::Out;

use crate::app::{Exit, Failed};

/// The whole program: reads the command line, does what it says, gives the exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::command().try_get_matches_from(words).and_then(|m| Args::from_arg_matches(&m)) {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let mut out = Out::stdout();
    let ended = run(args, &mut out).and_then(|exit| out.finish().map(|()| exit));
    match ended {
        Ok(exit) => exit as u8,
        // whoever read us has gone away: `bellboard log … | head`
        Err(failed) if out.reader_gone() => {
            drop(failed);
            Exit::Fine as u8
        }
        Err(failed) => {
            let _ = writeln!(std::io::stderr(), "bellboard: {failed}");
            failed.exit as u8
        }
    }
}

/// Help and versions are no errors; anything else is wrong usage.
fn usage(error: &clap::Error) -> u8 {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage as u8 } else { Exit::Fine as u8 }
}

/// The definition of the command line, for tests of the documents.
pub fn definition() -> clap::Command {
    Args::command()
}

fn run(args: Args, out: &mut Out) -> Result<Exit, Failed> {
    let common = args.common;
    match args.command {
        None => console::run(&common),
        Some(Command::Demo(demo)) => demo::run(&common, demo, out),
        Some(Command::Status(status)) => status::run(&common, &status, out),
        Some(Command::Queue(list)) => lists::run(&common, lists::Which::Queue, &list, out),
        Some(Command::Nodes(list)) => lists::run(&common, lists::Which::Nodes, &list, out),
        Some(Command::Builds(list)) => lists::run(&common, lists::Which::Builds, &list, out),
        Some(Command::Sources(list)) => lists::run(&common, lists::Which::Sources, &list, out),
        Some(Command::Runs(list)) => lists::run(&common, lists::Which::Runs, &list, out),
        Some(Command::Log(log)) => log::run(&common, &log, out),
        Some(Command::Runbook(runbook)) => runbook::run(&common, runbook, out),
        Some(Command::Doctor) => doctor::run(&common, out),
        Some(Command::Init(init)) => init::run(&common, &init, out),
        Some(Command::Login) => login::run(&common, out),
        Some(Command::Schema(schema)) => schema::run(&schema, out),
        Some(Command::Completions(shell)) => completions::run(&shell, out),
        Some(Command::Man(man)) => man::run(&man, out),
    }
}
