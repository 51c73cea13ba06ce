//! An engine on the simulated installation, with a counting proxy between: to be killed, and opened again.
#![allow(dead_code)] // each test file uses its own part of it
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{Clock, RunId, SystemClock, Text};
use bellboard::demo::{Control, Demo, Options};
use bellboard::engine::{Engine, EngineParts, Hands, Pace, Sight};
use bellboard::model::{ControllerId, Jenkins, Problem, Reading, Snapshot};
use bellboard::run::{Plan, RunState, RunView};
use bellboard::site::Site;
use bellboard::sources::jenkins;
use bellboard::store::{Sqlite, Store};
use bellboard::watch::{Watch, WatchSettings};
use futures_util::future::BoxFuture;
use tokio::runtime::Runtime;

use super::proxy::Proxy;

/// Longer than anything here should take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The world: served by a runtime of its own, so that it outlives the engines.
#[derive(Debug)]
pub struct Outside {
    pub folder: tempfile::TempDir,
    pub control: Control,
    pub proxy: Proxy,
    pub user: String,
    _demo: Demo,
    /// Serves all of it.
    runtime: Runtime,
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Outside {
    pub fn new() -> Self {
        Self::as_user("admin")
    }

    /// A smaller one, for tests that need many.
    pub fn at_speed(speed: f64) -> Self {
        Self::made("admin", speed, 30)
    }

    pub fn as_user(user: &str) -> Self {
        Self::made(user, 0.0, 60)
    }

    fn made(user: &str, speed: f64, nodes: usize) -> Self {
        let runtime = runtime();
        let folder = tempfile::tempdir().unwrap();
        let (demo, proxy) = runtime.block_on(async {
            let options = Options { speed, nodes, queue: 8, ..Options::default() };
            let demo = Demo::serve(options).await.unwrap();
            let proxy = Proxy::start(demo.url().as_str()).await;
            (demo, proxy)
        });
        demo.control().lively(false);
        let token = folder.path().join("token");
        std::fs::write(&token, demo.account(user).unwrap().token.expose()).unwrap();
        std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Self { folder, control: demo.control(), proxy, user: user.to_owned(), _demo: demo, runtime }
    }

    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// A site file for the proxy's address.
    pub fn site_toml(&self) -> String {
        let token = self.folder.path().join("token");
        format!(
            "[site]\nname = \"test\"\n\n[[controller]]\nid = \"prod\"\nurl = \"{}\"\nproduction = false\nuser = \"{}\"\n\
             token = {{ file = \"{}\" }}\noperators = [\"{}\"]\n",
            self.proxy.url,
            self.user,
            token.display(),
            self.user
        )
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The names of nodes on which something runs, and of those that are marked.
    pub fn mark_of(&self, node: &str) -> Option<String> {
        let name = node.to_owned();
        self.control.with(|w| w.nodes.get(&name).and_then(|n| n.mark.as_ref().map(|m| format!("{m:?}"))))
    }
}

/// How impatient tests are.
pub fn pace() -> Pace {
    Pace {
        poll: Duration::from_millis(20),
        look: Duration::from_millis(10),
        patience: Duration::from_secs(3),
        settle: Duration::from_millis(200),
        neighbours: Duration::from_millis(50),
        ..Pace::default()
    }
}

/// Eyes that read only when they are told to, and only what guards need: many worlds are looked at in these tests.
#[derive(Debug)]
struct Eyes {
    reader: jenkins::Reader,
    seen: tokio::sync::watch::Sender<Arc<Snapshot>>,
}

impl Sight for Eyes {
    fn snapshots(&self) -> tokio::sync::watch::Receiver<Arc<Snapshot>> {
        self.seen.subscribe()
    }

    fn refresh<'a>(&'a self, id: &'a ControllerId, _: bool) -> BoxFuture<'a, Result<Arc<Snapshot>, Problem>> {
        Box::pin(async move {
            let controller = self.reader.controller().await?;
            let nodes = self.reader.nodes().await?;
            let queue = self.reader.queue().await?;
            let jenkins = Jenkins {
                skew: nodes.skew,
                controller: Reading::fresh(controller.value, controller.at),
                nodes: Reading::fresh(nodes.value.into_iter().map(Arc::new).collect(), nodes.at),
                queue: Reading::fresh(queue.value.into_iter().map(Arc::new).collect(), queue.at),
                ..Jenkins::default()
            };
            let snapshot = Arc::new(Snapshot { seq: 1, jenkins: BTreeMap::from([(id.clone(), Arc::new(jenkins))]) });
            self.seen.send_replace(snapshot.clone());
            Ok(snapshot)
        })
    }
}

/// A process, as far as a test can have one in itself: a runtime that is dropped to kill it.
#[derive(Debug)]
pub struct Process {
    pub engine: Engine,
    runtime: Runtime,
}

pub fn prod() -> ControllerId {
    ControllerId::new("prod")
}

pub type Wrap = Box<dyn FnOnce(Arc<dyn Store>) -> Arc<dyn Store>>;

impl Process {
    pub fn start(outside: &Outside) -> Self {
        Self::with(outside, Box::new(|s| s), None)
    }

    pub fn with(outside: &Outside, wrap: Wrap, read_only: Option<&str>) -> Self {
        Self::made(outside, wrap, read_only, "", true)
    }

    /// With a runbook of the installation's own, and eyes that look only when they must.
    pub fn with_runbook(outside: &Outside, wrap: Wrap, read_only: Option<&str>, runbook: &str) -> Self {
        Self::made(outside, wrap, read_only, runbook, false)
    }

    fn made(outside: &Outside, wrap: Wrap, read_only: Option<&str>, runbook: &str, watches: bool) -> Self {
        let runbooks = [runbook].into_iter().filter(|t| !t.is_empty()).map(|t| ("own.yaml".to_owned(), t.to_owned()));
        let runbooks: Vec<(String, String)> = runbooks.collect();
        let runtime = runtime();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let site = Arc::new(Site::parse(&outside.site_toml(), "site.toml").unwrap());
        let read_only = read_only.map(Text::line);
        let engine = runtime.block_on(async {
            let (reader, operator) = jenkins::connect(&site.controllers[0], clock.clone(), read_only.clone());
            let sight: Arc<dyn Sight> = if watches {
                Arc::new(Watch::start(vec![(prod(), reader.clone(), WatchSettings::default())], clock.clone()))
            } else {
                let seen = tokio::sync::watch::channel(Arc::default()).0;
                Arc::new(Eyes { reader: reader.clone(), seen })
            };
            let parts = EngineParts {
                store: outside.journal(),
                site: site.clone(),
                clock: clock.clone(),
                sight,
                hands: BTreeMap::from([(prod(), Hands { reader, operator })]),
                who: Text::from(outside.user.as_str()),
                read_only,
                runbooks,
                pace: pace(),
            };
            let store: Arc<dyn Store> = Arc::new(Sqlite::open(&outside.journal(), clock).unwrap());
            let engine = Engine::open_with(parts, wrap(store)).await.unwrap();
            assert_eq!(engine.mistakes(), []);
            engine
        });
        Self { engine, runtime }
    }

    pub fn arm(&self) {
        self.block_on(self.engine.arm(&prod(), &Text::from("a test"))).unwrap();
    }

    pub fn plan(&self, runbook: &str, inputs: &[(&str, &str)]) -> Result<Plan, Text> {
        let inputs: Vec<(Text, Text)> = inputs.iter().map(|(k, v)| (Text::from(*k), Text::from(*v))).collect();
        self.block_on(self.engine.plan(&prod(), runbook, &inputs))
    }

    /// Armed, planned, confirmed.
    pub fn run(&self, runbook: &str, inputs: &[(&str, &str)]) -> RunId {
        self.arm();
        let plan = self.plan(runbook, inputs).unwrap();
        let confirm = word(&plan);
        self.block_on(self.engine.start(Arc::new(plan), &confirm)).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Waits until the run is as wanted.
    pub fn until(&self, run: RunId, what: &str, good: impl Fn(&RunView) -> bool) -> Arc<RunView> {
        let mut runs = self.engine.runs();
        let find = |all: &[Arc<RunView>]| all.iter().find(|r| r.id == run).cloned();
        let looking = async {
            loop {
                if let Some(view) = find(&runs.borrow_and_update()).filter(|v| good(v)) {
                    return view;
                }
                runs.changed().await.unwrap();
            }
        };
        let waited = self.block_on(async { tokio::time::timeout(PATIENCE, looking).await });
        waited.unwrap_or_else(|_| panic!("never {what}: {:#?}", find(&self.engine.runs().borrow())))
    }

    pub fn state(&self, run: RunId, state: RunState) -> Arc<RunView> {
        self.until(run, &format!("{state:?}"), |v| v.state == state)
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// As SIGKILL does: nothing more is done, nothing is given back.
    pub fn kill(self) {
        drop(self.engine);
        self.runtime.shutdown_timeout(PATIENCE);
    }
}

/// What a plan wants typed.
pub fn word(plan: &Plan) -> String {
    match &plan.confirm {
        bellboard::run::Confirm::Key => "y".to_owned(),
        bellboard::run::Confirm::Typed(word) | bellboard::run::Confirm::TypedAfterReading(word) => word.to_string(),
    }
}
