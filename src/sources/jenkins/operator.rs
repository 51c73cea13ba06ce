//! Writes to one controller: each method takes a permit and makes exactly one write request.
use crate::base::{Text, UrlPath};
use crate::gate::Permit;
use crate::model::{BuildId, Problem, ProblemKind};
use crate::wire::Body;
use crate::wire::{Answer, Post, WriteDoor};

use super::reader::Reader;
use super::refusal::{Asked, login_page};
use super::{crumb, paths};

/// All that can be changed. A status of 302 is how Jenkins says *done*; the redirect is not followed.
#[derive(Debug)]
pub struct Operator {
    door: WriteDoor,
    reader: Reader,
}

impl Operator {
    pub(super) fn new(door: WriteDoor, reader: Reader) -> Self {
        Self { door, reader }
    }

    /// Marks a node offline with a reason, or changes the reason of one that is: idempotent (`changeOfflineCause`).
    pub async fn mark_offline(&self, p: Permit, node: &UrlPath, reason: &Text) -> Result<(), Problem> {
        let post = Post::form(node.join("changeOfflineCause"), [("offlineMessage", reason.as_str())]);
        self.done(p, post, &format!("mark {} offline", name(node))).await
    }

    /// Turns a node's offline mark over: a second one undoes the first. Read the mark before and after.
    pub async fn toggle_offline(&self, p: Permit, node: &UrlPath) -> Result<(), Problem> {
        let post = Post::form(node.join("toggleOffline"), [("offlineMessage", "")]);
        self.done(p, post, &format!("turn the offline mark of {} over", name(node))).await
    }

    /// Replaces a node's configuration. Since 2.482 this clears an offline mark that the XML does not carry: read again.
    pub async fn set_config(&self, p: Permit, node: &UrlPath, xml: &str) -> Result<(), Problem> {
        let post = Post { body: Body::Xml(xml.to_owned()), ..Post::to(node.join("config.xml")) };
        self.done(p, post, &format!("change the configuration of {}", name(node))).await
    }

    /// Cuts the connection to a node's agent; what runs there is lost.
    pub async fn disconnect(&self, p: Permit, node: &UrlPath, reason: &Text) -> Result<(), Problem> {
        let post = Post::form(node.join("doDisconnect"), [("offlineMessage", reason.as_str())]);
        self.done(p, post, &format!("disconnect {}", name(node))).await
    }

    /// Launches a node's agent. One that is connected already answers 200: fine as well.
    pub async fn connect(&self, p: Permit, node: &UrlPath) -> Result<(), Problem> {
        let post = Post::to(node.join("launchSlaveAgent"));
        self.done(p, post, &format!("connect {}", name(node))).await
    }

    /// Deletes a node. For one of the EC2 Fleet plugin this also schedules its instance for termination.
    pub async fn delete_node(&self, p: Permit, node: &UrlPath) -> Result<(), Problem> {
        self.done(p, Post::to(node.join("doDelete")), &format!("delete {}", name(node))).await
    }

    /// Cancels a queue item. A step's item fails its build.
    pub async fn cancel_item(&self, p: Permit, id: u64) -> Result<(), Problem> {
        let to = format!("cancel queue item {id}");
        let post = Post::to(UrlPath::encoded("queue/cancelItem")).query("id", id.to_string());
        let asked = self.reader.asked(&to);
        let answer = self.send(p, post).await?;
        match answer.status {
            // 404: gone, or the account may not see it. 422: no right to cancel. 500: it had already left.
            404 => Err(asked.problem(
                ProblemKind::NotFound,
                "it is not in the queue any more, or the account may not see it",
                "look at the queue again",
            )),
            422 => Err(asked.problem(
                ProblemKind::Forbidden { permission: Some(Text::line("Job/Cancel")) },
                &format!("{} lacks Job/Cancel for it", self.who()),
                "ask an administrator for it",
            )),
            500 => Err(asked.problem(
                ProblemKind::Refused { status: 500 },
                "it had already left the queue",
                "its build has started or it was cancelled: look at the builds",
            )),
            _ => self.judged(asked, &answer),
        }
    }

    /// Stops a build. Jenkins says *done* for one that had ended, too, and for one that the account may not see.
    pub async fn stop_build(&self, p: Permit, build: &BuildId) -> Result<(), Problem> {
        self.done(p, Post::to(build.path().join("stop")), &format!("stop {build}")).await
    }

    /// Starts a build; gives the queue item that waits for it. The same job and parameters twice give the same item.
    pub async fn start_build(&self, p: Permit, job: &UrlPath, params: &[(Text, Text)]) -> Result<u64, Problem> {
        let to = format!("start a build of {job}");
        let asked = self.reader.asked(&to);
        let post = if params.is_empty() {
            Post::to(job.join("build"))
        } else {
            let fields = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Post::form(job.join("buildWithParameters"), fields)
        };
        let answer = self.send(p, post.query("delay", "0sec")).await?;
        match answer.status {
            201 => paths::queue_item(answer.header("location")).ok_or_else(|| {
                asked.problem(
                    ProblemKind::BadAnswer,
                    "it does not say which queue item waits for it",
                    "look at the queue",
                )
            }),
            400 => Err(asked.problem(
                ProblemKind::Refused { status: 400 },
                "the job wants parameters and none were given",
                "give them, even if each has a default",
            )),
            409 => Err(asked.problem(
                ProblemKind::Refused { status: 409 },
                "the job is disabled or cannot be built",
                "enable it first",
            )),
            500 if !params.is_empty() => Err(asked.problem(
                ProblemKind::Refused { status: 500 },
                "it does not take these parameters (a choice that is not offered, or a job without parameters)",
                "compare them with the job's own",
            )),
            _ => match self.judged(asked, &answer) {
                Err(problem) => Err(problem),
                Ok(()) => Err(asked.problem(
                    ProblemKind::BadAnswer,
                    &format!("it answers {} and not which queue item waits for it", answer.status),
                    "look at the queue",
                )),
            },
        }
    }

    /// Disables a job or multibranch project: nothing new starts, what runs goes on. Branch jobs cannot be disabled.
    pub async fn disable_job(&self, p: Permit, job: &UrlPath) -> Result<(), Problem> {
        self.done(p, Post::to(job.join("disable")), &format!("disable {job}")).await
    }

    pub async fn enable_job(&self, p: Permit, job: &UrlPath) -> Result<(), Problem> {
        self.done(p, Post::to(job.join("enable")), &format!("enable {job}")).await
    }

    /// Scans a multibranch project's repository now.
    pub async fn scan(&self, p: Permit, project: &UrlPath) -> Result<(), Problem> {
        let to = format!("scan {project}");
        let asked = self.reader.asked(&to);
        let answer = self.send(p, Post::to(project.join("build")).query("delay", "0")).await?;
        match answer.status {
            500 | 409 => Err(asked.problem(
                ProblemKind::Refused { status: answer.status },
                "it refuses a scan; it does so when the project is disabled",
                "enable it first",
            )),
            _ => self.judged(asked, &answer),
        }
    }

    /// Nothing new starts, and Pipelines pause. Idempotent; the newest reason stays.
    pub async fn quiet_down(&self, p: Permit, reason: &Text) -> Result<(), Problem> {
        // `reason` until 2.4xx, `message` since; the other one is ignored.
        let post =
            Post::form(UrlPath::encoded("quietDown"), [("reason", reason.as_str()), ("message", reason.as_str())]);
        self.done(p, post, "quiet down").await
    }

    /// Also calls off a safe restart that waits.
    pub async fn cancel_quiet_down(&self, p: Permit) -> Result<(), Problem> {
        self.done(p, Post::to(UrlPath::encoded("cancelQuietDown")), "cancel the quiet-down").await
    }

    /// Restarts once no freestyle build runs; Pipelines are not waited for.
    pub async fn safe_restart(&self, p: Permit) -> Result<(), Problem> {
        self.done(p, Post::to(UrlPath::encoded("safeRestart")), "restart when idle").await
    }

    async fn done(&self, p: Permit, post: Post, to: &str) -> Result<(), Problem> {
        let answer = self.send(p, post).await?;
        self.judged(self.reader.asked(to), &answer)
    }

    /// One write. The crumb, where one is needed, is read before: a read.
    async fn send(&self, p: Permit, mut post: Post) -> Result<Answer, Problem> {
        if self.door.is_open().is_ok() {
            post.headers = crumb::headers(&self.reader).await.map_err(unsent)?;
        }
        self.door.post(p, post).await
    }

    /// 2xx and 302 are *done*, unless the redirect leads to a login or elsewhere.
    fn judged(&self, asked: Asked<'_>, answer: &Answer) -> Result<(), Problem> {
        match answer.status {
            200..=299 => Ok(()),
            301 | 307 | 308 => Err(asked.redirected(answer)),
            302 | 303 => {
                let to = answer.header("location");
                if login_page(to) || !self.reader.leads_home(to) { Err(asked.redirected(answer)) } else { Ok(()) }
            }
            _ => Err(asked.refused(answer)),
        }
    }

    fn who(&self) -> String {
        self.reader.account().map_or_else(|| "nobody".into(), |a| format!("account `{}`", a.user))
    }
}

/// A failure before the write: nothing is in doubt.
fn unsent(problem: Problem) -> Problem {
    let what = format!("nothing was sent: {}", problem.what);
    Problem { kind: ProblemKind::NotAllowed, what: Text::line(&what), hint: problem.hint }
}

/// A node's name as people write it.
fn name(node: &UrlPath) -> Text {
    let encoded = node.as_str().trim_start_matches("computer/");
    Text::line(&percent_encoding::percent_decode_str(encoded).decode_utf8_lossy())
}
