//! `/queue/api/json` and `/queue/item/N/api/json`: what waits, for which label, since when.
use serde::Deserialize;

use crate::base::{Text, Time};
use crate::model::{QueueItem, QueueState, Task};

use super::super::{QueueFate, paths};
use super::lenient::{Action, Loose, causes, line, moment, params, present, title};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Queue {
    items: Loose<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Item {
    #[serde(rename = "_class")]
    class: Option<String>,
    id: Option<u64>,
    why: Option<String>,
    blocked: Option<bool>,
    buildable: Option<bool>,
    pending: Option<bool>,
    stuck: Option<bool>,
    cancelled: Option<bool>,
    in_queue_since: Option<i64>,
    buildable_start_milliseconds: Option<i64>,
    timestamp: Option<i64>,
    actions: Loose<Action>,
    task: Option<RawTask>,
    executable: Option<RawExecutable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawTask {
    #[serde(rename = "_class")]
    class: Option<String>,
    name: Option<String>,
    full_name: Option<String>,
    full_display_name: Option<String>,
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawExecutable {
    url: Option<String>,
}

/// All items.
pub fn items(raw: Queue) -> Vec<QueueItem> {
    present(raw.items).filter_map(item).collect()
}

/// What became of one item.
pub fn fate(raw: Item) -> Option<QueueFate> {
    let left = raw.class.as_deref().is_some_and(|c| c.ends_with("LeftItem"));
    if !left && raw.executable.is_none() {
        return item(raw).map(QueueFate::Waiting);
    }
    if raw.cancelled == Some(true) {
        return Some(QueueFate::Cancelled);
    }
    let url = raw.executable.and_then(|e| e.url);
    Some(url.as_deref().and_then(paths::build).map_or(QueueFate::Leaving, QueueFate::Started))
}

fn item(raw: Item) -> Option<QueueItem> {
    let class = raw.class.as_deref().unwrap_or("");
    let state = match class.rsplit('$').next().unwrap_or("") {
        "WaitingItem" => QueueState::Waiting,
        "BlockedItem" => QueueState::Blocked,
        _ if raw.pending == Some(true) => QueueState::Pending,
        "BuildableItem" => QueueState::Buildable,
        _ if raw.blocked == Some(true) => QueueState::Blocked,
        _ if raw.buildable == Some(true) => QueueState::Buildable,
        _ => QueueState::Waiting,
    };
    let why = line(raw.why.as_deref());
    let actions: Vec<Action> = present(raw.actions).collect();
    Some(QueueItem {
        id: raw.id?,
        state,
        since: moment(raw.in_queue_since).unwrap_or(Time::from_millis(0)),
        buildable_since: moment(raw.buildable_start_milliseconds),
        not_before: moment(raw.timestamp).filter(|_| state == QueueState::Waiting),
        stuck: raw.stuck.unwrap_or(false),
        task: task(raw.task.unwrap_or_default()),
        label: label(&why),
        params: params(&actions),
        causes: causes(&actions),
        why,
    })
}

/// A step of a Pipeline has the URL of its build (newer controllers) or nothing at all.
fn task(raw: RawTask) -> Task {
    let url = raw.url.as_deref().unwrap_or("");
    let build = paths::build(url);
    let name = raw.full_display_name.or(raw.full_name).or(raw.name);
    Task {
        class: line(raw.class.as_deref()),
        name: title(name.as_deref()),
        job: build.as_ref().map(|b| b.job.clone()).or_else(|| paths::job(url)),
        build,
    }
}

/// The label expression that a reason names (Jenkins core `hudson/model/Messages.properties`, `Queue.*`), in
/// today's quotes or those of old.
pub fn label(why: &str) -> Option<Text> {
    for before in ["doesn’t have label ", "doesn't have label ", "label ", "executor on "] {
        if let Some((_, rest)) = why.rsplit_once(before)
            && let Some(label) = quoted(rest)
        {
            return Some(Text::line(label));
        }
    }
    // `‘gpu-1’ is offline`: the item wants that one node, whose name is its label.
    let label = quoted(why)?;
    why.ends_with(" is offline").then(|| Text::line(label)).filter(|_| why.matches([';']).count() == 0)
}

fn quoted(text: &str) -> Option<&str> {
    let (rest, close) = match text.strip_prefix('‘') {
        Some(rest) => (rest, '’'),
        None => (text.strip_prefix('\'')?, '\''),
    };
    let end = if close == '\'' { rest.rfind(close) } else { rest.find(close) }?;
    rest.get(..end).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_label_is_read_from_the_reason() {
        for (why, wanted) in [
            ("Waiting for next available executor on ‘GPU&&TensorCore’", Some("GPU&&TensorCore")),
            ("Waiting for next available executor on 'GPU'", Some("GPU")),
            ("There are no nodes with the label ‘HEXAGON’", Some("HEXAGON")),
            ("All nodes of label ‘GPU’ are offline", Some("GPU")),
            ("‘cpu-node-04’ is offline", Some("cpu-node-04")),
            ("‘Jenkins’ doesn’t have label ‘ARM’; ‘gpu-1’ is offline", Some("ARM")),
            ("Waiting for next available executor", None),
            ("Build #1 is already in progress (ETA: N/A)", None),
            ("In the quiet period. Expires in 23 hr", None),
            ("Jenkins is about to shut down", None),
            ("", None),
            ("executor on ‘", None),
        ] {
            assert_eq!(label(why).as_deref(), wanted, "{why}");
        }
    }

    #[test]
    fn a_step_of_a_pipeline_is_matched_by_its_url_on_newer_controllers() {
        let raw: Item = serde_json::from_str(
            r#"{"_class":"hudson.model.Queue$BuildableItem","id":7,"inQueueSince":5,
                "task":{"_class":"org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask",
                        "name":"part of tvm » PR-1 #7","url":"job/tvm/job/PR-1/7/"}}"#,
        )
        .unwrap();
        let item = item(raw).unwrap();
        assert!(item.task.is_pipeline_step());
        assert_eq!(item.task.build.map(|b| b.to_string()).as_deref(), Some("job/tvm/job/PR-1/7"));
    }
}
