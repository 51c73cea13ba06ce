//! Jenkins over its HTTP API: a `Reader` that only reads, an `Operator` whose every method makes one write.
mod answered;
mod build_list;
mod caches;
pub mod config;
mod crumb;
mod details;
mod job_list;
mod log;
mod operator;
mod parse;
mod paths;
mod queue_fate;
mod reader;
mod refusal;
mod stage_source;
mod steps;
mod trees;

pub use answered::Answered;
pub use log::{LogPosition, LogRead};
pub use operator::Operator;
pub use queue_fate::QueueFate;
pub use reader::Reader;

use std::sync::Arc;

use crate::base::{Clock, Text};
use crate::site;
use crate::wire::{self, Limits, ReadOnlyList, Writes};

/// A controller's reader and, unless `read_only` says why not, its operator. Nothing is sent yet; the secret is
/// looked up at the first call.
pub fn connect(site: &site::Controller, clock: Arc<dyn Clock>, read_only: Option<Text>) -> (Reader, Option<Operator>) {
    let open = read_only.is_none();
    let (reader, operator) = connect_with(site, clock, Limits::default(), read_only);
    (reader, open.then_some(operator))
}

/// The same with bounds of one's own; a read-only operator refuses everything before a byte is sent.
pub fn connect_with(
    site: &site::Controller,
    clock: Arc<dyn Clock>,
    limits: Limits,
    read_only: Option<Text>,
) -> (Reader, Operator) {
    let writes = read_only.map_or(Writes::Open, Writes::Closed);
    let (read, write) = wire::open(site, limits, ReadOnlyList::of(&trees::READS), writes, clock);
    let reader = Reader::new(read, site.autoscaled.clone());
    let operator = Operator::new(write, reader.clone());
    (reader, operator)
}
