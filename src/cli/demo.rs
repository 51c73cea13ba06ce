//! `bellboard demo`: the console on the simulated installation, or only that installation, served on loopback.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Common, Demo as Args};
use super::out::Out;
use super::session;
use crate::app::{Exit, Failed, HouseOptions, places};
use crate::base::{Clock, SystemClock, Text};
use crate::demo::{Demo, Options};

/// The account that looks and does nothing: its site file makes nobody an operator.
const LOOKS: &str = "committer";

pub(super) fn run(common: &Common, args: Args, out: &mut Out) -> Result<Exit, Failed> {
    let runtime = session::runtime()?;
    let demo = runtime.block_on(Demo::serve(options(&args))).map_err(|e| Failed::new(Exit::Failed, e.as_str(), ""))?;
    match &args.write_site {
        Some(file) => runtime.block_on(serve(&demo, file, &args.account, common.read_only, out)),
        None => {
            let folder = Folder::new()?;
            let site = folder.path.join("site.toml");
            write(&demo, &site, &args.account, false)?;
            let mut found = places::site(Some(&site))?;
            if let Some(id) = &common.controller {
                found.site.controllers.retain(|c| c.id.as_str() == id);
            }
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let journal = folder.path.join("journal.sqlite");
            let options = HouseOptions { site: found.site, read_only: session::read_only(common), journal };
            super::console::show(common, &runtime, options, clock, true)
        }
    }
}

fn options(args: &Args) -> Options {
    Options {
        seed: args.seed,
        speed: args.speed,
        nodes: args.nodes,
        queue: args.queue,
        jenkins_version: args.jenkins_version.clone(),
        ..Options::default()
    }
}

/// Writes the site file and, beside it, the token that it names.
fn write(demo: &Demo, site: &Path, user: &str, read_only: bool) -> Result<(), Failed> {
    let token = beside(site);
    let account =
        demo.account(user).ok_or_else(|| Failed::new(Exit::Failed, format!("the demo has no account `{user}`"), ""))?;
    places::write_whole(&token, &format!("{}\n", account.token.expose()), true)?;
    // relative to the site file
    let name = token.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let source = format!("file = {}", toml::Value::String(name));
    places::write_whole(site, &demo.site_toml(user, &source, read_only || user == LOOKS), false)
}

/// `demo.toml` → `demo.toml.token`.
fn beside(site: &Path) -> PathBuf {
    let mut name = site.as_os_str().to_owned();
    name.push(".token");
    PathBuf::from(name)
}

async fn serve(demo: &Demo, site: &Path, user: &str, read_only: bool, out: &mut Out) -> Result<Exit, Failed> {
    use tokio::signal::unix::{SignalKind, signal};
    let no_signals = |e: std::io::Error| Failed::new(Exit::Failed, format!("signals cannot be heard: {e}"), "");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    write(demo, site, user, read_only)?;
    out.line("ready")?;
    out.flush()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    // the token is worth nothing once nobody serves it
    let _ = std::fs::remove_file(beside(site));
    Ok(Exit::Fine)
}

/// A private folder that goes when the console does.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Self, Failed> {
        let base = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let name = format!("bellboard-demo-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = base.join(Text::line(&name).as_str());
        places::private_dir(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
