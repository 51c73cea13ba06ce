//! Which plugin tells a build's stages: pipeline-graph-view, Blue Ocean, wfapi, or none. Found once for a controller's session.
use crate::base::UrlPath;
use crate::model::{BuildId, Problem, ProblemKind, StageSource, Stages};
use crate::wire::Want;

use super::Answered;
use super::parse::stages::{BlueNode, GraphAnswer, Wfapi, blue, graph, wfapi};
use super::reader::Reader;

/// A build's stages; `StageSource::None` with no stages where no plugin knows them.
pub async fn read(reader: &Reader, id: &BuildId) -> Result<Answered<Stages>, Problem> {
    let known = reader.caches().lock().stage_source;
    let sources = match known {
        Some(source) => vec![source],
        None => vec![StageSource::PipelineGraphView, StageSource::BlueOcean, StageSource::Wfapi],
    };
    for source in sources {
        let found = match source {
            StageSource::PipelineGraphView => from_graph(reader, id).await,
            StageSource::BlueOcean => from_blue(reader, id).await.map(|a| a.map(blue)),
            StageSource::Wfapi => from_wfapi(reader, id).await,
            StageSource::None => continue,
        };
        match found {
            Ok(answered) => {
                reader.caches().lock().stage_source = Some(source);
                return Ok(answered);
            }
            Err(p) if p.kind == ProblemKind::NotFound => {}
            Err(p) => return Err(p),
        }
    }
    // No plugin, or no Pipeline: if the build itself is not there either, that is what is told.
    let build = reader.build(id).await?;
    Ok(build.map(|_| Stages { source: StageSource::None, stages: Vec::new() }))
}

async fn from_graph(reader: &Reader, id: &BuildId) -> Result<Answered<Stages>, Problem> {
    let old = reader.caches().lock().old_prefix;
    let order = if old { ["pipeline-overview/tree", "stages/tree"] } else { ["stages/tree", "pipeline-overview/tree"] };
    let to = format!("read the stages of {id}");
    let asked = reader.asked(&to);
    let mut result = Err(asked.problem(ProblemKind::NotFound, "", ""));
    for below in order {
        let want = Want::ORDINARY;
        result = reader.read(asked, &id.path().join(below), &[], want, |raw: GraphAnswer| graph(raw)).await;
        match &result {
            Err(p) if p.kind == ProblemKind::NotFound => {}
            Ok(_) => {
                reader.caches().lock().old_prefix = below.starts_with("pipeline-overview");
                break;
            }
            Err(_) => break,
        }
    }
    result
}

/// Blue Ocean's nodes of a build. A job's parent is a folder or a multibranch project: the path differs.
pub async fn from_blue(reader: &Reader, id: &BuildId) -> Result<Answered<Vec<Option<BlueNode>>>, Problem> {
    let to = format!("read the stages of {id} (Blue Ocean)");
    let known = parent(&id.job).and_then(|p| reader.caches().lock().multibranch.get(&p).copied());
    let asked = reader.asked(&to);
    let attempts = match known {
        Some(branches) => vec![branches],
        None if parent(&id.job).is_some() => vec![true, false],
        None => vec![false],
    };
    let mut result = Err(asked.problem(ProblemKind::NotFound, "", ""));
    for branches in attempts {
        let path = blue_path(id, branches);
        result =
            reader.read(asked, &path, &[("limit", "1000")], Want::ORDINARY, |raw: Vec<Option<BlueNode>>| raw).await;
        if !matches!(&result, Err(p) if p.kind == ProblemKind::NotFound) {
            break;
        }
    }
    result
}

/// The job that holds this one.
fn parent(job: &UrlPath) -> Option<UrlPath> {
    let (above, _) = job.as_str().rsplit_once("/job/")?;
    Some(UrlPath::encoded(above))
}

/// `blue/rest/organizations/jenkins/pipelines/FOLDER/pipelines/PROJECT/branches/BRANCH/runs/N/nodes/`.
fn blue_path(id: &BuildId, branches: bool) -> UrlPath {
    let text = id.job.as_str().strip_prefix("job/").unwrap_or(id.job.as_str());
    let names: Vec<&str> = text.split("/job/").collect();
    let mut path = String::from("blue/rest/organizations/jenkins");
    for (index, name) in names.iter().enumerate() {
        let last = index.saturating_add(1) == names.len();
        let word = if branches && last && index > 0 { "branches" } else { "pipelines" };
        path.push_str(&format!("/{word}/{name}"));
    }
    UrlPath::encoded(&path).join(&format!("runs/{}/nodes/", id.number))
}

async fn from_wfapi(reader: &Reader, id: &BuildId) -> Result<Answered<Stages>, Problem> {
    let to = format!("read the stages of {id} (wfapi)");
    let path = id.path().join("wfapi/describe");
    reader.read(reader.asked(&to), &path, &[], Want::ORDINARY, |raw: Wfapi| wfapi(raw)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blue_ocean_paths_name_folders_and_branches() {
        let id = BuildId::new(UrlPath::encoded("job/infra/job/tvm/job/feature%252Frelax-vm"), 7);
        assert_eq!(
            blue_path(&id, true).as_str(),
            "blue/rest/organizations/jenkins/pipelines/infra/pipelines/tvm/branches/feature%252Frelax-vm/runs/7/nodes/"
        );
        let plain = BuildId::new(UrlPath::encoded("job/tvm-pipeline"), 4);
        assert_eq!(
            blue_path(&plain, true).as_str(),
            "blue/rest/organizations/jenkins/pipelines/tvm-pipeline/runs/4/nodes/"
        );
    }
}
