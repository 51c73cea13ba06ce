//! Keys as keymaps write them: `j`, `G`, `ctrl-d`, `alt-x`, `g g`, `space`, `f1`.
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stroke {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

const NAMES: [(&str, KeyCode); 20] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("minus", KeyCode::Char('-')),
    ("f1", KeyCode::F(1)),
    ("f5", KeyCode::F(5)),
    ("f10", KeyCode::F(10)),
];

impl Stroke {
    /// What was pressed, without what does not matter: shift of a letter is the letter itself.
    pub fn of(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        if event.code == KeyCode::BackTab {
            modifiers = KeyModifiers::NONE;
        }
        let code = match event.code {
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase() => {
                KeyCode::Char(c.to_ascii_uppercase())
            }
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, modifiers }
    }

    /// From a keymap's word.
    pub fn parse(word: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = word;
        loop {
            let (modifier, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (KeyModifiers::CONTROL, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (KeyModifiers::ALT, after)
            } else {
                break;
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ => NAMES.iter().find(|(name, _)| *name == rest)?.1,
        };
        Some(Self { code, modifiers })
    }
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (_, KeyCode::Enter) => f.write_str("⏎"),
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, _) => f.write_str("?"),
        }
    }
}

/// Presses one after the other, with blanks between them; `None` at the first word that is no key.
pub fn sequence(text: &str) -> Result<Vec<Stroke>, String> {
    text.split_whitespace().map(|word| Stroke::parse(word).ok_or_else(|| word.to_owned())).collect()
}

/// As the help shows it.
pub fn shown(strokes: &[Stroke]) -> String {
    strokes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_keymaps_write() {
        for word in ["j", "G", "ctrl-d", "alt-x", "space", "/", ":", "?", "pageup", "ctrl-alt-k", "minus"] {
            assert_eq!(Stroke::parse(word).unwrap().to_string(), word);
        }
        assert_eq!(shown(&sequence("g g").unwrap()), "g g");
        assert_eq!(sequence("g nosuch"), Err("nosuch".to_owned()));
        assert!(Stroke::parse("").is_none());
        assert!(Stroke::parse("ctrl-").is_none());
    }

    #[test]
    fn shift_is_the_letter_itself() {
        let event = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT);
        assert_eq!(Stroke::of(event), Stroke::parse("G").unwrap());
        let event = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT);
        assert_eq!(Stroke::of(event), Stroke::parse("?").unwrap());
    }
}
