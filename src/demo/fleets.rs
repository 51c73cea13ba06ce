//! Autoscaled nodes that come and go as the EC2 Fleet plugin brings them (facts: tvm-ci, from the plugin's source).
use std::collections::HashMap;

use super::nodes::{Launcher, Node, carries};
use super::queue::State;
use super::world::World;

/// A fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// The Auto Scaling group.
    pub name: String,
    /// The label its nodes carry.
    pub label: String,
    /// Least size.
    pub min: usize,
    /// Greatest size.
    pub max: usize,
    /// What the plugin asks for.
    pub desired: usize,
    /// Cannot start instances before this moment.
    pub stalled_until: i64,
}

impl Fleet {
    /// Whether its nodes satisfy an expression of labels.
    pub fn serves(&self, expression: &str) -> bool {
        carries(expression, &|atom| atom == self.label)
    }
}

/// An instance is removed when it was idle for so long (facts: 1 minute).
const IDLE: i64 = 60_000;

impl World {
    /// A name like EC2 gives one.
    pub fn instance_id(&mut self) -> String {
        format!("i-0{:016x}", self.rng.u64(..) | 1 << 60)
    }

    /// A new instance of a fleet, not yet connected.
    pub fn start_instance(&mut self, index: usize, connects_in: i64) -> Option<String> {
        let fleet = self.fleets.get(index)?.clone();
        let name = self.instance_id();
        let mut node = Node::new(&name, &[&fleet.label], 1, Launcher::Fleet(index), self.now);
        node.description = fleet.name;
        node.connected = connects_in <= 0;
        node.connects_at = (connects_in > 0).then_some(self.now + connects_in);
        node.fills = 4_000_000;
        self.nodes.insert(name.clone(), node);
        Some(name)
    }

    /// Nodes whose moment has come are connected.
    pub fn connect_tick(&mut self) {
        let now = self.now;
        for node in self.nodes.values_mut() {
            if node.connects_at.is_some_and(|at| at <= now) {
                node.connects_at = None;
                node.connected = true;
                node.broken = None;
                node.idle_since = now;
                node.measure(now, 40, 0);
            }
        }
    }

    /// What the plugin does every ten seconds: count the demand, ask for more, remove what is idle. A mark does not
    /// protect a node: only idleness, excess and uses left count.
    pub fn fleets_tick(&mut self) {
        let mut wanted: HashMap<&str, usize> = HashMap::new();
        for item in self.queue.values().filter(|i| i.state == State::Buildable) {
            *wanted.entry(item.label.as_deref().unwrap_or("")).or_default() += 1;
        }
        let demand = |f: &Fleet| wanted.iter().filter(|(l, _)| f.serves(l)).map(|(_, n)| n).sum();
        let demands: Vec<usize> = self.fleets.iter().map(demand).collect();
        for (index, waiting) in demands.into_iter().enumerate() {
            self.shrink(index, waiting);
            self.grow(index, waiting);
        }
    }

    fn members(&self, index: usize) -> Vec<String> {
        self.nodes.values().filter(|n| n.launcher == Launcher::Fleet(index)).map(|n| n.name.clone()).collect()
    }

    fn shrink(&mut self, index: usize, waiting: usize) {
        let Some(fleet) = self.fleets.get(index).cloned() else { return };
        let members = self.members(index);
        let mut size = members.len();
        for name in members {
            let Some(node) = self.nodes.get(&name) else { continue };
            let rested = node.connected && node.idle() && self.now - node.idle_since >= IDLE;
            let worn = node.connected && node.idle() && node.uses_left == 0;
            if (rested && waiting == 0 && size > fleet.min) || worn {
                self.nodes.remove(&name);
                size -= 1;
            }
        }
        if let Some(fleet) = self.fleets.get_mut(index) {
            fleet.desired = size.max(fleet.min);
        }
    }

    fn grow(&mut self, index: usize, waiting: usize) {
        let Some(fleet) = self.fleets.get(index).cloned() else { return };
        let members: Vec<&Node> = self.nodes.values().filter(|n| n.launcher == Launcher::Fleet(index)).collect();
        let starting = members.iter().filter(|n| n.connects_at.is_some()).count();
        let free = members.iter().filter(|n| n.free()).count();
        let room = fleet.max.saturating_sub(members.len());
        let least = fleet.min.saturating_sub(members.len());
        let more = waiting.saturating_sub(starting + free).max(least).min(room).min(8);
        if self.quiet.is_some() || self.now < fleet.stalled_until {
            return;
        }
        for _ in 0..more {
            let after = self.rng.i64(70_000..200_000);
            self.start_instance(index, after);
        }
        if let Some(fleet) = self.fleets.get_mut(index) {
            fleet.desired += more;
        }
    }
}
