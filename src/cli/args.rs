//! The definitions of all subcommands and options.
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::base::{RunId, Span};

/// A terminal console for the people who keep a large Jenkins alive.
///
/// Without a subcommand: the console for the site file found (--site FILE, BELLBOARD_SITE, ./bellboard.toml, then
/// bellboard/site.toml in the XDG configuration folder).
#[derive(Debug, Parser)]
#[command(
    name = "bellboard",
    version,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 fine, 1 failed, 2 wrong usage or configuration, 3 refused by a guard or by read-only, \
                  4 waits for a person, 5 a source could not be reached."
)]
pub struct Args {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command knows.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// The site file.
    #[arg(long, global = true, value_name = "FILE")]
    pub site: Option<PathBuf>,
    /// Only this controller of the site file.
    #[arg(long, global = true, value_name = "ID")]
    pub controller: Option<String>,
    /// Change nothing, whatever the site file allows.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Stable JSON instead of a table; `bellboard schema NAME` describes it.
    #[arg(long, global = true)]
    pub json: bool,
    /// Append what happens to this file, for its owner only.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The keymap: default, vim, emacs, or a file.
    #[arg(long, global = true, value_name = "NAME|FILE", env = "BELLBOARD_KEYMAP")]
    pub keymap: Option<String>,
    /// The theme: dark, light, high-contrast, colour-blind, sixteen, or a file.
    #[arg(long, global = true, value_name = "NAME|FILE", env = "BELLBOARD_THEME")]
    pub theme: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on a simulated installation; nothing else is needed
    Demo(Demo),
    /// The board: bells, queue, nodes, runs and sources
    Status(Status),
    /// What waits, since when, and why
    Queue(List),
    /// Nodes, their state and what they run
    Nodes(List),
    /// Running and recent builds
    Builds(List),
    /// How fresh each source is and what went wrong with it
    Sources(List),
    /// Runs, unfinished ones first
    Runs(List),
    /// A build's console text, made harmless
    Log(Log),
    /// The catalogue of runbooks, plans and runs
    #[command(subcommand)]
    Runbook(Runbook),
    /// Check the site file, every credential and every permission, and say what to do
    Doctor,
    /// Write a site file to begin with
    Init(Init),
    /// Put a controller's token into the system's keyring, where the site file says `keyring`
    Login,
    /// The JSON schema of what a command prints with --json
    Schema(Schema),
    /// Completions for a shell
    Completions(Completions),
    /// The manual pages
    Man(Man),
}

#[derive(Clone, Debug, clap::Args)]
pub struct Demo {
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many times faster than life it runs.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// About how many nodes there are.
    #[arg(long, default_value_t = 220)]
    pub nodes: usize,
    /// About how many items the queue begins with.
    #[arg(long, default_value_t = 37)]
    pub queue: usize,
    /// The version of Jenkins that it plays.
    #[arg(long, default_value = "2.528.3", value_name = "VERSION")]
    pub jenkins_version: String,
    /// Whose account the console has: an administrator may do everything, an operator may not configure, a committer looks.
    #[arg(long, value_name = "NAME", default_value = "operator", value_parser = ["admin", "operator", "committer"])]
    pub account: String,
    /// Only serve it on loopback until interrupted; `ready` is printed when the site file is complete.
    #[arg(long, requires = "write_site")]
    pub serve: bool,
    /// Where --serve writes a site file for it; the token goes into a private file beside it.
    #[arg(long, requires = "serve", value_name = "FILE")]
    pub write_site: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "write a number such as 1, 10 or 0.5".to_owned())?;
    if (0.01..=10_000.0).contains(&speed) { Ok(speed) } else { Err("between 0.01 and 10000".to_owned()) }
}

#[derive(Clone, Debug, clap::Args)]
pub struct Status {
    /// End with exit code 1 if a bell this bad rings.
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    #[command(flatten)]
    pub watch: Watch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Severity {
    Warning,
    Critical,
}

/// Repeating a command's output.
#[derive(Clone, Debug, clap::Args)]
pub struct Watch {
    /// Print again whenever something changed, at most once in this time.
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "2s")]
    pub watch: Option<Span>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct List {
    /// Only rows that match: words, or fields such as label:GPU state:offline age>10m
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Sort by this column; a leading minus reverses.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    #[command(flatten)]
    pub watch: Watch,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Log {
    /// The build: job/tvm/job/PR-1/7, tvm/PR-1/7, tvm/PR-1#7, or its page's address.
    pub build: String,
    /// Go on as long as it runs.
    #[arg(long, short)]
    pub follow: bool,
}

#[derive(Debug, Subcommand)]
pub enum Runbook {
    /// The runbooks there are
    List,
    /// One runbook: what it does, its inputs and steps
    Show { name: String },
    /// Every mistake in runbook files, with file, line, column and a hint
    Check {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// The verbs that a step may use
    Verbs,
    /// What would happen and each guard's verdict; changes nothing
    Plan(Filled),
    /// Run it; --confirm TEXT is what the screen would have asked to be typed
    Run {
        #[command(flatten)]
        filled: Filled,
        /// What the screen would have asked to be typed; `y` for a runbook of low risk.
        #[arg(long, value_name = "TEXT")]
        confirm: Option<String>,
        /// Open writes to the controller for this run, and say why.
        #[arg(long, value_name = "REASON")]
        arm: Option<String>,
    },
    /// Go on with a paused run, or with one that nobody drives any more
    Resume(Told),
    /// Pause a run that is driven here after its current step
    Pause(Told),
    /// Give a run up
    Abort {
        #[command(flatten)]
        told: Told,
        /// Undo what it did, where its mark still stands.
        #[arg(long)]
        undo: bool,
    },
    /// Try the step again that a run asks about
    Retry(Told),
    /// Leave out the step that a run asks about
    Skip {
        #[command(flatten)]
        told: Told,
        /// Why; it is journalled.
        #[arg(long)]
        reason: String,
    },
}

/// A runbook with its inputs.
#[derive(Clone, Debug, clap::Args)]
pub struct Filled {
    /// The runbook's name.
    pub name: String,
    /// An input.
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = input)]
    pub input: Vec<(String, String)>,
}

fn input(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if name.is_empty() { Err("write NAME=VALUE".to_owned()) } else { Ok((name.to_owned(), value.to_owned())) }
}

/// A run that is told something.
#[derive(Clone, Debug, clap::Args)]
pub struct Told {
    /// The run's name, as `bellboard runs` shows it.
    pub run: RunId,
    /// Open writes to the controller for this run, and say why.
    #[arg(long, value_name = "REASON")]
    pub arm: Option<String>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Init {
    /// Where Jenkins' first page is.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Whose API token will be used; none: anonymous.
    #[arg(long)]
    pub user: Option<String>,
    /// The file to write; one that is there is never overwritten.
    #[arg(default_value = "bellboard.toml")]
    pub file: PathBuf,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Schema {
    /// What it is of; without one, the names there are.
    pub name: Option<String>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Man {
    /// Write a page for every command into this folder instead of printing the first.
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}
