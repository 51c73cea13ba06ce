//! The signals that the console listens to.
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal tells us to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Give the terminal back and end; the signal's number.
    End(i32),
    /// Leave the terminal to the shell.
    Stop,
    /// We were stopped by somebody else and go on.
    Continue,
}

/// All of them, being listened to.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    /// # Errors
    /// The system gives us no signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
            go_on: signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Told::End(signal_hook::consts::SIGTERM),
            _ = self.interrupt.recv() => Told::End(signal_hook::consts::SIGINT),
            _ = self.hang_up.recv() => Told::End(signal_hook::consts::SIGHUP),
            _ = self.stop.recv() => Told::Stop,
            _ = self.go_on.recv() => Told::Continue,
        }
    }
}
