//! `bellboard log`: a build's console text, made harmless, followed as long as the build runs.
use std::sync::Arc;
use std::time::Duration;

use super::args::{Common, Log};
use super::out::Out;
use super::session;
use crate::app::{Exit, Failed};
use crate::base::{SystemClock, Text, UrlPath};
use crate::model::BuildId;
use crate::site::{Controller, Site};
use crate::sources::jenkins::{self, LogPosition};

/// How long to wait before asking for more of a log that is still written.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(common: &Common, args: &Log, out: &mut Out) -> Result<Exit, Failed> {
    let found = session::site(common)?;
    let (controller, build) = build(&args.build, &found.site)?;
    let why = Text::line("`bellboard log` changes nothing");
    let (reader, _) = jenkins::connect(controller, Arc::new(SystemClock), Some(why));
    session::runtime()?.block_on(async {
        let mut from = LogPosition::whole();
        loop {
            let read = reader.log(&build, from).await?.value;
            if read.chunk.skipped > 0 {
                out.line(&format!("[the first {} bytes of this log are left out]", read.chunk.skipped))?;
            }
            out.text(&read.chunk.text)?;
            out.flush()?;
            if !read.chunk.more || (read.caught_up && !args.follow) {
                return Ok(Exit::Fine);
            }
            if read.caught_up {
                tokio::time::sleep(PAUSE).await;
            }
            from = read.next;
        }
    })
}

/// The build that was meant, and whose it is: a path below the root, a job's full name with the number behind a slash
/// or `#`, or the address of its page.
fn build<'s>(words: &str, site: &'s Site) -> Result<(&'s Controller, BuildId), Failed> {
    let wrong = || {
        let hint = "write it like tvm/PR-1/7, tvm/PR-1#7, job/tvm/job/PR-1/7, or give the address of its page";
        Failed::new(Exit::Usage, format!("`{words}` does not name a build"), hint)
    };
    let home = site.controllers.iter().find(|c| words.starts_with(c.url.as_str()));
    let controller = match (home, site.controllers.as_slice()) {
        (Some(home), _) => home,
        (None, _) if words.contains("://") => {
            return Err(Failed::new(Exit::Usage, format!("{words} is at none of the site file's controllers"), ""));
        }
        (None, [only]) => only,
        (None, _) => {
            let hint = "say which with --controller ID";
            return Err(Failed::new(Exit::Usage, "the site file has more than one controller", hint));
        }
    };
    let below = words.strip_prefix(controller.url.as_str()).unwrap_or(words);
    let below = below.trim_matches('/').trim_end_matches("/console").replace('#', "/");
    let (job, number) = below.rsplit_once('/').ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let job = if job.starts_with("job/") {
        UrlPath::encoded(job)
    } else {
        UrlPath::of(job.split('/').flat_map(|name| ["job", name]))
    };
    Ok((controller, BuildId::new(job, number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "[[controller]]\nid = \"a\"\nurl = \"https://ci/j/\"\n";

    #[test]
    fn a_build_is_named_in_several_ways() {
        let site = Site::parse(SITE, "s").unwrap();
        for words in [
            "tvm/PR-1/7",
            "tvm/PR-1#7",
            "job/tvm/job/PR-1/7",
            "/job/tvm/job/PR-1/7/",
            "https://ci/j/job/tvm/job/PR-1/7/console",
        ] {
            let (_, build) = build(words, &site).unwrap_or_else(|e| panic!("{words}: {e}"));
            assert_eq!(build.to_string(), "job/tvm/job/PR-1/7", "{words}");
        }
        for words in ["", "7", "tvm", "tvm/PR-1/x", "https://elsewhere/job/tvm/1"] {
            assert_eq!(build(words, &site).unwrap_err().exit, Exit::Usage, "{words}");
        }
    }

    #[test]
    fn with_several_controllers_one_must_be_said() {
        let site =
            Site::parse(&format!("{SITE}{}", SITE.replace("\"a\"", "\"b\"").replace("/j/", "/k/")), "s").unwrap();
        assert!(build("tvm/1", &site).unwrap_err().hint.contains("--controller"));
        assert_eq!(build("https://ci/k/job/tvm/1", &site).unwrap().0.id.as_str(), "b");
    }
}
