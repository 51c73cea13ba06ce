//! Details that somebody looks at: a log as it grows, a build's stages. Late answers to questions asked before are dropped.
use std::sync::Arc;

use crate::base::{Text, Time};
use crate::model::{LogChunk, Problem, Stages, TopicData};

/// What is known of one topic.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    generation: u64,
    pub log: LogText,
    pub stages: Option<Arc<Stages>>,
    pub problem: Option<Problem>,
    /// Something has come at all.
    pub heard: bool,
}

impl Detail {
    /// Takes news in, unless they are an answer to an older question.
    pub fn take(&mut self, generation: u64, data: TopicData) {
        if generation < self.generation {
            return;
        }
        if generation > self.generation {
            *self = Self { generation, ..Self::default() };
        }
        self.heard = true;
        match data {
            TopicData::Log(chunk) => {
                self.problem = None;
                self.log.add(&chunk);
            }
            TopicData::Stages(stages) => {
                self.problem = None;
                self.stages = Some(stages);
            }
            TopicData::Failed(problem) => self.problem = Some(problem),
        }
    }
}

/// Lines of a log; the first are dropped when there are too many to hold.
#[derive(Clone, Debug, Default)]
pub struct LogText {
    pub lines: Vec<Text>,
    /// The last line has no end yet.
    open: bool,
    /// More will come.
    pub more: bool,
    /// Lines dropped from the front here.
    pub dropped: usize,
    /// Bytes left out at the front before it came here.
    pub skipped: u64,
    pub read_at: Option<Time>,
    /// Raised whenever lines were taken away, so that places in it are no longer good.
    pub epoch: u64,
}

/// As many lines are held; a fifth is dropped at once, so that it is not done for every line.
const HELD: usize = 100_000;

impl LogText {
    pub fn add(&mut self, chunk: &LogChunk) {
        if chunk.restart {
            *self = Self { epoch: self.epoch + 1, ..Self::default() };
        }
        self.more = chunk.more;
        self.skipped = chunk.skipped.max(self.skipped);
        self.read_at = Some(chunk.read_at);
        let mut lines = chunk.text.split('\n');
        if self.open
            && let (Some(last), Some(first)) = (self.lines.last_mut(), lines.next())
        {
            *last = Text::line(&format!("{last}{first}"));
        }
        self.lines.extend(lines.map(Text::line));
        // What follows the last line feed is the beginning of a line, or nothing.
        self.open = !chunk.text.is_empty() && !chunk.text.ends_with('\n') || self.open && chunk.text.is_empty();
        if chunk.text.ends_with('\n') {
            self.lines.pop();
        }
        if self.lines.len() > HELD {
            let cut = self.lines.len() - HELD * 4 / 5;
            self.lines.drain(..cut);
            self.dropped += cut;
            self.epoch += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &str, restart: bool) -> LogChunk {
        LogChunk { read_at: Time::from_millis(0), restart, text: Text::block(text), more: true, skipped: 0 }
    }

    fn shown(log: &LogText) -> Vec<&str> {
        log.lines.iter().map(Text::as_str).collect()
    }

    #[test]
    fn lines_cut_between_two_answers_are_joined() {
        let mut log = LogText::default();
        log.add(&chunk("one\ntw", false));
        log.add(&chunk("", false));
        log.add(&chunk("o\nthree\n", false));
        log.add(&chunk("four", false));
        assert_eq!(shown(&log), ["one", "two", "three", "four"]);
        log.add(&chunk("again\n", true));
        assert_eq!(shown(&log), ["again"]);
    }

    #[test]
    fn a_log_without_end_does_not_fill_the_memory() {
        let mut log = LogText::default();
        for _ in 0..30 {
            log.add(&chunk(&"x\n".repeat(9_000), false));
        }
        assert!(log.lines.len() <= HELD);
        assert_eq!(log.lines.len() + log.dropped, 30 * 9_000);
    }

    #[test]
    fn late_answers_are_dropped() {
        let mut detail = Detail::default();
        detail.take(2, TopicData::Log(chunk("new\n", false)));
        detail.take(1, TopicData::Log(chunk("old\n", false)));
        assert_eq!(shown(&detail.log), ["new"]);
        detail.take(3, TopicData::Log(chunk("newer\n", false)));
        assert_eq!(shown(&detail.log), ["newer"]);
    }
}
