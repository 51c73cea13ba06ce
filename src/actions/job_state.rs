//! What disabling and enabling a job have in common.
use serde_json::{Value, json};

use crate::base::Text;
use crate::model::{JobDetail, JobKind, Problem};

use super::{Args, Prepared, Scene, Sighting, UndoPrepared};

pub fn word(disabled: bool) -> &'static str {
    if disabled { "disabled" } else { "enabled" }
}

/// `job/tvm/PR-1`
pub fn lock(with: Args<'_>) -> Vec<Text> {
    vec![Text::line(&format!("job/{}", with.text("job")))]
}

/// Why Jenkins would refuse it.
fn held_back(job: &JobDetail) -> Option<Text> {
    let says = match job.kind {
        JobKind::Branch => {
            let project = job.full_name.rsplit_once('/').map_or("its project", |(project, _)| project);
            format!("{} is a branch job: Jenkins disables the whole project only, {project}", job.full_name)
        }
        JobKind::Folder => format!("{} is a folder: disable the jobs in it", job.full_name),
        _ => return None,
    };
    Some(Text::line(&says))
}

/// Reads a job that is to become disabled, or enabled.
///
/// # Errors
/// It cannot be read.
pub async fn prepare(scene: &Scene<'_>, with: Args<'_>, to: bool) -> Result<(JobDetail, Prepared), Problem> {
    let job = scene.reader.job(&with.job("job")).await?.value;
    let about = match job.kind {
        JobKind::Multibranch => Text::line(&format!("multibranch project, {} branch jobs", job.children)),
        _ => Text::default(),
    };
    let base = Prepared { on: job.full_name.clone(), about, to: Text::from(word(to)), ..Prepared::default() };
    if let Some(why) = held_back(&job) {
        return Ok((job, Prepared { held_back: Some(why), ..base }));
    }
    let is = scene.reader.job_disabled(&job.path).await?.value;
    let already = (is == to).then(|| Text::line(&format!("{} is {} already", job.full_name, word(is))));
    let prepared = Prepared { from: Text::from(word(is)), before: json!({ "disabled": is }), already, ..base };
    Ok((job, prepared))
}

/// Whether it is so now.
///
/// # Errors
/// It cannot be read.
pub async fn observe(scene: &Scene<'_>, with: Args<'_>, wanted: bool) -> Result<Sighting, Problem> {
    let is = scene.reader.job_disabled(&with.job("job")).await?.value;
    let says = Text::line(&format!("{} is {}", with.text("job"), word(is)));
    Ok(if is == wanted { Sighting::Done(says, json!({})) } else { Sighting::Before(says) })
}

/// A job bears nobody's mark: that it is still as we left it is all that can be known.
///
/// # Errors
/// It cannot be read.
pub async fn prepare_undo(scene: &Scene<'_>, with: Args<'_>, left: bool) -> Result<UndoPrepared, Problem> {
    let is = scene.reader.job_disabled(&with.job("job")).await?.value;
    let says = Text::line(&format!("{} is {} already", with.text("job"), word(is)));
    Ok(if is == left { UndoPrepared::Ready } else { UndoPrepared::Already(says) })
}

/// Whether it is as before the step.
///
/// # Errors
/// It cannot be read.
pub async fn observe_undo(scene: &Scene<'_>, with: Args<'_>, left: bool) -> Result<Sighting, Problem> {
    Ok(match observe(scene, with, !left).await? {
        Sighting::Done(says, _) => Sighting::Done(says, Value::Null),
        other => other,
    })
}
