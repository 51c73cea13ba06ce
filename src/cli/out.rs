//! What commands print: one place that writes, knows when the reader is gone, and makes JSON.
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use serde::Serialize;

use crate::app::{Exit, Failed};

/// Standard output, buffered.
#[derive(Debug)]
pub struct Out {
    inner: BufWriter<Stdout>,
    gone: bool,
}

impl Out {
    pub fn stdout() -> Self {
        Self { inner: BufWriter::new(io::stdout()), gone: false }
    }

    /// How many columns fit; none where the output is no terminal.
    pub fn width(&self) -> Option<u16> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        size.map(|size| size.ws_col).filter(|width| *width > 0 && io::stdout().is_terminal())
    }

    /// Whether the reader went away (a broken pipe), which is no error.
    pub fn reader_gone(&self) -> bool {
        self.gone
    }

    /// Some text as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn text(&mut self, text: &str) -> Result<(), Failed> {
        let wrote = self.inner.write_all(text.as_bytes());
        self.told(wrote)
    }

    /// Text and a line's end.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn line(&mut self, text: &str) -> Result<(), Failed> {
        self.text(text)?;
        self.text("\n")
    }

    /// A value for people who read JSON, over several lines.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failed> {
        let text = serde_json::to_string_pretty(value).map_err(no_json)?;
        self.line(&text)
    }

    /// A value on one line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failed> {
        let text = serde_json::to_string(value).map_err(no_json)?;
        self.line(&text)?;
        self.flush()
    }

    /// Hands on what is buffered.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> Result<(), Failed> {
        let flushed = self.inner.flush();
        self.told(flushed)
    }

    /// The last step.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self) -> Result<(), Failed> {
        self.flush()
    }

    fn told(&mut self, wrote: io::Result<()>) -> Result<(), Failed> {
        wrote.map_err(|error| {
            self.gone |= error.kind() == io::ErrorKind::BrokenPipe;
            Failed::new(Exit::Failed, format!("standard output cannot be written: {error}"), "")
        })
    }
}

fn no_json(error: serde_json::Error) -> Failed {
    Failed::new(Exit::Failed, format!("this cannot be said in JSON: {error}"), "")
}
