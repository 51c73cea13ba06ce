//! A program in a real pseudo-terminal: what it draws is kept as a screen, and a test waits for a screen, never for a time.
#![allow(dead_code)] // the tests that share it use different parts of it
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long a screen may take to come; far more than it needs, for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The program and its terminal.
pub struct Term {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    screen: vt100::Parser,
    /// All bytes since the start.
    bytes: Vec<u8>,
    closed: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { screen: vt100::Parser::new(at_least_one(24), at_least_one(80), 0), bytes: Vec::new(), closed: false }
    }
}

impl Term {
    /// Starts `bellboard` with these words on a terminal of that size, with a home of its own.
    pub fn start<S: AsRef<OsStr>>(home: &Path, (columns, rows): (u16, u16), words: &[S]) -> Self {
        Self::program(Path::new(env!("CARGO_BIN_EXE_bellboard")), home, (columns, rows), words)
    }

    /// The same with another program.
    pub fn program<S: AsRef<OsStr>>(program: &Path, home: &Path, (columns, rows): (u16, u16), words: &[S]) -> Self {
        let pty = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(words);
        command.env_clear();
        for (name, value) in
            [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")]
        {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.cwd(home);
        let child = pty.slave.spawn_command(command).expect("bellboard starts");
        let seen = Arc::new(Seen::default());
        lock(&seen).screen.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
        let (reader, keys) =
            (pty.master.try_clone_reader().expect("a reader"), pty.master.take_writer().expect("a writer"));
        watch(reader, seen.clone());
        Self { child, master: pty.master, keys, seen }
    }

    /// The screen as text, once `wanted` says that it is the one.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = now() + PATIENCE;
        let mut state = lock(&self.seen);
        loop {
            let text = state.screen.screen().contents();
            if wanted(&text) {
                return text;
            }
            let left = end.saturating_duration_since(now());
            assert!(!left.is_zero(), "waited for {what}; the screen is\n{text}\n");
            assert!(!state.closed, "waited for {what}; the program ended at\n{text}\n");
            state = self.seen.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The screen as it is now, with its colours.
    pub fn screen(&self) -> vt100::Screen {
        lock(&self.seen).screen.screen().clone()
    }

    /// Waits for a text on the screen.
    pub fn see(&self, text: &str) -> String {
        self.wait(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the program reads its keys");
        self.keys.flush().expect("the program reads its keys");
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        lock(&self.seen).screen.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
        self.master.resize(size(columns, rows)).expect("a new size");
    }

    /// Everything that was written so far.
    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(&lock(&self.seen).bytes).into_owned()
    }

    /// Waits until the program is stopped, as by `ctrl-z`.
    pub fn wait_stopped(&self) {
        use rustix::process::{WaitOptions, waitpid};
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED).expect("a child").expect("a change");
        assert!(status.stopped(), "it ended instead: {status:?}");
    }

    /// The processor time that the program has taken so far (Linux).
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).expect("/proc");
        // fields 14 and 15 behind the name in parentheses: user and system time, in hundredths of a second
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    fn pid(&self) -> rustix::process::Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).expect("a process");
        rustix::process::Pid::from_raw(id).expect("a process")
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).expect("the process is there");
    }

    /// Waits for the program's end and for the last byte that it wrote.
    pub fn end(&mut self) -> (ExitStatus, String) {
        let end = now() + PATIENCE;
        let mut state = lock(&self.seen);
        while !state.closed {
            let left = end.saturating_duration_since(now());
            assert!(!left.is_zero(), "the program does not end; the screen is\n{}\n", state.screen.screen().contents());
            state = self.seen.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let bytes = String::from_utf8_lossy(&state.bytes).into_owned();
        drop(state);
        (self.child.wait().expect("an exit status"), bytes)
    }

    /// Whether the terminal echoes and waits for whole lines, as a shell needs it.
    pub fn is_sane(&self) -> bool {
        use rustix::termios::LocalModes;
        // asked of the terminal itself, by its own name: the program may be gone
        let tty = self.master.tty_name().and_then(|name| std::fs::File::open(name).ok());
        let modes = tty.and_then(|tty| rustix::termios::tcgetattr(tty).ok()).map(|t| t.local_modes);
        modes.is_some_and(|modes| modes.contains(LocalModes::ECHO | LocalModes::ICANON))
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        // may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn at_least_one(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap_or(NonZero::<u16>::MIN)
}

fn lock(seen: &Seen) -> MutexGuard<'_, State> {
    seen.state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bound on waiting, not a time that a test is about.
#[allow(clippy::disallowed_methods)] // a test's own deadline
fn now() -> Instant {
    Instant::now()
}

fn watch(mut reader: Box<dyn Read + Send>, seen: Arc<Seen>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let read = reader.read(&mut buffer).unwrap_or(0);
            let mut state = lock(&seen);
            match buffer.get(..read) {
                Some(bytes) if read > 0 => {
                    state.screen.process(bytes);
                    state.bytes.extend_from_slice(bytes);
                }
                _ => state.closed = true,
            }
            let closed = state.closed;
            drop(state);
            seen.news.notify_all();
            if closed {
                return;
            }
        }
    });
}
