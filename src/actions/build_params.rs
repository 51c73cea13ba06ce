//! A build's parameters: as given, completed from what the job takes, and compared with those of other builds.
use serde_json::{Map, Value};

use crate::base::Text;
use crate::model::JobDetail;
use crate::runbook::did_you_mean;

use super::Args;

/// Names and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Vec<(Text, Text)>);

impl Params {
    pub fn pairs(&self) -> &[(Text, Text)] {
        &self.0
    }

    /// `FAMILY=cpu DEBUG=true`
    pub fn says(&self) -> String {
        self.0.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ")
    }

    /// For the journal.
    pub fn json(&self) -> Value {
        Value::Object(self.0.iter().map(|(n, v)| (n.to_string(), Value::from(v.as_str()))).collect::<Map<_, _>>())
    }

    /// From the journal.
    pub fn before(before: &Value) -> Self {
        let all = before.get("params").and_then(Value::as_object);
        let pairs = all.into_iter().flatten().map(|(n, v)| (Text::line(n), Text::line(v.as_str().unwrap_or_default())));
        Self(pairs.collect())
    }

    /// Whether a build or item has these parameters: it may have more, of which nobody asked.
    pub fn fit(&self, has: &[(Text, Text)]) -> bool {
        self.0.iter().all(|(name, value)| has.iter().any(|(n, v)| n == name && v == value))
    }
}

/// As given: a list of `NAME=value`, or such words in one text, in which quotes keep blanks together.
///
/// # Errors
/// Says which word is none.
pub fn given(with: Args<'_>) -> Result<Params, Text> {
    let words = match with.0.get("params") {
        Some(Value::String(text)) => split(text)?,
        _ => with.words("params").iter().map(ToString::to_string).collect(),
    };
    let mut pairs: Vec<(Text, Text)> = Vec::new();
    for word in words.iter().filter(|w| !w.trim().is_empty()) {
        let Some((name, value)) = word.split_once('=').filter(|(n, _)| !n.trim().is_empty()) else {
            return Err(Text::line(&format!("`{word}` is not a parameter: write NAME=value")));
        };
        let name = Text::line(name.trim());
        if pairs.iter().any(|(n, _)| *n == name) {
            return Err(Text::line(&format!("the parameter {name} is given twice")));
        }
        pairs.push((name, Text::line(value)));
    }
    Ok(Params(pairs))
}

/// With the defaults of all others, so that the build can be told from another.
///
/// # Errors
/// A parameter that the job does not take (Jenkins would ignore it), a secret, or a choice that it does not offer.
pub fn complete(with: Args<'_>, job: &JobDetail) -> Result<Params, Text> {
    let given = given(with)?;
    for (name, value) in &given.0 {
        let Some(param) = job.params.iter().find(|p| p.name == *name) else {
            let hint = did_you_mean(name, job.params.iter().map(|p| p.name.as_str()));
            let hint = if hint.is_empty() { "it takes none".to_owned() } else { hint };
            return Err(Text::line(&format!("{} has no parameter {name}; {hint}", job.full_name)));
        };
        if param.default.is_none() {
            let why = "its value is a secret or a file, and would stand in the run's journal";
            return Err(Text::line(&format!("{name} cannot be given here: {why}; start the build in Jenkins")));
        }
        if !param.choices.is_empty() && !param.choices.contains(value) {
            let offered: Vec<&str> = param.choices.iter().map(Text::as_str).collect();
            return Err(Text::line(&format!("{name} cannot be `{value}`; one of: {}", offered.join(", "))));
        }
    }
    let pairs = job.params.iter().filter_map(|p| {
        let own = given.0.iter().find(|(n, _)| *n == p.name).map(|(_, v)| v.clone());
        Some((p.name.clone(), own.or_else(|| p.default.clone())?))
    });
    Ok(Params(pairs.collect()))
}

fn split(text: &str) -> Result<Vec<String>, Text> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    match quote {
        None => Ok(words),
        Some(q) => Err(Text::line(&format!("a quote ({q}) is opened and not closed in the parameters: {text}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::UrlPath;
    use crate::model::{JobKind, JobParam};

    fn job() -> JobDetail {
        let param = |name: &str, default: Option<&str>, choices: &[&str]| JobParam {
            name: name.into(),
            default: default.map(Text::from),
            choices: choices.iter().map(|c| Text::from(*c)).collect(),
        };
        JobDetail {
            path: UrlPath::encoded("job/images"),
            full_name: "images".into(),
            kind: JobKind::Freestyle,
            buildable: Some(true),
            next_build: Some(3),
            in_queue: false,
            children: 0,
            params: vec![
                param("FAMILY", Some("cpu"), &["cpu", "gpu"]),
                param("NOTE", Some(""), &[]),
                param("PASSWORD", None, &[]),
            ],
        }
    }

    fn filled(params: Value) -> Result<Params, Text> {
        let map = Map::from_iter([("params".to_owned(), params)]);
        complete(Args(&map), &job())
    }

    #[test]
    fn what_is_left_out_gets_its_default_and_secrets_are_left_to_jenkins() {
        assert_eq!(filled(json!("")).unwrap().says(), "FAMILY=cpu NOTE=");
        assert_eq!(filled(json!(["FAMILY=gpu", "NOTE=a b, c=d"])).unwrap().says(), "FAMILY=gpu NOTE=a b, c=d");
        assert_eq!(filled(json!("NOTE='a b' FAMILY=gpu")).unwrap().says(), "FAMILY=gpu NOTE=a b");
        let params = filled(json!("NOTE=x")).unwrap();
        assert_eq!(Params::before(&json!({ "params": params.json() })), params);
    }

    #[test]
    fn what_jenkins_would_ignore_or_choke_on_is_refused_before() {
        for (params, says) in [
            ("FAMILIE=gpu", "did you mean `FAMILY`?"),
            ("FAMILY=riscv", "one of: cpu, gpu"),
            ("FAMILY", "write NAME=value"),
            ("=x", "write NAME=value"),
            ("NOTE=a NOTE=b", "given twice"),
            ("NOTE='a", "not closed"),
            ("PASSWORD=x", "would stand in the run's journal"),
        ] {
            let error = filled(json!(params)).unwrap_err();
            assert!(error.contains(says), "{params}: {error}");
        }
    }

    #[test]
    fn a_build_with_other_parameters_is_another() {
        let params = filled(json!("NOTE=x")).unwrap();
        let has = |pairs: &[(&str, &str)]| {
            params.fit(&pairs.iter().map(|(n, v)| (Text::from(*n), Text::from(*v))).collect::<Vec<_>>())
        };
        assert!(has(&[("NOTE", "x"), ("FAMILY", "cpu"), ("PASSWORD", "")]));
        assert!(!has(&[("NOTE", "y"), ("FAMILY", "cpu")]));
        assert!(!has(&[("NOTE", "x")]));
    }
}
