//! What is drawn, on its way to the terminal: one write a frame, and not a byte when nothing changed.
use std::io::{self, Write};

use crossterm::cursor::{Hide, Show};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A back-end that leaves out what the terminal knows already: ratatui resets colours and hides the cursor with
/// every frame, even an unchanged one.
#[derive(Debug)]
pub struct Quiet<W: Write> {
    inner: CrosstermBackend<Frame<W>>,
    cursor: Option<bool>,
    position: Position,
}

/// Collects a frame and hands it on in one write.
#[derive(Debug)]
pub struct Frame<W: Write> {
    out: W,
    bytes: Vec<u8>,
}

impl<W: Write> Write for Frame<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        self.out.flush()
    }
}

impl<W: Write> Quiet<W> {
    pub fn new(out: W) -> Self {
        let inner = CrosstermBackend::new(Frame { out, bytes: Vec::with_capacity(1 << 14) });
        Self { inner, cursor: None, position: Position::ORIGIN }
    }

    /// Forgets what the terminal shows of the cursor: it was out of our hands.
    pub fn forget(&mut self) {
        self.cursor = None;
    }

    /// Bytes past the drawing, for the clipboard.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        Write::flush(&mut self.inner)
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.cursor == Some(shown) {
            return Ok(());
        }
        self.cursor = Some(shown);
        // queued, so that it goes out with the frame
        if shown { crossterm::queue!(self.inner, Show) } else { crossterm::queue!(self.inner, Hide) }
    }
}

impl<W: Write> Backend for Quiet<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        // drawing moves the cursor: it must not be seen running about
        self.show(false)?;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // asking the terminal means waiting for an answer that may never come; nobody but us moves the cursor
        Ok(self.position)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.position = position.into();
        self.inner.set_cursor_position(self.position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// The escape sequence (OSC 52) that puts a text on the clipboard, also over SSH.
pub fn copy_sequence(text: &str) -> Vec<u8> {
    format!("\x1b]52;c;{}\x07", base64(text.as_bytes())).into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |n: u32| DIGITS.get((n & 63) as usize).copied().map_or('=', char::from);
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        out.push(digit(word >> 18));
        out.push(digit(word >> 12));
        out.push(if chunk.len() > 1 { digit(word >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(word) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;

    #[derive(Clone, Default)]
    struct Seen(std::rc::Rc<std::cell::RefCell<Vec<Vec<u8>>>>);

    impl Write for Seen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unchanged_frame_is_not_a_byte_and_a_changed_one_is_one_write() {
        let seen = Seen::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, 40, 4));
        let mut terminal =
            Terminal::with_options(Quiet::new(seen.clone()), TerminalOptions { viewport }).expect("a terminal");
        for text in ["one", "one", "two", "two"] {
            terminal.draw(|frame| frame.render_widget(text, frame.area())).expect("a frame");
        }
        assert_eq!(seen.0.borrow().len(), 2, "{:?}", seen.0.borrow());
    }

    #[test]
    fn the_clipboard_gets_base64() {
        assert_eq!(copy_sequence("gpu-4"), b"\x1b]52;c;Z3B1LTQ=\x07");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b""), "");
    }
}
