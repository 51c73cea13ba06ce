//! The installation as a whole: its sources, what watches them, and the engine; put together from a site file.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Clock, Text};
use crate::engine::{Engine, EngineParts, Hands, Pace};
use crate::site::{Controller, Site};
use crate::sources::jenkins;
use crate::watch::{Watch, WatchSettings};

/// What a house is made of.
#[derive(Debug)]
pub struct HouseOptions {
    pub site: Site,
    /// Why nothing may be changed, where that is so.
    pub read_only: Option<Text>,
    pub journal: PathBuf,
}

/// Everything that runs behind the screen or a command.
#[derive(Debug)]
pub struct House {
    pub site: Arc<Site>,
    pub watch: Watch,
    pub engine: Engine,
}

impl House {
    /// Starts it; nothing outside needs to answer for that. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// The journal or a runbook cannot be read; says which and what to do.
    pub async fn start(options: HouseOptions, clock: Arc<dyn Clock>) -> Result<Self, Text> {
        let HouseOptions { site, read_only, journal } = options;
        let site = Arc::new(site);
        let runbooks = own_runbooks(&site)?;
        let mut sources = Vec::new();
        let mut hands = BTreeMap::new();
        for controller in &site.controllers {
            let closed = closed(controller, read_only.as_ref());
            let (reader, operator) = jenkins::connect(controller, clock.clone(), closed);
            sources.push((controller.id.clone(), reader.clone(), WatchSettings::default()));
            hands.insert(controller.id.clone(), Hands { reader, operator });
        }
        let watch = Watch::start(sources, clock.clone());
        let engine = Engine::open(EngineParts {
            store: journal,
            who: account(&site),
            site: site.clone(),
            clock,
            sight: Arc::new(watch.clone()),
            hands,
            read_only,
            runbooks,
            pace: Pace::default(),
        })
        .await?;
        Ok(Self { site, watch, engine })
    }
}

/// Why there is no door for writes to a controller; none: the engine asks who is there before it opens it.
fn closed(controller: &Controller, read_only: Option<&Text>) -> Option<Text> {
    if read_only.is_some() {
        return read_only.cloned();
    }
    let nobody = || Text::line(&format!("the site file names no operators of {}", controller.id));
    controller.operators.is_empty().then(nobody)
}

/// Who somebody is until a controller has said it: the account of the first token, or the machine's user.
fn account(site: &Site) -> Text {
    let token = site.controllers.iter().find_map(|c| c.credential.as_ref()).map(|c| c.user.clone());
    token.unwrap_or_else(|| Text::line(&std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned())))
}

/// The installation's own runbooks: file name and text of each YAML file in the site file's folders.
///
/// # Errors
/// A folder or a file cannot be read.
pub fn own_runbooks(site: &Site) -> Result<Vec<(String, String)>, Text> {
    let mut out = Vec::new();
    for dir in &site.runbook_dirs {
        let unreadable = |e: std::io::Error| Text::line(&format!("the runbooks in {dir} cannot be read: {e}"));
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let text = std::fs::read_to_string(&path).map_err(unreadable)?;
                out.push((path.display().to_string(), text));
            }
        }
    }
    out.sort();
    Ok(out)
}
