//! A cloud of the EC2 Fleet plugin as the plugin itself shows it (`/ec2-fleet/stats`).
use crate::base::Text;

/// One row of the plugin's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetStat {
    pub fleet: Text,
    pub label: Text,
    pub active: u32,
    pub desired: u32,
    /// The group's maximum, where the page says it.
    pub max: Option<u32>,
    pub state: Text,
}
