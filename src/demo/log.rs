//! A build's log as Jenkins keeps it: lines, and among them annotations that are not shown but are counted.
/// A log with its hidden annotations in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log {
    raw: String,
}

const OPEN: &str = "\u{1b}[8mha:////";
const CLOSE: &str = "\u{1b}[0m";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Log {
    /// Adds a line.
    pub fn line(&mut self, text: &str) {
        self.raw.push_str(text);
        self.raw.push('\n');
    }

    /// Adds a `[Pipeline]` line with its annotation before it (recording: log-progressive-tail shows one cut open;
    /// log-progressive-start0: 33,781 counted for 10,477 shown).
    pub fn step(&mut self, text: &str) {
        let mark = self.raw.len() as u64;
        self.raw.push_str(OPEN);
        let mut state = mark.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..172 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let digit = DIGITS.get(usize::try_from(state % 64).unwrap_or(0)).copied().unwrap_or(b'A');
            self.raw.push(char::from(digit));
        }
        self.raw.push_str(CLOSE);
        self.line(&format!("[Pipeline] {text}"));
    }

    /// Its counted size in bytes, annotations included.
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// What is shown from a counted position on. Inside an annotation it gives the rest of it as rubbish, beyond
    /// the end everything again (recordings: log-progressive-tail, log-progressive-past-end).
    pub fn from(&self, start: usize) -> String {
        let mut at = if start > self.raw.len() { 0 } else { start };
        while !self.raw.is_char_boundary(at) {
            at += 1;
        }
        shown(self.raw.get(at..).unwrap_or(""))
    }

    /// All of it as shown.
    pub fn text(&self) -> String {
        shown(&self.raw)
    }
}

/// Without whole annotations.
fn shown(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() / 2);
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        rest = after.split_once(CLOSE).map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_counted_and_not_shown() {
        let mut log = Log::default();
        log.line("Started by user CI Admin");
        log.step("Start of Pipeline");
        assert_eq!(log.text(), "Started by user CI Admin\n[Pipeline] Start of Pipeline\n");
        assert!(log.size() > log.text().len() + 150);
        assert!(log.from(60).contains("[0m[Pipeline] Start"), "the rest of an annotation is rubbish");
        assert_eq!(log.from(log.size()), "");
        assert_eq!(log.from(log.size() + 1), log.text());
    }
}
