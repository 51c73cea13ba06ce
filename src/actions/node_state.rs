//! A node in words, for the verbs that deal with nodes.
use crate::base::Text;
use crate::model::{Executor, Mode, Node, NodeKind, NodeState};

use super::Args;

/// `static, GPU TensorCore`
pub fn about(node: &Node) -> Text {
    let kind = match node.kind {
        NodeKind::BuiltIn => "built-in",
        NodeKind::Static => "static",
        NodeKind::Autoscaled => "autoscaled",
    };
    let labels: Vec<&str> = node.labels.iter().filter(|l| **l != node.name).map(Text::as_str).collect();
    if labels.is_empty() { Text::from(kind) } else { Text::line(&format!("{kind}, {}", labels.join(" "))) }
}

/// Whether somebody or something keeps builds off it on purpose.
pub fn marked(node: &Node) -> bool {
    node.temporarily_offline
}

/// Why it is offline, as its page says; empty when it does not.
pub fn reason(node: &Node) -> Text {
    node.cause.as_ref().map(|c| c.reason.clone()).unwrap_or_default()
}

/// `online`, `offline "maintenance"`, `disconnected`.
pub fn state(node: &Node) -> Text {
    let word = match node.state() {
        NodeState::Busy | NodeState::Idle => return Text::from("online"),
        NodeState::Offline => "disconnected",
        NodeState::Draining | NodeState::MarkedOffline => "offline",
    };
    let why = reason(node);
    if why.is_empty() { Text::from(word) } else { Text::line(&format!("{word} \"{why}\"")) }
}

/// `normal`: takes builds without a label, too; `exclusive`: only those that ask for one of its labels.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "normal",
        Mode::Exclusive => "exclusive",
    }
}

/// The builds that run on it, for a plan that breaks them off.
pub fn broken_off(node: &Node) -> Vec<Text> {
    let busy = node.executors.iter().chain(&node.one_off).filter(|e| !e.idle);
    let title = |e: &Executor| match e.occupant.as_ref().map(|o| &o.title).filter(|t| !t.is_empty()) {
        Some(title) => title.clone(),
        None => Text::from("a step of a Pipeline"),
    };
    busy.map(|e| Text::line(&format!("{} runs there and is broken off", title(e)))).collect()
}

/// `node/gpu-4`
pub fn lock(with: Args<'_>) -> Vec<Text> {
    vec![Text::line(&format!("node/{}", with.text("node")))]
}

/// Why nothing of this kind can be done to the built-in node.
pub fn built_in(node: &Node) -> Option<Text> {
    let says = format!("{} is the controller itself: this can be done to agents only", node.name);
    (node.kind == NodeKind::BuiltIn).then(|| Text::line(&says))
}
