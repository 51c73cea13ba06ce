//! Stages as three plugins tell them: pipeline-graph-view, Blue Ocean, pipeline-rest-api (wfapi).
use std::collections::HashMap;

use serde::Deserialize;

use crate::base::{Text, Time};
use crate::model::{Stage, StageSource, StageState, Stages};

use super::lenient::{Loose, line, moment, present, span};

/// How deep stages are followed; what is deeper is shown at this depth.
const DEEPEST: u8 = 12;

/// An id that is a number in some versions and a string in others.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Word(String),
}

impl Id {
    fn text(self) -> Text {
        match self {
            Id::Number(n) => Text::line(&n.to_string()),
            Id::Word(w) => Text::line(&w),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GraphAnswer {
    data: Option<Graph>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Graph {
    stages: Loose<GraphStage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GraphStage {
    id: Option<Id>,
    name: Option<String>,
    state: Option<String>,
    start_time_millis: Option<i64>,
    total_duration_millis: Option<i64>,
    cause_of_blockage: Option<String>,
    children: Loose<GraphStage>,
}

/// pipeline-graph-view: a tree.
pub fn graph(raw: GraphAnswer) -> Stages {
    let mut stages = Vec::new();
    for stage in present(raw.data.unwrap_or_default().stages) {
        grow(stage, 0, &mut stages);
    }
    Stages { source: StageSource::PipelineGraphView, stages }
}

fn grow(raw: GraphStage, depth: u8, out: &mut Vec<Stage>) {
    let waits_for = raw.cause_of_blockage.as_deref().filter(|w| !w.is_empty()).map(Text::line);
    out.push(Stage {
        id: raw.id.map(Id::text).unwrap_or_default(),
        name: line(raw.name.as_deref()),
        depth,
        state: state(raw.state.as_deref().unwrap_or(""), ""),
        started: moment(raw.start_time_millis),
        duration: span(raw.total_duration_millis),
        waits_for,
    });
    for child in present(raw.children) {
        grow(child, depth.saturating_add(1).min(DEEPEST), out);
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlueNode {
    id: Option<Id>,
    display_name: Option<String>,
    result: Option<String>,
    state: Option<String>,
    start_time: Option<String>,
    duration_in_millis: Option<i64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    cause_of_blockage: Option<String>,
    first_parent: Option<Id>,
}

impl BlueNode {
    /// Why it waits for an executor, if it does, and since when.
    pub fn blockage(&self) -> Option<(&str, Option<Time>)> {
        let why = self.cause_of_blockage.as_deref().filter(|w| !w.is_empty())?;
        Some((why, self.start_time.as_deref().and_then(blue_time)))
    }
}

/// Blue Ocean: a list with parents.
pub fn blue(raw: Vec<Option<BlueNode>>) -> Stages {
    let mut known: HashMap<Text, (u8, bool)> = HashMap::new();
    let stages = raw.into_iter().flatten().map(|node| {
        let id = node.id.map(Id::text).unwrap_or_default();
        let parallel = node.kind.as_deref() == Some("PARALLEL");
        let depth = match node.first_parent.map(Id::text).and_then(|p| known.get(&p).copied()) {
            Some((depth, of_parallel)) if parallel || of_parallel => depth.saturating_add(1).min(DEEPEST),
            Some((depth, _)) => depth,
            None => u8::from(parallel),
        };
        known.insert(id.clone(), (depth, parallel));
        let started = node.start_time.as_deref().and_then(blue_time);
        Stage {
            id,
            name: line(node.display_name.as_deref()),
            depth,
            state: state(node.state.as_deref().unwrap_or(""), node.result.as_deref().unwrap_or("")),
            started,
            duration: started.and_then(|_| span(node.duration_in_millis)),
            waits_for: node.cause_of_blockage.as_deref().filter(|w| !w.is_empty()).map(Text::line),
        }
    });
    Stages { source: StageSource::BlueOcean, stages: stages.collect() }
}

/// `2026-11-23T15:55:43.768+0000`: the offset has no colon.
fn blue_time(text: &str) -> Option<Time> {
    let colon = text.len().checked_sub(2)?;
    let (front, back) = (text.get(..colon)?, text.get(colon..)?);
    text.parse().ok().or_else(|| format!("{front}:{back}").parse().ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wfapi {
    stages: Loose<WfapiStage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WfapiStage {
    id: Option<Id>,
    name: Option<String>,
    status: Option<String>,
    start_time_millis: Option<i64>,
    duration_millis: Option<i64>,
}

/// wfapi: a flat list without parallel branches.
pub fn wfapi(raw: Wfapi) -> Stages {
    let stages = present(raw.stages).map(|s| Stage {
        id: s.id.map(Id::text).unwrap_or_default(),
        name: line(s.name.as_deref()),
        depth: 0,
        state: state(s.status.as_deref().unwrap_or(""), ""),
        started: moment(s.start_time_millis),
        duration: span(s.duration_millis),
        waits_for: None,
    });
    Stages { source: StageSource::Wfapi, stages: stages.collect() }
}

/// One word for all three: graph-view in lower case, Blue Ocean in a state and a result, wfapi in a status.
fn state(word: &str, result: &str) -> StageState {
    let word = if word.eq_ignore_ascii_case("finished") { result } else { word };
    match word.to_ascii_lowercase().as_str() {
        "running" | "in_progress" | "inprogress" => StageState::Running,
        "paused" | "queued" | "paused_pending_input" => StageState::Paused,
        "success" => StageState::Success,
        "unstable" => StageState::Unstable,
        "failure" | "failed" => StageState::Failure,
        "aborted" => StageState::Aborted,
        "skipped" | "not_built" | "not_executed" => {
            if word.eq_ignore_ascii_case("not_executed") {
                StageState::NotStarted
            } else {
                StageState::Skipped
            }
        }
        _ => StageState::NotStarted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blue_ocean_times_are_read() {
        assert_eq!(blue_time("2026-11-23T15:55:43.768+0000"), Some("2026-11-23T15:55:43.768Z".parse().unwrap()));
        assert_eq!(blue_time("x"), None);
    }

    #[test]
    fn a_graph_is_flattened_with_depths_and_ids_of_either_type() {
        let raw = serde_json::from_str(
            r#"{"status":"ok","data":{"complete":false,"stages":[
                {"id":"6","name":"Build","state":"running","startTimeMillis":5,"totalDurationMillis":7,"children":[
                    {"id":9,"name":"CPU","state":"queued","causeOfBlockage":"Waiting for next available executor on ‘CPU’"},
                    {"id":10,"name":"GPU","state":"success","children":[{"id":"12","name":"x","state":"not_built"}]}]}]}}"#,
        )
        .unwrap();
        let stages = graph(raw);
        let shown: Vec<_> = stages.stages.iter().map(|s| (s.id.as_str(), s.depth, s.state)).collect();
        assert_eq!(
            shown,
            [
                ("6", 0, StageState::Running),
                ("9", 1, StageState::Paused),
                ("10", 1, StageState::Success),
                ("12", 2, StageState::Skipped)
            ]
        );
        assert!(stages.stages[1].waits_for.as_ref().unwrap().contains("CPU"));
    }
}
