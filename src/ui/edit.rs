//! One line of text being typed.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Longest line that can be typed.
const LIMIT: usize = 200;

/// The line and the cursor in it, in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    text: Vec<char>,
    at: usize,
}

impl Edit {
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().take(LIMIT).collect();
        Self { at: text.len(), text }
    }

    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The cursor's place, in characters.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Puts text in at the cursor; what cannot be drawn is left out.
    pub fn insert(&mut self, text: &str) {
        for c in crate::base::Text::line(text).chars() {
            if self.text.len() < LIMIT {
                self.text.insert(self.at.min(self.text.len()), c);
                self.at += 1;
            }
        }
    }

    /// Takes a key; says whether it meant something here.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.at.min(self.text.len()));
                self.at = 0;
            }
            KeyCode::Char('k') if ctrl => self.text.truncate(self.at),
            KeyCode::Char('w') if ctrl => self.word_back(),
            KeyCode::Char('a') if ctrl => self.at = 0,
            KeyCode::Char('e') if ctrl => self.at = self.text.len(),
            KeyCode::Char(c) if !ctrl && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]))
            }
            KeyCode::Backspace if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
            }
            KeyCode::Backspace => {}
            KeyCode::Delete if self.at < self.text.len() => {
                self.text.remove(self.at);
            }
            KeyCode::Left => self.at = self.at.saturating_sub(1),
            KeyCode::Right => self.at = (self.at + 1).min(self.text.len()),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn word_back(&mut self) {
        let blank = |c: Option<&char>| c.is_some_and(|c| c.is_whitespace());
        while self.at > 0 && blank(self.text.get(self.at - 1)) {
            self.at -= 1;
            self.text.remove(self.at);
        }
        while self.at > 0 && !blank(self.text.get(self.at - 1)) {
            self.at -= 1;
            self.text.remove(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> Edit {
        let mut edit = Edit::new("label:GPU age");
        for (code, modifiers) in keys {
            edit.key(KeyEvent::new(*code, *modifiers));
        }
        edit
    }

    #[test]
    fn edits_like_a_shell() {
        let none = KeyModifiers::NONE;
        let ctrl = KeyModifiers::CONTROL;
        assert_eq!(typed(&[(KeyCode::Char('w'), ctrl)]).text(), "label:GPU ");
        assert_eq!(
            typed(&[(KeyCode::Char('w'), ctrl), (KeyCode::Char('w'), ctrl), (KeyCode::Char('w'), ctrl)]).text(),
            ""
        );
        assert_eq!(typed(&[(KeyCode::Home, none), (KeyCode::Delete, none)]).text(), "abel:GPU age");
        assert_eq!(typed(&[(KeyCode::Left, none), (KeyCode::Char('k'), ctrl)]).text(), "label:GPU ag");
        assert_eq!(typed(&[(KeyCode::Char('u'), ctrl), (KeyCode::Backspace, none)]).text(), "");
        let mut edit = Edit::default();
        edit.insert("a\u{1b}[31m\u{202e}");
        assert_eq!(edit.text(), "a␛[31m�");
        edit.insert(&"x".repeat(500));
        assert_eq!(edit.text().chars().count(), LIMIT);
    }
}
