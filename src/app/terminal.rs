//! The terminal as a guard: taken over when made, given back when dropped, on panics and before signals end the process.
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// Whether this process holds the terminal; shared with the panic hook.
#[derive(Clone, Debug, Default)]
pub struct Held(Arc<AtomicBool>);

impl Held {
    /// Gives the terminal back if it is held: raw mode, alternate screen, mouse, bracketed paste, cursor.
    /// Errors are of no use here: there is nowhere left to show them.
    pub fn give_back(&self) {
        if !self.0.swap(false, Ordering::SeqCst) {
            return;
        }
        let mut out = io::stdout().lock();
        let _ =
            execute!(out, DisableFocusChange, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }

    fn take(&self) -> io::Result<()> {
        enable_raw_mode()?;
        self.0.store(true, Ordering::SeqCst);
        let taken =
            execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, EnableFocusChange);
        taken.inspect_err(|_| self.give_back())
    }
}

/// The terminal while it is ours.
#[derive(Debug)]
pub struct Guard {
    held: Held,
}

impl Guard {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard input or output is no terminal.
    pub fn take(held: &Held) -> io::Result<Self> {
        held.take()?;
        Ok(Self { held: held.clone() })
    }

    /// Gives the terminal back, stops this process and its group until somebody continues it, and takes it again.
    ///
    /// # Errors
    /// The terminal cannot be taken again.
    pub fn suspend(&self) -> io::Result<()> {
        self.held.give_back();
        let group = rustix::process::getpgrp();
        // the whole group, so that the shell gets its prompt back when cargo or a script stands between
        rustix::process::kill_process_group(group, rustix::process::Signal::STOP)?;
        self.held.take()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.held.give_back();
    }
}

/// Makes panics give the terminal back before they are reported.
///
/// # Errors
/// A hook was installed before.
pub fn install_hooks(held: &Held) -> Result<(), String> {
    let (panic, error) = color_eyre::config::HookBuilder::default().display_env_section(false).into_hooks();
    error.install().map_err(|e| e.to_string())?;
    let held = held.clone();
    std::panic::set_hook(Box::new(move |info| {
        held.give_back();
        let _ = writeln!(io::stderr(), "{}", panic.panic_report(info));
    }));
    Ok(())
}
