//! Who asks: tokens and passwords by basic authentication, sessions and crumbs, and what each account may do.
use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::reply::{Reply, Request};

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name; `anonymous` is nobody.
    pub id: String,
    /// Its name for people.
    pub full: String,
    /// May do anything.
    pub admin: bool,
    /// May build, stop, mark nodes.
    pub operator: bool,
    /// May read.
    pub reads: bool,
}

/// A right, with the name that `X-Required-Permission` gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// `hudson.model.Hudson.Administer`.
    Administer,
    /// `hudson.model.Item.Build`.
    Build,
    /// `hudson.model.Item.Cancel`.
    Cancel,
    /// `hudson.model.Item.Configure`.
    ConfigureJob,
    /// `hudson.model.Computer.Configure`.
    ConfigureNode,
    /// `hudson.model.Computer.Delete`.
    DeleteNode,
    /// `hudson.model.Computer.Connect`.
    Connect,
    /// `hudson.model.Computer.Disconnect`.
    Disconnect,
}

impl Right {
    /// As the header names it.
    pub fn name(self) -> &'static str {
        match self {
            Right::Administer => "hudson.model.Hudson.Administer",
            Right::Build => "hudson.model.Item.Build",
            Right::Cancel => "hudson.model.Item.Cancel",
            Right::ConfigureJob => "hudson.model.Item.Configure",
            Right::ConfigureNode => "hudson.model.Computer.Configure",
            Right::DeleteNode => "hudson.model.Computer.Delete",
            Right::Connect => "hudson.model.Computer.Connect",
            Right::Disconnect => "hudson.model.Computer.Disconnect",
        }
    }
}

impl User {
    /// Whether it has a right (recordings: README, roles).
    pub fn may(&self, right: Right) -> bool {
        let operators = matches!(right, Right::Build | Right::Cancel | Right::Connect | Right::Disconnect);
        self.admin || (self.operator && operators)
    }

    /// Whether nobody is logged in.
    pub fn anonymous(&self) -> bool {
        self.id == "anonymous"
    }
}

/// The accounts and open sessions.
#[derive(Debug, Clone, Default)]
pub struct Auth {
    /// Token and password by account.
    pub accounts: BTreeMap<String, (String, String)>,
    /// Whether nobody in particular may read.
    pub anonymous_reads: bool,
    /// Sessions that a crumb was given in, by cookie.
    sessions: BTreeMap<String, String>,
    next_session: u64,
}

/// Who asks, and how they showed it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// By password: needs crumb and session, and costs 130 ms of hashing (facts: jenkins-api).
    pub by_password: bool,
}

impl Auth {
    /// Finds out who asks; a wrong token or an unknown account is 401 whatever is asked for, even for what anybody
    /// may read (recordings: root-bad-token, root-unknown-user, whoami-bad-token).
    pub fn caller(&self, request: &Request) -> Result<Caller, Reply> {
        let Some(header) = request.header("authorization") else {
            return Ok(Caller { user: self.user("anonymous"), by_password: false });
        };
        let refuse = || {
            Reply::jetty(401, "Unauthorized", &request.path)
                .with("www-authenticate", "Basic realm=\"Jenkins\"".to_owned())
        };
        let decoded = header.strip_prefix("Basic ").and_then(decode64).ok_or_else(refuse)?;
        let (name, secret) = decoded.split_once(':').ok_or_else(refuse)?;
        let (token, password) = self.accounts.get(name).ok_or_else(refuse)?;
        if secret == token {
            Ok(Caller { user: self.user(name), by_password: false })
        } else if secret == password {
            Ok(Caller { user: self.user(name), by_password: true })
        } else {
            Err(refuse())
        }
    }

    fn user(&self, id: &str) -> User {
        let full = match id {
            "admin" => "CI Admin",
            "operator" => "CI Operator",
            "committer" => "CI Committer",
            other => other,
        };
        User {
            id: id.to_owned(),
            full: full.to_owned(),
            admin: id == "admin",
            operator: id == "operator",
            reads: id != "anonymous" || self.anonymous_reads,
        }
    }

    fn crumb(user: &str, session: &str) -> String {
        let digest = Sha256::digest(format!("{user}/{session}/crumb"));
        digest.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Gives a crumb and, unless the caller has one, a session (recording: crumb-admin).
    pub fn give_crumb(&mut self, caller: &Caller, request: &Request) -> (String, Option<String>) {
        let known = session_of(request).filter(|s| self.sessions.contains_key(s));
        let fresh = known.is_none();
        let session = known.unwrap_or_else(|| {
            self.next_session += 1;
            format!("node0{:08x}", self.next_session)
        });
        self.sessions.insert(session.clone(), caller.user.id.clone());
        (Self::crumb(&caller.user.id, &session), fresh.then_some(session))
    }

    /// Refuses a POST by password or by nobody without the crumb of its session (recordings: post-password-no-crumb,
    /// post-password-crumb-no-session, post-anonymous); a token needs none and a wrong one beside it is ignored.
    pub fn check_crumb(&self, caller: &Caller, request: &Request) -> Option<Reply> {
        if !request.post() || !(caller.by_password || caller.user.anonymous()) {
            return None;
        }
        let session = session_of(request).filter(|s| self.sessions.get(s) == Some(&caller.user.id));
        let right = session.map(|s| Self::crumb(&caller.user.id, &s));
        let given = request.header("jenkins-crumb").or_else(|| request.field("Jenkins-Crumb"));
        if right.is_some() && right.as_deref() == given {
            return None;
        }
        let delay = if caller.by_password { Duration::from_millis(130) } else { Duration::ZERO };
        Some(Reply::jetty(403, "No valid crumb was included in the request", &request.path).after(delay))
    }
}

fn session_of(request: &Request) -> Option<String> {
    let cookies = request.header("cookie")?;
    cookies
        .split(';')
        .filter_map(|c| c.trim().split_once('='))
        .find(|(n, _)| n.starts_with("JSESSIONID"))
        .map(|(_, v)| v.to_owned())
}

/// Reads base 64, which no crate of ours does.
pub fn decode64(text: &str) -> Option<String> {
    let mut bits = 0u32;
    let mut count = 0;
    let mut out = Vec::new();
    for c in text.trim().bytes().filter(|c| *c != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_read() {
        assert_eq!(decode64("YWRtaW46dG9rZW4=").as_deref(), Some("admin:token"));
        assert_eq!(decode64("w7w6eA==").as_deref(), Some("ü:x"));
        assert_eq!(decode64("!!"), None);
    }
}
