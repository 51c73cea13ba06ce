//! Programs: started here only, with a clean environment, a time limit and a bound on what they print.
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::model::{Problem, ProblemKind};

/// What a program may see of our environment: where programs, the home and the user's agents are; no tokens.
const ENVIRONMENT: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TERM",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "GNUPGHOME",
    "GPG_TTY",
    "SSH_AUTH_SOCK",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// A program to run to its end.
#[derive(Debug, Clone)]
pub struct Program {
    pub program: String,
    pub args: Vec<String>,
    pub timeout: Duration,
    /// Bytes kept of each of its streams; the rest is read and dropped.
    pub output: u64,
}

/// What became of it.
#[derive(Clone)]
pub struct Output {
    /// None when a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl std::fmt::Debug for Output {
    /// Without the text, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Runs a program.
///
/// # Errors
/// It could not be started, or did not end in time (then it was killed).
pub async fn run(what: Program) -> Result<Output, Problem> {
    let failed = |why: String, hint: &str| {
        Problem::new(ProblemKind::Unreachable, format!("the program `{}` {why}", what.program), hint)
    };
    let mut child = command(&what)
        .spawn()
        .map_err(|e| failed(format!("could not be started: {e}"), "is it installed and in the PATH?"))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let all = async {
        let (out, err) = tokio::join!(bounded(out, what.output), bounded(err, what.output));
        (child.wait().await, out, err)
    };
    let (status, stdout, stderr) = tokio::time::timeout(what.timeout, all)
        .await
        .map_err(|_| failed("took too long and was ended".into(), "run it by hand to see what it waits for"))?;
    let status = status.map_err(|e| failed(format!("was lost: {e}"), ""))?;
    Ok(Output { status: status.code(), stdout, stderr })
}

#[allow(clippy::disallowed_methods)] // the one place that starts programs
fn command(what: &Program) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(&what.program);
    command.args(&what.args).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.kill_on_drop(true);
    command
}

async fn bounded(stream: Option<impl AsyncRead + Unpin>, limit: u64) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    // An unreadable stream is an empty one: the exit status tells.
    if (&mut stream).take(limit).read_to_end(&mut kept).await.is_ok() {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_now(program: &str, args: &[&str], timeout: Duration) -> Result<Output, Problem> {
        let what = Program {
            program: program.into(),
            args: args.iter().map(|a| (*a).to_owned()).collect(),
            timeout,
            output: 100,
        };
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(what))
    }

    #[test]
    fn sees_a_clean_environment() {
        // CARGO_MANIFEST_DIR is in the environment of every test
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let out = run_now("sh", &["-c", "echo [$CARGO_MANIFEST_DIR]"], Duration::from_secs(20)).unwrap();
        assert_eq!(out.stdout, "[]\n");
    }

    #[test]
    fn keeps_a_bounded_part_of_what_it_prints() {
        let out = run_now(
            "sh",
            &["-c", "i=0; while [ $i -lt 200 ]; do echo 0123456789; i=$((i+1)); done; exit 3"],
            Duration::from_secs(20),
        )
        .unwrap();
        assert_eq!((out.status, out.stdout.len()), (Some(3), 100));
    }

    #[test]
    fn ends_one_that_hangs() {
        let problem = run_now("sleep", &["600"], Duration::from_millis(50)).unwrap_err();
        assert!(problem.what.contains("took too long"), "{problem}");
    }
}
