//! `bellboard doctor`: checks the site file, every credential and permission, the journal's folder, and says what to do.
use std::sync::Arc;

use serde::Serialize;

use super::args::Common;
use super::out::Out;
use super::session;
use crate::app::{Exit, Failed, places};
use crate::base::{Clock, SystemClock, Text};
use crate::model::{Problem, ProblemKind};
use crate::site::Controller;
use crate::sources::jenkins::{self, Reader};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    /// `prod: account`
    check: Text,
    ok: bool,
    what: Text,
    hint: Text,
    #[serde(skip)]
    exit: Exit,
}

impl Finding {
    fn fine(check: impl Into<Text>, what: impl Into<Text>) -> Self {
        Self { check: check.into(), ok: true, what: what.into(), hint: Text::default(), exit: Exit::Fine }
    }

    fn bad(check: impl Into<Text>, failed: &Failed) -> Self {
        Self {
            check: check.into(),
            ok: false,
            what: Text::block(&failed.what),
            hint: Text::block(&failed.hint),
            exit: failed.exit,
        }
    }
}

pub(super) fn run(common: &Common, out: &mut Out) -> Result<Exit, Failed> {
    let found = session::site(common)?;
    let mut findings = vec![Finding::fine("site file", format!("{} has no mistakes", found.path.display()))];
    findings.push(match places::journal(&found.site) {
        Ok(path) => Finding::fine("journal", path.display().to_string()),
        Err(failed) => Finding::bad("journal", &failed),
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let checks = found.site.controllers.iter().map(|c| controller(c, clock.clone()));
    let looked = session::runtime()?.block_on(futures_util::future::join_all(checks));
    findings.extend(looked.into_iter().flatten());
    print(&findings, common, out)?;
    let worst = findings.iter().map(|f| f.exit).max_by_key(|e| *e as u8);
    Ok(worst.unwrap_or(Exit::Fine))
}

/// Everything that is asked of one controller; nothing is changed there.
async fn controller(site: &Controller, clock: Arc<dyn Clock>) -> Vec<Finding> {
    let why = Text::line("`bellboard doctor` changes nothing");
    let (reader, _) = jenkins::connect(site, clock, Some(why));
    let id = &site.id;
    let mut out = Vec::new();
    match reader.controller().await {
        Ok(answer) => {
            out.push(Finding::fine(
                format!("{id}: reachable"),
                format!("{} answers as Jenkins {}", site.url, answer.value.version),
            ));
            if let Some(finding) = clock_difference(site, answer.skew) {
                out.push(finding);
            }
            out.push(account(site, &answer.value.who));
        }
        // without this, every further question would fail in the same way
        Err(problem) => return vec![Finding::bad(format!("{id}: reachable"), &Failed::from(problem))],
    }
    out.extend(reads(site, &reader).await);
    out
}

fn clock_difference(site: &Controller, skew: i64) -> Option<Finding> {
    let seconds = skew.abs() / 1000;
    (seconds > 60).then(|| {
        let what = format!("the controller's clock and this machine's are {seconds} s apart");
        let hint = "ages are reckoned on the controller's clock and stay right; look at NTP on both";
        Finding { ok: true, hint: hint.into(), ..Finding::fine(format!("{}: clock", site.id), what) }
    })
}

fn account(site: &Controller, who: &crate::model::Who) -> Finding {
    let check = format!("{}: account", site.id);
    if who.anonymous {
        return match &site.credential {
            Some(credential) => {
                let what = format!("the controller takes {} for anonymous", credential.user);
                let hint = "the token is of another realm, or a proxy in between drops it";
                Finding::bad(check, &Failed::new(Exit::Unreachable, what, hint))
            }
            None => Finding::fine(check, "anonymous: looks, and changes nothing"),
        };
    }
    if site.operators.contains(&who.name) {
        return Finding::fine(check, format!("{}: may act, after arming", who.name));
    }
    let hint = format!("to act, add \"{}\" to `operators` in the site file", who.name);
    Finding { hint: hint.into(), ..Finding::fine(check, format!("{}: looks, and changes nothing", who.name)) }
}

/// Each kind of data once.
async fn reads(site: &Controller, reader: &Reader) -> Vec<Finding> {
    let (nodes, queue, builds, fleets) = tokio::join!(reader.nodes(), reader.queue(), reader.builds(), reader.fleets());
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    vec![
        read(site, "nodes", nodes.map(|a| count(a.value.len(), "node"))),
        read(site, "queue", queue.map(|a| count(a.value.len(), "item"))),
        read(site, "builds", builds.map(|a| count(a.value.len(), "build"))),
        match fleets {
            Err(problem) if matches!(problem.kind, ProblemKind::NotFound) => {
                Finding::fine(format!("{}: fleets", site.id), "the EC2 Fleet plugin is not there; nothing is missed")
            }
            other => read(site, "fleets", other.map(|a| count(a.value.len(), "fleet"))),
        },
    ]
}

fn read(site: &Controller, what: &str, result: Result<String, Problem>) -> Finding {
    let check = format!("{}: {what}", site.id);
    match result {
        Ok(text) => Finding::fine(check, text),
        Err(problem) => Finding::bad(check, &Failed::from(problem)),
    }
}

fn print(findings: &[Finding], common: &Common, out: &mut Out) -> Result<(), Failed> {
    if common.json {
        return out.json(&findings);
    }
    for finding in findings {
        out.line(&format!("{} {}: {}", if finding.ok { "ok " } else { "BAD" }, finding.check, finding.what))?;
        for line in finding.hint.lines() {
            out.line(&format!("      {line}"))?;
        }
    }
    Ok(())
}
