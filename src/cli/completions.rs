//! `bellboard completions`: from the same definitions as the help.
use super::args::Completions;
use super::out::Out;
use crate::app::{Exit, Failed};

pub(super) fn run(args: &Completions, out: &mut Out) -> Result<Exit, Failed> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::definition(), "bellboard", &mut script);
    out.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
