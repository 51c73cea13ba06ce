//! A node in words, for the verbs that deal with nodes.
use crate::base::Text;
use crate::model::{Node, NodeKind, NodeState};

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
