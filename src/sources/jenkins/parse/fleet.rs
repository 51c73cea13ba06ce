//! `/ec2-fleet/stats` of the EC2 Fleet plugin: an array with one object for each cloud.
use serde::Deserialize;

use crate::model::FleetStat;

use super::lenient::line;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RawFleet {
    fleet: Option<String>,
    label: Option<String>,
    num_active: Option<i64>,
    num_desired: Option<i64>,
    max_size: Option<i64>,
    state: Option<String>,
}

pub fn fleets(raw: Vec<Option<RawFleet>>) -> Vec<FleetStat> {
    let count = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
    raw.into_iter()
        .flatten()
        .map(|f| FleetStat {
            fleet: line(f.fleet.as_deref()),
            label: line(f.label.as_deref()),
            active: count(f.num_active).unwrap_or(0),
            desired: count(f.num_desired).unwrap_or(0),
            max: count(f.max_size),
            state: line(f.state.as_deref()),
        })
        .collect()
}
