//! The event loop: signals first, then the keyboard, then data; a frame only when something changed.
use std::collections::BTreeMap;
use std::io::{self, Stdout};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use futures_util::FutureExt;
use ratatui::Terminal;
use tokio::sync::{mpsc, watch};

use super::errand::{Errand, Errands};
use super::house::House;
use super::keys::Keys;
use super::log::Log;
use super::screen::Quiet;
use super::signals::{Signals, Told};
use super::terminal::{Guard, Held};
use super::topics::Topics;
use crate::base::{Clock, Text};
use crate::model::{ControllerId, Snapshot, Standing};
use crate::run::Runs;
use crate::ui::App;
use crate::ui::io::{Effect, Input, Saying};

/// Frames that data asks for are this far apart at least; a key's frame is drawn at once.
const CAP: Duration = Duration::from_millis(33);
/// Keys that are taken in before the next frame, when they come faster than frames (a paste, a held key).
const BURST: usize = 64;

/// How the console was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// By the person.
    Quit,
    /// By a signal: its number.
    Signal(i32),
}

/// The console while it runs.
#[derive(Debug)]
pub struct Console {
    app: App,
    terminal: Terminal<Quiet<Stdout>>,
    guard: Guard,
    signals: Signals,
    clock: Arc<dyn Clock>,
    log: Log,
    house: Option<House>,
    topics: Topics,
    errands: Errands,
    inbox: mpsc::Receiver<Input>,
    feeds: Feeds,
    /// When the next frame is due (`Clock::boot`); none: nothing changed.
    frame_due: Option<Duration>,
    drawn_at: Duration,
    tick_due: Option<Duration>,
    left: Option<Left>,
}

/// What the house publishes; each is none until the house stands.
#[derive(Debug, Default)]
struct Feeds {
    snapshots: Option<watch::Receiver<Arc<Snapshot>>>,
    runs: Option<watch::Receiver<Arc<Runs>>>,
    standing: Option<watch::Receiver<BTreeMap<ControllerId, Standing>>>,
}

/// One thing that happened.
enum News {
    Signal(Told),
    Key(Option<io::Result<Event>>),
    House(Box<Result<House, Text>>),
    Snapshot,
    Runs,
    Standing,
    Inbox(Option<Input>),
    Time,
}

impl Console {
    /// Takes the terminal and draws the first frame, before anything outside is asked for. Must be called on a tokio
    /// runtime.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn open(app: App, clock: Arc<dyn Clock>, log: Log, held: &Held) -> io::Result<Self> {
        // before the terminal is taken, so that no signal can end us while it is ours
        let signals = Signals::listen()?;
        let guard = Guard::take(held)?;
        let terminal = Terminal::new(Quiet::new(io::stdout()))?;
        let (outbox, inbox) = mpsc::channel(256);
        let mut console = Self {
            app,
            terminal,
            guard,
            signals,
            drawn_at: clock.boot(),
            clock,
            log,
            house: None,
            topics: Topics::new(outbox.clone()),
            errands: Errands::new(outbox),
            inbox,
            feeds: Feeds::default(),
            frame_due: None,
            tick_due: None,
            left: None,
        };
        console.terminal.clear()?;
        console.draw()?;
        Ok(console)
    }

    /// Runs until the person leaves or a signal ends it. `house` is started meanwhile.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn run(mut self, house: impl Future<Output = Result<House, Text>>) -> io::Result<Left> {
        let mut keys = Keys::listen();
        let mut house = Box::pin(house.fuse());
        loop {
            let pause = self.until_due();
            let news = tokio::select! {
                biased;
                told = self.signals.next() => News::Signal(told),
                key = keys.next() => News::Key(key),
                made = &mut house => News::House(Box::new(made)),
                () = changed(&mut self.feeds.standing) => News::Standing,
                () = changed(&mut self.feeds.runs) => News::Runs,
                () = changed(&mut self.feeds.snapshots) => News::Snapshot,
                input = self.inbox.recv() => News::Inbox(input),
                () = pause => News::Time,
            };
            self.hear(news, &mut keys)?;
            if let Some(left) = self.left {
                return Ok(left);
            }
            self.draw_if_due()?;
        }
    }

    /// Waits until the next frame or tick is due; for ever if neither is.
    fn until_due(&self) -> impl Future<Output = ()> + use<> {
        let next = [self.frame_due, self.tick_due].into_iter().flatten().min();
        let pause = next.map(|due| due.saturating_sub(self.clock.boot()));
        async move {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        }
    }

    fn hear(&mut self, news: News, keys: &mut Keys) -> io::Result<()> {
        match news {
            News::Signal(Told::End(number)) => self.left = Some(Left::Signal(number)),
            News::Signal(Told::Stop) => self.suspend()?,
            News::Signal(Told::Continue) => self.repaint()?,
            News::Key(key) => self.keys(key, keys)?,
            News::House(made) => self.settle(*made)?,
            News::Snapshot => {
                if let Some(snapshot) = latest(&mut self.feeds.snapshots) {
                    self.log.snapshot(&snapshot, self.clock.now());
                    self.update(Input::Snapshot(snapshot))?;
                }
            }
            News::Runs => {
                if let Some(runs) = latest(&mut self.feeds.runs) {
                    self.update(Input::Runs(runs))?;
                }
            }
            News::Standing => {
                if let Some(standing) = latest(&mut self.feeds.standing) {
                    self.update(Input::Standing(standing))?;
                }
            }
            News::Inbox(Some(input)) => self.update(input)?,
            News::Inbox(None) => {}
            News::Time => self.time()?,
        }
        Ok(())
    }

    /// One key, and those that are waiting behind it; then a frame at once.
    fn keys(&mut self, first: Option<io::Result<Event>>, keys: &mut Keys) -> io::Result<()> {
        if first.is_none() {
            // the terminal was closed: as if it had hung up
            self.left = Some(Left::Signal(signal_hook::consts::SIGHUP));
        }
        let mut next = first;
        for _ in 0..BURST {
            match next {
                Some(Ok(Event::Key(key))) if key.kind == KeyEventKind::Release => {}
                Some(event) => {
                    let event = event?;
                    // there and back again in one go: the size is the same, and what was shown is cut off
                    let resized = matches!(event, Event::Resize(..));
                    self.looked_at(&event);
                    self.update(Input::Terminal(event))?;
                    if resized {
                        self.repaint()?;
                    }
                }
                None => break,
            }
            if self.left.is_some() {
                return Ok(());
            }
            next = keys.waiting();
        }
        self.frame_due = self.frame_due.map(|_| Duration::ZERO);
        Ok(())
    }

    /// Everything is read less often while the terminal's window is not looked at.
    fn looked_at(&self, event: &Event) {
        if let Some(house) = &self.house {
            house.watch.attention(!matches!(event, Event::FocusLost));
        }
    }

    fn settle(&mut self, made: Result<House, Text>) -> io::Result<()> {
        let house = match made {
            Ok(house) => house,
            Err(text) => {
                self.log.line(self.clock.now(), &text);
                return self.update(Input::Said { kind: Saying::Failed, text });
            }
        };
        self.feeds.snapshots = Some(seen_as_new(house.watch.snapshots()));
        self.feeds.runs = Some(seen_as_new(house.engine.runs()));
        self.feeds.standing = Some(seen_as_new(house.engine.standing()));
        let catalogue = house.engine.catalogue();
        self.house = Some(house);
        self.update(Input::Catalogue(catalogue))
    }

    fn time(&mut self) -> io::Result<()> {
        if self.tick_due.is_some_and(|due| due <= self.clock.boot()) {
            self.tick_due = None;
            self.update(Input::Tick(self.clock.now()))?;
        }
        Ok(())
    }

    fn update(&mut self, input: Input) -> io::Result<()> {
        let effects = self.app.update(input);
        self.frame_due = self.frame_due.or(Some(self.drawn_at + CAP));
        for effect in effects {
            self.act(effect)?;
        }
        self.topics.follow(self.app.topics(), self.house.as_ref().map(|h| &h.watch));
        Ok(())
    }

    fn act(&mut self, effect: Effect) -> io::Result<()> {
        self.log.effect(&effect, self.clock.now());
        match effect {
            Effect::Quit => self.left = Some(Left::Quit),
            Effect::Suspend => self.suspend()?,
            Effect::Repaint => self.repaint()?,
            Effect::Copy(text) => self.terminal.backend_mut().raw(&super::screen::copy_sequence(&text))?,
            other => match Errand::of(other, self.house.as_ref()) {
                Ok(errand) => self.errands.send(errand),
                Err(input) => self.update(input)?,
            },
        }
        Ok(())
    }

    /// Leaves the terminal to the shell until somebody brings us back; not while a run is executed here.
    fn suspend(&mut self) -> io::Result<()> {
        let runs = self.feeds.runs.as_ref().map(|r| r.borrow().clone()).unwrap_or_default();
        if let Some(run) = runs.iter().find(|r| r.here && !r.state.is_over()) {
            let text = Text::line(&format!(
                "not suspended: run {} ({} {}) is executed here; pause or finish it first",
                run.id, run.runbook, run.subject
            ));
            return self.update(Input::Said { kind: Saying::Warning, text });
        }
        self.guard.suspend()?;
        self.repaint()
    }

    fn repaint(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()?;
        self.frame_due = Some(Duration::ZERO);
        Ok(())
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        if self.frame_due.is_some_and(|due| due <= self.clock.boot()) {
            self.draw()?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let app = &self.app;
        self.terminal.draw(|frame| app.draw(frame))?;
        self.drawn_at = self.clock.boot();
        self.frame_due = None;
        self.tick_due = self.app.next_tick().map(|pause| self.drawn_at + pause);
        Ok(())
    }
}

/// Waits until there is something new; for ever if there is nobody to say so.
async fn changed<T>(feed: &mut Option<watch::Receiver<T>>) {
    let gone = match feed {
        Some(receiver) => receiver.changed().await.is_err(),
        None => std::future::pending().await,
    };
    if gone {
        *feed = None;
    }
}

fn latest<T: Clone>(feed: &mut Option<watch::Receiver<T>>) -> Option<T> {
    feed.as_mut().map(|receiver| receiver.borrow_and_update().clone())
}

/// So that what was published before we listened is heard too.
fn seen_as_new<T>(mut receiver: watch::Receiver<T>) -> watch::Receiver<T> {
    receiver.mark_changed();
    receiver
}
