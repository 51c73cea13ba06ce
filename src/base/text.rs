//! Text from outside is hostile: job names, reasons, branch names and logs become harmless here before anything is drawn, written or sent.
use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};

/// Text without control characters, escape sequences or bidirectional overrides, of bounded length.
/// What was taken out stays visible: an escape becomes `␛`, anything else that is not shown becomes `�`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text(Arc<str>);

/// Longest single line that is kept, in characters.
const LINE_LIMIT: usize = 1_000;
/// Longest block that is kept, in characters.
const BLOCK_LIMIT: usize = 200_000;

impl Text {
    /// One line: line breaks and tabs become spaces.
    pub fn line(raw: &str) -> Self {
        Self::made(raw, LINE_LIMIT, |c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            _ => None,
        })
    }

    /// Several lines: line feeds stay, carriage returns before them go, tabs become spaces.
    pub fn block(raw: &str) -> Self {
        if raw.contains('\r') {
            return Self::block(&raw.replace("\r\n", "\n").replace('\r', "\n"));
        }
        Self::made(raw, BLOCK_LIMIT, |c| match c {
            '\n' => Some('\n'),
            '\t' => Some(' '),
            _ => None,
        })
    }

    fn made(raw: &str, limit: usize, keep: impl Fn(char) -> Option<char>) -> Self {
        let clean = |c| keep(c).unwrap_or_else(|| harmless(c));
        if raw.len() <= limit && raw.chars().all(|c| clean(c) == c) {
            return Self(Arc::from(raw));
        }
        let mut out: String = raw.chars().take(limit).map(clean).collect();
        if raw.chars().nth(limit).is_some() {
            out.push('…');
        }
        Self(Arc::from(out))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is shown for a character: itself, or a stand-in for one that steers a terminal or hides.
fn harmless(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        '\u{7f}' => '␡',
        // C1 controls, soft hyphen, Arabic letter mark, Mongolian vowel separator
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' => '�',
        // zero-width characters, line and paragraph separators, bidirectional controls, invisible operators
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => '�',
        // byte-order mark, interlinear annotations, tags
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => '�',
        _ => c,
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::line(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::line(&raw)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl<'de> Deserialize<'de> for Text {
    /// Made harmless again; lines stay lines, for what is read back may be a block.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Self::block(&raw))
    }
}

/// What a path segment may hold unencoded: RFC 3986 `pchar` less `;`, which today's controllers refuse (Jetty 12).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One name as one segment. `.` and `..` would climb out of the path even when percent-encoded, so they are
/// encoded twice and name nothing; Jenkins refuses such names itself.
fn segment(name: &str) -> String {
    match name {
        "." => "%252E".to_owned(),
        ".." => "%252E%252E".to_owned(),
        _ => utf8_percent_encode(name, SEGMENT).to_string(),
    }
}

/// A path below a controller's root, percent-encoded, without a slash at either end: `job/tvm/job/PR-1`. It is
/// ASCII without controls, so that it is harmless and still names exactly what the controller named.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Default)]
#[serde(transparent)]
pub struct UrlPath(Arc<str>);

impl UrlPath {
    /// From names as they are: each becomes one encoded segment.
    pub fn of<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        let encoded: Vec<String> = segments.into_iter().map(|s| segment(s.as_ref())).collect();
        Self(Arc::from(encoded.join("/")))
    }

    /// From a path that is encoded already; what may not stand in one is encoded.
    pub fn encoded(path: &str) -> Self {
        let trimmed = path.trim_matches('/');
        let safe: String = trimmed
            .chars()
            .flat_map(|c| {
                let plain = c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
                if plain { vec![c] } else { utf8_percent_encode(&c.to_string(), SEGMENT).to_string().chars().collect() }
            })
            .collect();
        Self(Arc::from(safe))
    }

    /// This path and more encoded path below it.
    pub fn join(&self, below: &str) -> Self {
        Self(Arc::from(format!("{}/{}", self.0, below.trim_start_matches('/'))))
    }

    /// The encoded path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UrlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for UrlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl<'de> Deserialize<'de> for UrlPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::encoded(&std::borrow::Cow::<str>::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(c: char) -> bool {
        !c.is_control() && harmless(c) == c
    }

    proptest! {
        #[test]
        fn a_line_holds_nothing_that_steers_a_terminal(raw in any::<String>()) {
            let text = Text::line(&raw);
            prop_assert!(text.chars().all(shown));
            prop_assert_eq!(&Text::line(&text), &text);
        }

        #[test]
        fn a_block_holds_only_lines_besides(raw in any::<String>()) {
            let text = Text::block(&raw);
            prop_assert!(text.chars().all(|c| c == '\n' || shown(c)));
        }

        #[test]
        fn a_path_is_plain_ascii_and_one_segment_a_name(names in proptest::collection::vec(any::<String>(), 1..4)) {
            let path = UrlPath::of(&names);
            prop_assert!(path.as_str().chars().all(|c| c.is_ascii_graphic()));
            prop_assert_eq!(path.as_str().split('/').count(), names.len());
        }
    }

    #[test]
    fn what_was_taken_out_stays_visible() {
        assert_eq!(Text::line("a\u{1b}]52;c;x\u{7}b\u{202e}c"), "a␛]52;c;x␇b�c");
        assert_eq!(Text::block("a\r\nb\tc"), "a\nb c");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = Text::line(&"x".repeat(5_000));
        assert_eq!(text.chars().count(), LINE_LIMIT + 1);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn a_branch_name_with_a_slash_is_encoded_twice_over_as_the_controller_wants_it() {
        // recordings: job-branch-with-slash, the job's name is `feature%2Frelax-vm`
        assert_eq!(
            UrlPath::of(["job", "tvm", "job", "feature%2Frelax-vm"]).as_str(),
            "job/tvm/job/feature%252Frelax-vm"
        );
    }
}
