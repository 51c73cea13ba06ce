//! What a status means: who may not do what, what is not there, and what to do about it.
use std::time::Duration;

use crate::base::{Text, Time};
use crate::model::{Problem, ProblemKind};
use crate::site::{Credential, CredentialKind};
use crate::wire::Answer;

/// What was asked and by whom, for the wording.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The controller's name in the site file.
    pub system: &'a str,
    /// `read the queue`, `mark gpu-4 offline`.
    pub to: &'a str,
    pub account: Option<&'a Credential>,
}

impl Asked<'_> {
    fn who(&self) -> String {
        self.account.map_or_else(|| "nobody (no account in the site file)".into(), |a| format!("account `{}`", a.user))
    }

    /// A problem with this request: `prod: cannot mark gpu-4 offline: …`.
    pub fn problem(&self, kind: ProblemKind, why: &str, hint: &str) -> Problem {
        Problem::new(kind, format!("{}: cannot {}: {why}", self.system, self.to), hint)
    }

    /// The problem that a status of 400 or more is.
    pub fn refused(&self, answer: &Answer) -> Problem {
        match answer.status {
            401 => self.unauthorized(),
            403 => self.forbidden(answer),
            404 => self.problem(
                ProblemKind::NotFound,
                &format!("there is no such thing, or {} may not see it", self.who()),
                "look whether it was renamed or removed, and whether the account has the right to read it",
            ),
            405 => self.problem(ProblemKind::Refused { status: 405 }, "it does not take this kind of request", ""),
            429 => self.throttled(answer),
            503 => self.unavailable(answer),
            502 | 504 => self.problem(
                ProblemKind::ServerError { status: answer.status },
                &format!("the proxy before it answers {} because Jenkins does not", answer.status),
                "look at the controller itself",
            ),
            status @ 500.. => self.problem(
                ProblemKind::ServerError { status },
                &format!("it failed with status {status}{}", said(answer)),
                "its own log (Manage Jenkins, System Log) says why",
            ),
            status => self.problem(
                ProblemKind::Refused { status },
                &format!("it refuses with status {status}{}", said(answer)),
                "",
            ),
        }
    }

    fn unauthorized(&self) -> Problem {
        let hint = match self.account.map(|a| a.kind) {
            Some(CredentialKind::Token) => {
                "the API token is wrong or was revoked: make a new one in Jenkins (the account's page, Security) and put it \
                 where the site file says"
            }
            Some(CredentialKind::Password) => "the password is wrong; better use an API token",
            None => "it wants an account: add a credential to the site file",
        };
        self.problem(ProblemKind::Unauthorized, &format!("{} is not let in (401)", self.who()), hint)
    }

    fn forbidden(&self, answer: &Answer) -> Problem {
        if answer.start().contains("No valid crumb") {
            let hint = "use an API token instead of a password: it needs no crumb";
            return self.problem(ProblemKind::Refused { status: 403 }, "the crumb was not accepted", hint);
        }
        let raw = answer.header_all("x-required-permission");
        if raw.is_empty() {
            let hint = "ask an administrator which permission it needs; anonymous access may be switched off";
            return self.problem(
                ProblemKind::Forbidden { permission: None },
                &format!("{} may not (403)", self.who()),
                hint,
            );
        }
        let names: Vec<String> = raw.split(", ").map(permission).collect();
        let names = names.join(" or ");
        let seen = answer.header("x-you-are-authenticated-as");
        let who = if seen.is_empty() { self.who() } else { format!("account `{}`", Text::line(seen)) };
        self.problem(
            ProblemKind::Forbidden { permission: Some(Text::line(&names)) },
            &format!("{who} lacks {names} on {}", self.system),
            "ask an administrator for it",
        )
    }

    fn throttled(&self, answer: &Answer) -> Problem {
        let after = retry_after(answer);
        let why = after.map_or_else(
            || "it asks for fewer requests".to_owned(),
            |d| format!("it asks for fewer requests: again in {}s", d.as_secs()),
        );
        self.problem(ProblemKind::Throttled { retry_after: after }, &why, "it is tried again by itself")
    }

    fn unavailable(&self, answer: &Answer) -> Problem {
        // The 503s of a start or restart have neither `X-Jenkins` nor `Retry-After` (recordings: safe-restart-during-503).
        if retry_after(answer).is_some() {
            return self.throttled(answer);
        }
        if answer.start().contains("Jenkins") {
            return self.problem(
                ProblemKind::Restarting,
                "it is starting or restarting",
                "it is tried again by itself",
            );
        }
        self.problem(
            ProblemKind::ServerError { status: 503 },
            "whatever stands before Jenkins says that it is not available (503)",
            "look at the controller itself",
        )
    }

    /// The problem that a redirect is: none is ever followed.
    pub fn redirected(&self, answer: &Answer) -> Problem {
        let to = answer.header("location");
        let (why, hint) = if login_page(to) {
            (
                "it sends us to a login page".to_owned(),
                "add a credential to the site file, or look at what stands before Jenkins",
            )
        } else {
            let to = Text::line(to.split(['?', '#']).next().unwrap_or(""));
            let hint = "is the controller's address in the site file right (https, host, path)? nothing was sent there";
            (format!("it sends us elsewhere, to {to}"), hint)
        };
        self.problem(ProblemKind::BadAnswer, &why, hint)
    }

    /// An answer with status 200 that is not what was asked for.
    pub fn not_json(&self, answer: &Answer, error: &str) -> Problem {
        let page = answer.start().to_ascii_lowercase();
        if answer.is_html() && (page.contains("j_username") || page.contains("sign in") || page.contains("log in")) {
            let hint = "add a credential to the site file, or look at what stands before Jenkins";
            return self.problem(ProblemKind::BadAnswer, "it answers with a login page", hint);
        }
        if answer.is_html() {
            let hint = "is the controller's address in the site file right?";
            return self.problem(ProblemKind::BadAnswer, "it answers with a web page instead of JSON", hint);
        }
        let why = format!("its answer of {} bytes is not the JSON that was expected: {error}", answer.body.len());
        self.problem(ProblemKind::BadAnswer, &why, "is something between us and it cutting or changing answers?")
    }
}

/// Whether a `Location` leads to a login.
pub fn login_page(location: &str) -> bool {
    let path = location.split(['?', '#']).next().unwrap_or("");
    ["/login", "/loginError", "/securityRealm/", "/oauth2/", "/saml"].iter().any(|word| path.contains(word))
}

/// `Retry-After` in seconds or as a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header("retry-after");
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds.min(24 * 3600)));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let date = Time::from_millis(i64::try_from(date.as_millis()).ok()?);
    Some(date.since(answer.at.shifted(answer.skew)).min(Duration::from_secs(24 * 3600)))
}

/// What an error page says: Jetty's `Error 400 Nothing is submitted`.
fn said(answer: &Answer) -> String {
    let page = answer.start();
    let title =
        page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title.trim());
    match title.filter(|t| t.starts_with("Error ")) {
        Some(title) => {
            let words = title.trim_start_matches("Error ").trim_start_matches(|c: char| c.is_ascii_digit()).trim();
            format!(" ({})", Text::line(words))
        }
        None => String::new(),
    }
}

/// A permission as Jenkins' own pages call it, from its id (`hudson.model.Computer.Disconnect` → `Agent/Disconnect`).
fn permission(id: &str) -> String {
    let id = Text::line(id.trim());
    let (class, name) = id.rsplit_once('.').unwrap_or(("", &id));
    let group = match class {
        "hudson.model.Hudson" | "jenkins.model.Jenkins" => "Overall",
        "hudson.model.Computer" => "Agent",
        "hudson.model.Item" => "Job",
        "hudson.model.Run" => "Run",
        "hudson.model.View" => "View",
        "hudson.scm.SCM" => "SCM",
        "com.cloudbees.plugins.credentials.CredentialsProvider" => "Credentials",
        _ => return id.to_string(),
    };
    format!("{group}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_have_the_names_that_the_pages_show() {
        assert_eq!(permission("hudson.model.Computer.Disconnect"), "Agent/Disconnect");
        assert_eq!(permission("hudson.model.Hudson.Administer"), "Overall/Administer");
        assert_eq!(permission("org.example.Thing.Do"), "org.example.Thing.Do");
    }

    #[test]
    fn a_login_page_is_known_by_its_path() {
        assert!(login_page("https://ci/login?from=%2Fjob"));
        assert!(login_page("https://ci/securityRealm/commenceLogin?from=%2F"));
        assert!(!login_page("https://ci/job/x/?from=/login"));
    }
}
