//! From a URL in Jenkins' JSON to a path below our root. The JSON uses the *configured* root URL, which may be another
//! than the one we use: of a URL only its path counts, and of that only what names a job, build or item.
use crate::base::UrlPath;
use crate::model::BuildId;

/// The encoded segments of a URL's path, without empty ones and without those that climb.
fn segments(url: &str) -> Vec<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = rest.split(['?', '#']).next().unwrap_or("");
    path.split('/').filter(|s| !s.is_empty() && *s != "." && *s != "..").collect()
}

/// The job that a URL names, and the segments after it.
fn job_and_rest(url: &str) -> Option<(UrlPath, Vec<&str>)> {
    let all = segments(url);
    let start = all.iter().position(|s| *s == "job")?;
    let mut rest = all.get(start..)?;
    let mut job: Vec<&str> = Vec::new();
    while let [word, name, after @ ..] = rest
        && *word == "job"
    {
        job.extend([*word, *name]);
        rest = after;
    }
    (!job.is_empty()).then(|| (UrlPath::encoded(&job.join("/")), rest.to_vec()))
}

/// The job that a URL of a job or build names.
pub fn job(url: &str) -> Option<UrlPath> {
    job_and_rest(url).map(|(job, _)| job)
}

/// The build that a URL names.
pub fn build(url: &str) -> Option<BuildId> {
    let (job, rest) = job_and_rest(url)?;
    Some(BuildId::new(job, rest.first()?.parse().ok()?))
}

/// The queue item that a `Location` names: `…/queue/item/115/`.
pub fn queue_item(url: &str) -> Option<u64> {
    let all = segments(url);
    let at = all.windows(2).position(|pair| pair == ["queue", "item"])?;
    all.get(at.saturating_add(2))?.parse().ok()
}

/// A node's path from its display name; the built-in node has names of its own in paths.
pub fn node(name: &str, built_in: bool) -> UrlPath {
    match (built_in, name) {
        (true, "master") => UrlPath::of(["computer", "(master)"]),
        (true, _) => UrlPath::of(["computer", "(built-in)"]),
        (false, _) => UrlPath::of(["computer", name]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_by_the_path_alone() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080/job/tvm/job/PR-1/", Some("job/tvm/job/PR-1")),
            ("https://ci.example.org/jenkins/job/a/7/", Some("job/a")),
            ("https://evil.example.org/view/all/job/a/?x=job/b", Some("job/a")),
            ("job/tvm/job/feature%252Frelax-vm/3/", Some("job/tvm/job/feature%252Frelax-vm")),
            (
                "http://h/job/name%20with%20spaces%20+%20%C3%BCmlaut/",
                Some("job/name%20with%20spaces%20+%20%C3%BCmlaut"),
            ),
            ("http://h/job/a/../../quietDown", Some("job/a")),
            ("http://h/", None),
            ("", None),
            ("http://h/job", None),
        ] {
            assert_eq!(job(url).as_ref().map(UrlPath::as_str), wanted, "{url}");
        }
    }

    #[test]
    fn builds_and_items_have_numbers() {
        assert_eq!(
            build("http://h/x/job/a/job/b/12/console").map(|b| b.to_string()).as_deref(),
            Some("job/a/job/b/12")
        );
        assert_eq!(build("http://h/job/a/lastBuild/"), None);
        assert_eq!(queue_item("http://h/queue/item/115/"), Some(115));
        assert_eq!(queue_item("http://h/job/a/"), None);
    }
}
