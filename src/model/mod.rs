//! What a CI is made of, as data: controllers, nodes, queue items, builds, jobs, fleets; and the snapshot that holds what is known of them.
pub mod build;
pub mod controller;
pub mod fleet;
pub mod job;
pub mod node;
pub mod problem;
pub mod queue;
pub mod reading;
pub mod snapshot;
pub mod topic;

pub use build::{Build, BuildId, Cause, Outcome, PullRequest, Stage, StageSource, StageState, Stages};
pub use controller::{Controller, ControllerId, Mode, Standing, Who};
pub use fleet::FleetStat;
pub use job::{Job, JobDetail, JobKind, JobParam};
pub use node::{Disk, Executor, Memory, Monitors, Node, NodeKind, NodeState, Occupant, OfflineCause, OfflineKind};
pub use problem::{Problem, ProblemKind};
pub use queue::{QueueItem, QueueState, Task};
pub use reading::{Reading, ReadingState};
pub use snapshot::{Jenkins, Rows, Snapshot};
pub use topic::{LogChunk, Topic, TopicData};
