//! What a watch reads from: a controller's `Reader`, or a stand-in in tests.
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::base::UrlPath;
use crate::model::snapshot::CallRecord;
use crate::model::{Build, BuildId, Controller, FleetStat, Job, Node, Problem, QueueItem, Stages};
use crate::sources::jenkins::{Answered, LogPosition, LogRead, Reader};

pub type Ask<'a, T> = Pin<Box<dyn Future<Output = Result<Answered<T>, Problem>> + Send + 'a>>;

/// The reads of one controller.
pub trait Source: Send + Sync + Debug {
    fn controller(&self) -> Ask<'_, Controller>;
    fn nodes(&self) -> Ask<'_, Vec<Node>>;
    /// `running` are builds known to run: whose steps may wait here.
    fn queue<'a>(&'a self, running: &'a [BuildId]) -> Ask<'a, Vec<QueueItem>>;
    fn builds<'a>(&'a self, running: &'a [BuildId]) -> Ask<'a, (Vec<Job>, Vec<Arc<Build>>)>;
    fn fleets(&self) -> Ask<'_, Vec<FleetStat>>;
    fn stages<'a>(&'a self, build: &'a BuildId) -> Ask<'a, Stages>;
    fn log<'a>(&'a self, build: &'a BuildId, from: LogPosition) -> Ask<'a, LogRead>;
    fn node_log<'a>(&'a self, node: &'a UrlPath, from: LogPosition) -> Ask<'a, LogRead>;
    fn calls(&self) -> Vec<CallRecord>;
}

impl Source for Reader {
    fn controller(&self) -> Ask<'_, Controller> {
        Box::pin(Reader::controller(self))
    }

    fn nodes(&self) -> Ask<'_, Vec<Node>> {
        Box::pin(Reader::nodes(self))
    }

    fn queue<'a>(&'a self, running: &'a [BuildId]) -> Ask<'a, Vec<QueueItem>> {
        Box::pin(async move {
            let mut queue = Reader::queue(self).await?;
            self.match_steps(&mut queue.value, running).await;
            Ok(queue)
        })
    }

    fn builds<'a>(&'a self, running: &'a [BuildId]) -> Ask<'a, (Vec<Job>, Vec<Arc<Build>>)> {
        Box::pin(async move {
            let (jobs, builds) = self.jobs_and_builds(running).await?;
            Ok(jobs.map(|jobs| (jobs, builds.value)))
        })
    }

    fn fleets(&self) -> Ask<'_, Vec<FleetStat>> {
        Box::pin(Reader::fleets(self))
    }

    fn stages<'a>(&'a self, build: &'a BuildId) -> Ask<'a, Stages> {
        Box::pin(Reader::stages(self, build))
    }

    fn log<'a>(&'a self, build: &'a BuildId, from: LogPosition) -> Ask<'a, LogRead> {
        Box::pin(Reader::log(self, build, from))
    }

    fn node_log<'a>(&'a self, node: &'a UrlPath, from: LogPosition) -> Ask<'a, LogRead> {
        Box::pin(Reader::node_log(self, node, from))
    }

    fn calls(&self) -> Vec<CallRecord> {
        Reader::calls(self)
    }
}
