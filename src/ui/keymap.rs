//! Which keys mean what: read from TOML, `keymaps/*.toml` being built in.
use std::collections::BTreeMap;

use toml::de::DeValue;

use super::act::{ACTS, Act, Place};
use super::file::{self, Entry, Notes};
use super::io::Choice;
use super::keys::{self, Stroke};
use crate::site::Mistake;

/// A built-in keymap.
const BUILT_IN: [(&str, &str); 3] = [
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
    ("emacs", include_str!("../../keymaps/emacs.toml")),
];

/// The names of those that are built in.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// What keys mean in each place.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    keys: BTreeMap<Place, Vec<(Vec<Stroke>, Act)>>,
}

/// What became of the keys pressed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Act(Act),
    /// The beginning of something longer.
    More,
    Nothing,
}

impl Keymap {
    /// The keymap that is wished for; a file is laid over the default one. Where it has mistakes, all of them, and the
    /// default alone.
    pub fn load(choice: &Choice) -> (Self, Vec<Mistake>) {
        let default = Self::built_in("default");
        match choice {
            Choice::Default => (default, Vec::new()),
            Choice::Named(name) if BUILT_IN.iter().any(|(n, _)| n == name) => (Self::built_in(name), Vec::new()),
            Choice::Named(name) => {
                let known: Vec<&str> = names().collect();
                let hint = format!("there are: {}; or name a file", known.join(", "));
                (default, vec![Mistake::at(name, "", &(0..0), &format!("there is no keymap `{name}`"), &hint)])
            }
            Choice::File { name, text } => {
                let (own, mistakes) = Self::read(name, text);
                if mistakes.is_empty() { (own.over(default), mistakes) } else { (default, mistakes) }
            }
        }
    }

    fn built_in(name: &str) -> Self {
        let read = |name: &str| {
            let text = BUILT_IN.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text);
            Self::read(name, text).0
        };
        if name == "default" { read(name) } else { read(name).over(read("default")) }
    }

    /// Reads a keymap and everything that is wrong with it.
    pub fn read(name: &str, text: &str) -> (Self, Vec<Mistake>) {
        let mut map = Self::default();
        let mistakes = file::read(name, text, |table, at, entry, notes| map.entry(table, at, entry, notes));
        (map, mistakes)
    }

    fn entry(&mut self, table: &str, at: &std::ops::Range<usize>, entry: Entry<'_, '_>, notes: &mut Notes<'_>) {
        let (key, key_span, value, span) = entry;
        let places: Vec<&str> = Place::ALL.iter().map(|p| p.word()).collect();
        if table.is_empty() {
            notes.add(
                &key_span,
                &format!("`{key}` stands outside any table"),
                &format!("put it under one of [{}]", places.join("], [")),
            );
            return;
        }
        let Some(place) = notes.known("place", table, at, &places) else { return };
        let Some(place) = Place::ALL.into_iter().find(|p| p.word() == place) else { return };
        let here: Vec<&str> = ACTS.iter().filter(|i| i.place == place).map(|i| i.id).collect();
        let Some(id) = notes.known(&format!("command of [{table}]"), key, &key_span, &here) else { return };
        let Some(info) = ACTS.iter().find(|i| i.id == id) else { return };
        let words: Vec<(&str, std::ops::Range<usize>)> = match value {
            DeValue::String(one) => vec![(one.as_ref(), span)],
            DeValue::Array(many) => many.iter().filter_map(|v| Some((v.get_ref().as_str()?, v.span()))).collect(),
            _ => {
                notes.add(&span, &format!("`{key}` needs keys"), "write \"j\" or [\"j\", \"down\"]");
                return;
            }
        };
        let list = self.keys.entry(place).or_default();
        for (word, span) in words {
            match keys::sequence(word) {
                Ok(strokes) if strokes.is_empty() => notes.add(&span, "a key is missing", "write a key as \"j\""),
                Ok(strokes) => match list.iter().find(|(s, _)| *s == strokes) {
                    Some((_, other)) => {
                        let what = format!("`{word}` means `{}` in [{table}] already", other.info().id);
                        notes.add(&span, &what, "take another key for one of them");
                    }
                    None => list.push((strokes, info.act)),
                },
                Err(bad) => notes.add(
                    &span,
                    &format!("`{bad}` is not a key"),
                    "keys are written j, G, ctrl-d, alt-x, space, enter, esc, tab, up, pageup, f1, …; `g g` is two of them",
                ),
            }
        }
    }

    /// This map where it says something of an act, the other where it does not.
    fn over(mut self, other: Self) -> Self {
        for (place, theirs) in other.keys {
            let ours = self.keys.entry(place).or_default();
            let spoken: Vec<Act> = ours.iter().map(|(_, act)| *act).collect();
            let taken = |ours: &[(Vec<Stroke>, Act)], s: &[Stroke]| {
                ours.iter().any(|(o, _)| o.starts_with(s) || s.starts_with(o))
            };
            for (strokes, act) in theirs {
                if !spoken.contains(&act) && !taken(ours, &strokes) {
                    ours.push((strokes, act));
                }
            }
        }
        self
    }

    /// What `pressed` means where `places` are looked at in turn.
    pub fn meaning(&self, places: &[Place], pressed: &[Stroke]) -> Meaning {
        let mut more = false;
        for place in places {
            for (strokes, act) in self.keys.get(place).into_iter().flatten() {
                if strokes == pressed {
                    return Meaning::Act(*act);
                }
                more |= strokes.len() > pressed.len() && strokes.starts_with(pressed);
            }
        }
        if more { Meaning::More } else { Meaning::Nothing }
    }

    /// All keys of an act, as the help shows them.
    pub fn keys_of(&self, act: Act) -> Vec<String> {
        let place = act.info().place;
        let keys = self.keys.get(&place).into_iter().flatten();
        keys.filter(|(_, a)| *a == act).map(|(s, _)| keys::shown(s)).collect()
    }

    /// The first key of an act; empty when it has none.
    pub fn key_of(&self, act: Act) -> String {
        self.keys_of(act).into_iter().next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(map: &Keymap, places: &[Place], keys: &str) -> Meaning {
        map.meaning(places, &keys::sequence(keys).unwrap())
    }

    #[test]
    fn the_built_in_ones_have_no_mistakes_and_a_key_for_everything() {
        for (name, text) in BUILT_IN {
            let (_, mistakes) = Keymap::read(name, text);
            assert!(mistakes.is_empty(), "{mistakes:?}");
            let (map, _) = Keymap::load(&Choice::Named(name.to_owned()));
            for info in ACTS.iter().filter(|i| i.act != Act::NextTheme) {
                assert!(!map.keys_of(info.act).is_empty(), "{name}: no key for {}", info.id);
            }
        }
    }

    #[test]
    fn sequences_wait_for_their_end() {
        let (map, _) = Keymap::load(&Choice::Named("vim".to_owned()));
        let places = [Place::List, Place::Everywhere];
        assert_eq!(press(&map, &places, "g"), Meaning::More);
        assert_eq!(press(&map, &places, "g g"), Meaning::Act(Act::Top));
        assert_eq!(press(&map, &places, "g x"), Meaning::Nothing);
        assert_eq!(press(&map, &places, "j"), Meaning::Act(Act::Down));
    }

    #[test]
    fn all_mistakes_are_reported_with_their_place_and_the_default_is_used() {
        let text =
            "up = \"k\"\n[list]\ndwon = \"j\"\nup = \"ctl-k\"\ndown = [\"j\", \"j\"]\ntop = 3\n[nowhere]\nx = \"y\"\n";
        let choice = Choice::File { name: "mine.toml".to_owned(), text: text.to_owned() };
        let (map, mistakes) = Keymap::load(&choice);
        let places: Vec<_> = mistakes.iter().map(|m| (m.line, m.column)).collect();
        assert_eq!(places, [(1, 1), (3, 1), (4, 6), (5, 14), (6, 7), (7, 2)], "{mistakes:#?}");
        assert!(mistakes[1].hint.contains("`down`"));
        assert_eq!(press(&map, &[Place::List], "j"), Meaning::Act(Act::Down));
        let (_, mistakes) = Keymap::load(&Choice::Named("emcas".to_owned()));
        assert!(mistakes[0].hint.contains("emacs"));
        let (_, mistakes) = Keymap::read("broken.toml", "[list\nup = ");
        assert!(!mistakes.is_empty());
    }

    #[test]
    fn a_file_is_laid_over_the_default() {
        let text = "[list]\ndown = \"n\"\n".to_owned();
        let (map, mistakes) = Keymap::load(&Choice::File { name: "mine.toml".to_owned(), text });
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(press(&map, &[Place::List], "n"), Meaning::Act(Act::Down));
        assert_eq!(press(&map, &[Place::List], "j"), Meaning::Nothing);
        assert_eq!(press(&map, &[Place::List], "k"), Meaning::Act(Act::Up));
    }
}
