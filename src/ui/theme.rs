//! Colours and their meaning: read from TOML, `themes/*.toml` being built in. Whatever a colour says, a sign or a word says too.
use ratatui::style::{Color, Modifier, Style};
use toml::de::DeValue;

use super::file::{self, Entry, Notes};
use super::io::{Choice, Colours, Terminal};
use crate::site::Mistake;
use crate::views::Tone;

const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
];

/// The names of those that are built in.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident $word:literal),+ $(,)?) => {
        /// What a style is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role { $($(#[$doc])* $role),+ }

        /// As themes call them, in the order of `Role`.
        const ROLES: &[(&str, Role)] = &[$(($word, Role::$role)),+];
    };
}

roles! {
    /// The whole screen, behind everything.
    Page "page",
    Text "text",
    Dim "dim",
    Name "name",
    Good "good",
    Busy "busy",
    Moving "moving",
    Warning "warning",
    Bad "bad",
    /// Frames and rules.
    Border "border",
    /// Titles of frames, headings of columns.
    Title "title",
    /// The row under the cursor.
    Selected "selected",
    /// The row under the cursor of a part that has not the focus.
    Resting "resting",
    Marked "marked",
    /// Keys in the bottom line and in the help.
    Key "key",
    /// The top and the bottom line.
    Line "line",
    /// The mark of a production controller.
    Production "production",
    /// The mark of any other controller.
    Other "other",
    ReadOnly "read-only",
    Armed "armed",
    /// What was searched for.
    Match "match",
    /// Letters being typed.
    Input "input",
}

/// A style for each role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    pub name: String,
    styles: [Style; ROLES.len()],
}

impl Theme {
    /// The theme that is wished for, made to fit the terminal. Where it has mistakes: all of them, and the default.
    pub fn load(choice: &Choice, terminal: Terminal) -> (Self, Vec<Mistake>) {
        let default = match (terminal.colours, terminal.light) {
            (Colours::Sixteen, _) => "sixteen",
            (_, true) => "light",
            (_, false) => "dark",
        };
        let (theme, mistakes) = match choice {
            Choice::Default => (Self::built_in(default), Vec::new()),
            Choice::Named(name) if names().any(|n| n == name) => (Self::built_in(name), Vec::new()),
            Choice::Named(name) => {
                let hint = format!("there are: {}; or name a file", names().collect::<Vec<_>>().join(", "));
                let mistake = Mistake::at(name, "", &(0..0), &format!("there is no theme `{name}`"), &hint);
                (Self::built_in(default), vec![mistake])
            }
            Choice::File { name, text } => {
                let (own, mistakes) = Self::read(name, text, &Self::built_in(default));
                if mistakes.is_empty() { (own, mistakes) } else { (Self::built_in(default), mistakes) }
            }
        };
        (theme.fitted(terminal.colours), mistakes)
    }

    fn built_in(name: &str) -> Self {
        let text = BUILT_IN.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text);
        Self::read(name, text, &Self { name: name.to_owned(), styles: [Style::new(); ROLES.len()] }).0
    }

    /// Reads a theme over another one, and everything that is wrong with it.
    pub fn read(name: &str, text: &str, base: &Self) -> (Self, Vec<Mistake>) {
        let mut theme = Self { name: name.to_owned(), styles: base.styles };
        let mistakes = file::read(name, text, |table, at, entry, notes| theme.entry(table, at, entry, notes));
        (theme, mistakes)
    }

    fn entry(&mut self, table: &str, at: &std::ops::Range<usize>, entry: Entry<'_, '_>, notes: &mut Notes<'_>) {
        let (key, key_span, value, span) = entry;
        if table != "styles" {
            let place = if table.is_empty() { key_span } else { at.clone() };
            notes.add(
                &place,
                "only the table [styles] means something here",
                "write `[styles]` and a line for each role",
            );
            return;
        }
        let roles: Vec<&str> = ROLES.iter().map(|(word, _)| *word).collect();
        let Some(word) = notes.known("role", key, &key_span, &roles) else { return };
        let DeValue::Table(parts) = value else {
            notes.add(&span, &format!("`{key}` needs a table"), "write { fg = \"#a0c0ff\", bold = true }");
            return;
        };
        let mut style = Style::new();
        for (part, value) in parts {
            let known = ["fg", "bg", "bold", "dim", "italic", "underline", "reverse"];
            let Some(part) = notes.known("part of a style", part.get_ref(), &part.span(), &known) else { continue };
            match (part, value.get_ref().as_str(), value.get_ref().as_bool()) {
                ("fg" | "bg", Some(word), _) => match colour(word) {
                    Some(c) if part == "fg" => style = style.fg(c),
                    Some(c) => style = style.bg(c),
                    None => notes.add(
                        &value.span(),
                        &format!("`{word}` is not a colour"),
                        "write \"#a0c0ff\", a number from \"0\" to \"255\", \"default\", or a name as \"red\" or \"bright-red\"",
                    ),
                },
                ("fg" | "bg", None, _) => notes.add(&value.span(), "a colour is text in quotes", "write \"#a0c0ff\" or \"red\""),
                (_, _, Some(true)) => style = style.add_modifier(modifier(part)),
                (_, _, Some(false)) => {}
                (_, _, None) => notes.add(&value.span(), &format!("`{part}` is true or false"), "write true or false"),
            }
        }
        if let Some(slot) = ROLES.iter().position(|(w, _)| *w == word).and_then(|i| self.styles.get_mut(i)) {
            *slot = style;
        }
    }

    /// The style of a role.
    pub fn of(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The style of a cell.
    pub fn tone(&self, tone: Tone) -> Style {
        self.of(match tone {
            Tone::Plain => Role::Text,
            Tone::Dim => Role::Dim,
            Tone::Good => Role::Good,
            Tone::Busy => Role::Busy,
            Tone::Moving => Role::Moving,
            Tone::Warning => Role::Warning,
            Tone::Bad => Role::Bad,
            Tone::Name => Role::Name,
        })
    }

    /// The same with the colours that a terminal has.
    fn fitted(mut self, colours: Colours) -> Self {
        for (style, (_, role)) in self.styles.iter_mut().zip(ROLES) {
            if colours == Colours::None {
                let plain = Style::new().add_modifier(style.add_modifier);
                let lit = matches!(role, Role::Selected | Role::Production | Role::Armed | Role::Match);
                *style = if lit { plain.add_modifier(Modifier::REVERSED) } else { plain };
                continue;
            }
            style.fg = style.fg.map(|c| fitted(c, colours));
            style.bg = style.bg.map(|c| fitted(c, colours));
        }
        self
    }
}

fn modifier(word: &str) -> Modifier {
    match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        _ => Modifier::REVERSED,
    }
}

const NAMED: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

fn colour(word: &str) -> Option<Color> {
    if let Some((_, c)) = NAMED.iter().find(|(name, _)| *name == word) {
        return Some(*c);
    }
    if let Ok(index) = word.parse::<u8>() {
        return Some(Color::Indexed(index));
    }
    let hex = word.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii())?;
    let part = |from: usize| u8::from_str_radix(hex.get(from..from + 2)?, 16).ok();
    Some(Color::Rgb(part(0)?, part(2)?, part(4)?))
}

/// The nearest colour that a terminal with fewer has.
fn fitted(c: Color, colours: Colours) -> Color {
    let Color::Rgb(r, g, b) = c else { return c };
    match colours {
        Colours::True | Colours::None => c,
        Colours::Indexed => {
            if r.abs_diff(g) < 10 && g.abs_diff(b) < 10 {
                let grey = (u16::from(r).saturating_sub(8) * 24 / 240).min(23);
                return Color::Indexed(232 + u8::try_from(grey).unwrap_or(0));
            }
            let level = |v: u8| {
                if v < 48 {
                    0
                } else if v < 115 {
                    1
                } else {
                    (v - 35) / 40
                }
            };
            Color::Indexed(16 + 36 * level(r) + 6 * level(g) + level(b))
        }
        Colours::Sixteen => sixteen(r, g, b),
    }
}

fn sixteen(r: u8, g: u8, b: u8) -> Color {
    let most = r.max(g).max(b);
    let on = |v: u8| u16::from(v) * 10 >= u16::from(most) * 6 && v > 60;
    let bright = most > 170;
    match (on(r), on(g), on(b)) {
        (false, false, false) => Color::Black,
        (true, true, true) if bright => Color::Gray,
        (true, true, true) => Color::DarkGray,
        (true, false, false) => {
            if bright {
                Color::LightRed
            } else {
                Color::Red
            }
        }
        (false, true, false) => {
            if bright {
                Color::LightGreen
            } else {
                Color::Green
            }
        }
        (false, false, true) => {
            if bright {
                Color::LightBlue
            } else {
                Color::Blue
            }
        }
        (true, true, false) => {
            if bright {
                Color::LightYellow
            } else {
                Color::Yellow
            }
        }
        (true, false, true) => {
            if bright {
                Color::LightMagenta
            } else {
                Color::Magenta
            }
        }
        (false, true, true) => {
            if bright {
                Color::LightCyan
            } else {
                Color::Cyan
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Terminal = Terminal { colours: Colours::True, light: false, unicode: true };

    #[test]
    fn the_built_in_ones_style_every_role_without_mistakes() {
        for (name, text) in BUILT_IN {
            let empty = Theme { name: String::new(), styles: [Style::new(); ROLES.len()] };
            let (theme, mistakes) = Theme::read(name, text, &empty);
            assert!(mistakes.is_empty(), "{mistakes:?}");
            for (word, role) in ROLES.iter().filter(|(_, r)| *r != Role::Text) {
                assert_ne!(theme.of(*role), Style::new(), "{name} says nothing of {word}");
            }
        }
    }

    #[test]
    fn all_mistakes_are_reported_and_the_default_is_used() {
        let text = "[styles]\ntext = { fg = \"#12345\" }\nselcted = { bg = \"red\" }\nbad = { fg = 3, blod = true }\nname = \"red\"\n[style]\nx = 1\n";
        let (theme, mistakes) = Theme::load(&Choice::File { name: "my.toml".into(), text: text.into() }, FULL);
        let places: Vec<_> = mistakes.iter().map(|m| (m.line, m.column)).collect();
        assert_eq!(places, [(2, 15), (3, 1), (4, 14), (4, 17), (5, 8), (6, 2)], "{mistakes:#?}");
        assert_eq!(theme, Theme::load(&Choice::Default, FULL).0);
    }

    #[test]
    fn a_terminal_without_colours_gets_none() {
        for colours in [Colours::None, Colours::Sixteen, Colours::Indexed] {
            let (theme, _) = Theme::load(&Choice::Named("dark".into()), Terminal { colours, ..FULL });
            for style in theme.styles {
                for c in [style.fg, style.bg].into_iter().flatten() {
                    assert!(colours != Colours::None && !matches!(c, Color::Rgb(..)), "{colours:?} {c:?}");
                }
            }
        }
        let (theme, _) = Theme::load(&Choice::Default, Terminal { colours: Colours::None, ..FULL });
        assert!(theme.of(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn light_and_sixteen_colour_terminals_get_their_own() {
        assert_eq!(Theme::load(&Choice::Default, Terminal { light: true, ..FULL }).0.name, "light");
        assert_eq!(Theme::load(&Choice::Default, Terminal { colours: Colours::Sixteen, ..FULL }).0.name, "sixteen");
    }
}
