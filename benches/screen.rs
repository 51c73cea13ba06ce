//! What the screen costs at 2,000 nodes and 5,000 queue items: a key to its frame, a frame, a new snapshot, a filter.
//! Goals: a key's frame within 16 ms at the 99th percentile, a typical frame below 1 ms.
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellboard::base::{Text, Time, UrlPath};
use bellboard::model::{
    Build, BuildId, ControllerId, Executor, Jenkins, Monitors, Node, NodeKind, Occupant, QueueItem, QueueState,
    Reading, Snapshot, Task,
};
use bellboard::site::BellLimits;
use bellboard::ui::App;
use bellboard::ui::io::{Choice, Colours, ControllerCard, Input, Terminal, UiParts};
use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const AREA: Rect = Rect { x: 0, y: 0, width: 200, height: 50 };
const LABELS: [&str; 8] = ["CPU", "CPU-SPOT", "CPU-SMALL", "CPU-SMALL-SPOT", "GPU", "GPU-SPOT", "ARM", "ARM-GRAVITON3"];

fn now() -> Time {
    Time::from_millis(1_795_464_000_000)
}

fn job(n: usize) -> UrlPath {
    UrlPath::of(["job", "tvm-cpu", "job", &format!("PR-{}", 11_000 + n % 900)])
}

fn node(n: usize) -> Node {
    let name = format!("i-0{:015x}", n * 7_919);
    let occupant = Occupant {
        class: "org.jenkinsci.plugins.workflow.job.WorkflowRun".into(),
        title: Text::line(&format!("tvm-cpu » PR-{} #3", 11_000 + n % 900)),
        build: Some(BuildId::new(job(n), 3)),
        started: Some(now().minus(Duration::from_secs(n as u64 % 3_000))),
        estimated: Some(Duration::from_secs(3_600)),
    };
    let idle = n.is_multiple_of(11);
    Node {
        path: UrlPath::of(["computer", &name]),
        name: Text::line(&name),
        kind: NodeKind::Autoscaled,
        description: Text::default(),
        labels: vec![LABELS[n % 8].into(), "linux".into()],
        num_executors: 1,
        executors: vec![Executor {
            number: 0,
            idle,
            likely_stuck: false,
            progress: Some(40),
            occupant: (!idle).then_some(occupant),
        }],
        one_off: Vec::new(),
        idle,
        offline: n.is_multiple_of(97),
        temporarily_offline: n.is_multiple_of(131),
        cause: None,
        launch_supported: true,
        inbound: false,
        monitors: Monitors::default(),
    }
}

fn item(n: usize) -> QueueItem {
    QueueItem {
        id: n as u64,
        state: QueueState::Buildable,
        why: "Waiting for next available executor".into(),
        since: now().minus(Duration::from_secs(n as u64 % 4_000)),
        buildable_since: None,
        not_before: None,
        stuck: false,
        task: Task {
            class: "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask".into(),
            name: Text::line(&format!("tvm-cpu » PR-{} #2", 11_000 + n % 900)),
            job: Some(job(n)),
            build: Some(BuildId::new(job(n), 2)),
        },
        label: Some(LABELS[n % 8].into()),
        params: Vec::new(),
        causes: Vec::new(),
    }
}

fn build(n: usize) -> Build {
    Build {
        id: BuildId::new(job(n), n as u64),
        title: Text::line(&format!("tvm-cpu » PR-{} #{n}", 11_000 + n % 900)),
        building: n.is_multiple_of(3),
        result: None,
        started: now().minus(Duration::from_secs(n as u64)),
        duration: Duration::from_secs(100),
        estimated: Some(Duration::from_secs(3_600)),
        causes: Vec::new(),
        revision: None,
        pull_request: None,
        params: Vec::new(),
        node: None,
        queue_id: None,
        description: Text::default(),
    }
}

fn snapshot(seq: u64, from: usize) -> Arc<Snapshot> {
    let jenkins = Jenkins {
        nodes: Reading::fresh((0..2_000).map(|n| Arc::new(node(n))).collect(), now()),
        queue: Reading::fresh((from..from + 5_000).map(|n| Arc::new(item(n))).collect(), now()),
        builds: Reading::fresh((0..500).map(|n| Arc::new(build(n))).collect(), now()),
        ..Jenkins::default()
    };
    Arc::new(Snapshot { seq, jenkins: [(ControllerId::new("prod"), Arc::new(jenkins))].into() })
}

fn app() -> App {
    let url = "https://ci.example.org/".parse().expect("a URL");
    let mut app = App::new(UiParts {
        site: "bench".into(),
        controllers: vec![ControllerCard { id: ControllerId::new("prod"), url, production: true }],
        limits: BellLimits::default(),
        now: now(),
        keymap: Choice::Default,
        theme: Choice::Default,
        terminal: Terminal { colours: Colours::True, light: false, unicode: true },
        simulated: false,
    });
    app.update(Input::Snapshot(snapshot(1, 0)));
    app
}

fn key(app: &mut App, c: char) {
    app.update(Input::Terminal(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))));
}

fn draw(app: &App, buffer: &mut Buffer) {
    buffer.reset();
    app.paint(buffer, AREA);
    black_box(&*buffer);
}

/// Keys as somebody presses them, each with its frame; prints the 99th percentile, which criterion does not.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn percentile(app: &mut App, buffer: &mut Buffer) {
    let walk = "jjjjGkkkg231>>6jj/pr11<3jG2G/gpu age";
    let mut took: Vec<Duration> = Vec::new();
    for c in walk.chars().cycle().take(3_000) {
        let begin = Instant::now();
        if c == '<' {
            app.update(Input::Terminal(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))));
        } else {
            key(app, c);
        }
        draw(app, buffer);
        took.push(begin.elapsed());
        if took.len().is_multiple_of(walk.len()) {
            app.update(Input::Terminal(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))));
        }
    }
    took.sort_unstable();
    let rank = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!(
        "a key to its frame, 3,000 keys: median {:?}, 99th percentile {:?}, longest {:?}",
        rank(50),
        rank(99),
        rank(100)
    );
}

fn screen(c: &mut Criterion) {
    let mut buffer = Buffer::empty(AREA);
    percentile(&mut app(), &mut buffer);
    for (name, k) in [("board", '1'), ("queue", '2'), ("nodes", '3'), ("builds", '6')] {
        let mut app = app();
        key(&mut app, k);
        c.bench_function(&format!("frame/{name}"), |b| b.iter(|| draw(&app, &mut buffer)));
    }
    let mut moving = app();
    key(&mut moving, '2');
    c.bench_function("key to frame/down in the queue", |b| {
        b.iter(|| {
            key(&mut moving, 'j');
            draw(&moving, &mut buffer);
        });
    });
    let mut filtering = app();
    key(&mut filtering, '2');
    key(&mut filtering, '/');
    c.bench_function("key to frame/a letter of a filter over 5,000 rows", |b| {
        b.iter(|| {
            key(&mut filtering, 'p');
            draw(&filtering, &mut buffer);
            filtering.update(Input::Terminal(Event::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE))));
        });
    });
    let mut changing = app();
    let snapshots = [snapshot(2, 100), snapshot(3, 200)];
    let mut at = 0;
    c.bench_function("snapshot/everything changed", |b| {
        b.iter(|| {
            at += 1;
            changing.update(Input::Snapshot(snapshots[at % 2].clone()));
        });
    });
    c.bench_function("tick", |b| b.iter(|| changing.update(Input::Tick(now()))));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = screen
}
criterion_main!(benches);
