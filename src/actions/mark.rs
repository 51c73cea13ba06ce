//! Our mark: what a reason in Jenkins says of the run that set it, and how it is found again.
use crate::base::{RunId, Text};

/// `drained by op2, run 7f3c0a91: more disk`
pub fn mark(did: &str, who: &str, run: RunId, reason: &str) -> Text {
    let reason = if reason.trim().is_empty() { String::new() } else { format!(": {}", reason.trim()) };
    Text::line(&format!("{did} by {who}, run {run}{reason}"))
}

/// The run whose mark a reason bears. Jenkins may have put words of its own around it.
pub fn run_of(reason: &str) -> Option<RunId> {
    reason.match_indices(", run ").find_map(|(at, found)| {
        let rest = reason.get(at + found.len()..)?;
        let id = rest.get(..8)?;
        let ends = rest.get(8..)?.chars().next().is_none_or(|c| !c.is_alphanumeric());
        ends.then(|| id.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_again() {
        let run = RunId::new(0x7f3c_0a91);
        assert_eq!(mark("drained", "op2", run, " more disk "), "drained by op2, run 7f3c0a91: more disk");
        assert_eq!(run_of(&mark("drained", "op2", run, "more, run of it")), Some(run));
        assert_eq!(run_of("Disconnected by op2 : drained by op2, run 7f3c0a91: x"), Some(run));
        assert_eq!(run_of(&mark("drained", "op2", run, "")), Some(run));
        for other in ["", "maintenance", "tests, run 7f3c0a912", "x, run zzzzzzzz: y", "x, run 7f3", "é, run é"] {
            assert_eq!(run_of(other), None, "{other}");
        }
    }
}
