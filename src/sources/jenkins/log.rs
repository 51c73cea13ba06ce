//! A log followed by `progressiveText`: by the offsets that Jenkins tells, never by lengths of bodies.
use bytes::Bytes;

use crate::base::{Text, UrlPath};
use crate::model::{LogChunk, Problem};
use crate::wire::Want;

use super::Answered;
use super::reader::Reader;

/// Bytes handed out in one chunk; `base::Text` holds 200,000 characters.
const CHUNK: usize = 128 * 1024;
/// A log larger than this is shown from near its end.
const SHOWN: u64 = 4 << 20;
/// A log that is wanted whole may have so much.
const WHOLE: u64 = 64 << 20;

/// Where reading a log goes on. Offsets count annotations that the text does not show, so only Jenkins knows them.
#[derive(Debug, Clone, Default)]
pub struct LogPosition {
    offset: u64,
    whole: bool,
    /// Read and not yet handed out; its end may be the first bytes of a character.
    held: Bytes,
    /// Whether what is held is more than such a beginning: it is handed out before more is asked for.
    ready: bool,
    /// Whether Jenkins said that more will come.
    more: bool,
    skipped: u64,
}

impl LogPosition {
    /// From the first line, or, for a log of more than 4 MB, from near its end.
    pub fn start() -> Self {
        Self::default()
    }

    /// From the first line, up to 64 MB.
    pub fn whole() -> Self {
        Self { whole: true, ..Self::default() }
    }
}

/// A chunk and where to go on.
#[derive(Debug, Clone)]
pub struct LogRead {
    pub chunk: LogChunk,
    pub next: LogPosition,
    /// Nothing new will come for now: wait before asking again.
    pub caught_up: bool,
}

/// Reads on from a position.
pub async fn read(
    reader: &Reader,
    path: &UrlPath,
    mut from: LogPosition,
    to: &str,
) -> Result<Answered<LogRead>, Problem> {
    if from.ready {
        let now = reader.clock().now();
        return Ok(Answered { value: hand_out(from, false, now), at: now, skew: 0 });
    }
    let limit = if from.whole { WHOLE } else { SHOWN };
    let want = Want { body: limit, cut: true, ..Want::LARGE };
    let answer = reader.ok(reader.asked(to), path, &[("start", &from.offset.to_string())], want).await?;
    let size = answer.header("x-text-size").parse::<u64>().unwrap_or(from.offset);
    let more = answer.header("x-more-data") == "true";
    // Beyond the end Jenkins starts from 0 again: the log is another, or was cut.
    let mut restart = size < from.offset;
    let mut body = answer.body.to_vec();
    let mut held = std::mem::take(&mut from.held).to_vec();
    let mut at = answer.at;
    if answer.cut || (!from.whole && size.saturating_sub(from.offset) > SHOWN.saturating_mul(2)) {
        let seek = size.saturating_sub(SHOWN / 4);
        let want = Want { body: SHOWN, cut: true, ..Want::LARGE };
        let tail = reader.ok(reader.asked(to), path, &[("start", &seek.to_string())], want).await?;
        body = after_first_line(&tail.body);
        from.skipped = seek;
        at = tail.at;
        held.clear();
        restart = true;
    }
    if restart {
        held.clear();
    } else if from.offset > 0 {
        body = without_broken_annotation(body);
    }
    held.extend_from_slice(&body);
    let skipped = from.skipped;
    let held = without_annotations(held).into();
    let next = LogPosition { offset: size, whole: from.whole, held, ready: false, more, skipped };
    Ok(Answered { value: hand_out(next, restart, at), at, skew: answer.skew })
}

/// Takes a chunk off the held bytes: whole characters, and whole lines where a line fits.
fn hand_out(mut from: LogPosition, restart: bool, read_at: crate::base::Time) -> LogRead {
    let mut end = from.held.len().min(CHUNK);
    if end < from.held.len()
        && let Some(line) = from.held.get(..end).and_then(|part| part.iter().rposition(|b| *b == b'\n'))
    {
        end = line.saturating_add(1);
    }
    let left = end < from.held.len();
    if left || from.more {
        end = end.saturating_sub(unfinished(from.held.get(..end).unwrap_or_default()));
    }
    let rest = from.held.split_off(end);
    let text = Text::block(&String::from_utf8_lossy(&without_colours(&from.held)));
    let skipped = std::mem::take(&mut from.skipped);
    let chunk = LogChunk { read_at, restart, text, more: from.more || left, skipped };
    LogRead { chunk, caught_up: !left, next: LogPosition { held: rest, ready: left, ..from } }
}

/// Bytes at the end that begin a character or a colour's escape sequence and do not end it.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = bytes.get(bytes.len().saturating_sub(LONGEST)..).unwrap_or_default();
    if let Some(escape) = tail.iter().rposition(|b| *b == 0x1b)
        && let Some(sequence) = tail.get(escape..)
        && sequence.len() < LONGEST
        && colour(sequence).is_none()
        && sequence.iter().skip(1).all(|b| matches!(b, b'[' | b';' | b'0'..=b'9'))
    {
        return sequence.len();
    }
    let tail = bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default();
    for (back, byte) in tail.iter().rev().enumerate() {
        let length = match byte {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        let seen = back.saturating_add(1);
        return if seen < length { seen } else { 0 };
    }
    0
}

/// Longest escape sequence that is taken for a colour.
const LONGEST: usize = 24;

/// The length of the colour sequence (`ESC [ 1 ; 31 m`) that these bytes begin with.
fn colour(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"\x1b[")?;
    let end = rest.iter().take(LONGEST).position(|b| !matches!(b, b';' | b'0'..=b'9'))?;
    (rest.get(end) == Some(&b'm')).then(|| end.saturating_add(3))
}

/// Without colours, which compilers and test programs print: other escape sequences stay, and are shown as what they are.
fn without_colours(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == 0x1b) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        let skip = colour(escape);
        if skip.is_none() {
            out.push(0x1b);
        }
        rest = escape.get(skip.unwrap_or(1)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

const NOTE_START: &[u8] = b"\x1b[8mha:";
const NOTE_END: &[u8] = b"\x1b[0m";

/// Without hidden annotations (Jenkins core `hudson.console.ConsoleNote`), should a controller leave them in.
fn without_annotations(bytes: Vec<u8>) -> Vec<u8> {
    if find(&bytes, NOTE_START).is_none() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(start) = find(rest, NOTE_START) {
        let (before, note) = rest.split_at(start);
        let Some(end) = find(note, NOTE_END) else { break };
        out.extend_from_slice(before);
        rest = note.get(end.saturating_add(NOTE_END.len())..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Without the rest of an annotation in which the last read ended: base64 up to its end mark.
fn without_broken_annotation(bytes: Vec<u8>) -> Vec<u8> {
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    match find(&bytes, NOTE_END) {
        Some(end) if end > 0 && bytes.get(..end).is_some_and(|part| part.iter().all(base64)) => {
            bytes.get(end.saturating_add(NOTE_END.len())..).unwrap_or_default().to_vec()
        }
        _ => bytes,
    }
}

fn after_first_line(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|b| *b == b'\n').map_or(0, |at| at.saturating_add(1));
    bytes.get(start..).unwrap_or_default().to_vec()
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0_usize;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| b == first) {
        from = from.saturating_add(at);
        if bytes.get(from..)?.starts_with(needle) {
            return Some(from);
        }
        from = from.saturating_add(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;

    fn handed(held: &[u8], more: bool) -> LogRead {
        hand_out(
            LogPosition { held: Bytes::copy_from_slice(held), more, ..LogPosition::default() },
            false,
            Time::from_millis(0),
        )
    }

    #[test]
    fn a_character_that_is_cut_waits_for_its_rest() {
        let euro = "€".as_bytes();
        let first = handed(&[b"a", &euro[..2]].concat(), true);
        assert_eq!(first.chunk.text, "a");
        let mut next = first.next;
        next.held = [&next.held[..], &euro[2..]].concat().into();
        assert_eq!(hand_out(next, false, Time::from_millis(0)).chunk.text, "€");
        assert_eq!(handed(&[b"a", &euro[..2]].concat(), false).chunk.text, "a�");
    }

    #[test]
    fn colours_are_taken_out_and_other_sequences_are_shown() {
        assert_eq!(handed(b"\x1b[1;31mred\x1b[0m \x1b[2Jx\x1b]52;c;y\x07", false).chunk.text, "red ␛[2Jx␛]52;c;y␇");
        let cut = handed(b"a\x1b[1;3", true);
        assert_eq!((cut.chunk.text.as_str(), cut.next.held.len(), cut.next.ready), ("a", 5, false));
        assert_eq!(handed(b"a\x1b[1;3", false).chunk.text, "a␛[1;3");
    }

    #[test]
    fn annotations_are_not_shown() {
        let text = b"Started by \x1b[8mha:////4AbC+/==\x1b[0muser\nx".to_vec();
        assert_eq!(without_annotations(text), b"Started by user\nx");
        assert_eq!(without_annotations(b"a\x1b[8mha:AAAA".to_vec()), b"a\x1b[8mha:AAAA");
        assert_eq!(without_broken_annotation(b"AbC+/==\x1b[0muser\n".to_vec()), b"user\n");
        assert_eq!(without_broken_annotation(b"red \x1b[0m".to_vec()), b"red \x1b[0m");
    }

    #[test]
    fn a_large_text_is_handed_out_in_whole_lines() {
        let text = "0123456789\n".repeat(30_000);
        let (mut read, mut out) = (handed(text.as_bytes(), false), String::new());
        let mut chunks = 1;
        loop {
            out.push_str(&read.chunk.text);
            if read.caught_up {
                break;
            }
            assert!(read.chunk.text.ends_with('\n') && read.chunk.more);
            read = hand_out(read.next, false, Time::from_millis(0));
            chunks += 1;
        }
        assert_eq!(out, text);
        assert!(chunks > 2 && !read.chunk.more);
    }
}
