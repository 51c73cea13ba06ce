//! A list as plain text, for commands whose output is read by people or cut up by other programs.
use unicode_width::UnicodeWidthChar;

use super::column::fit;
use super::{Context, Row};

/// No cell is wider where no terminal says how wide a line may be: one long reason would push all others apart. JSON has it whole.
const WIDEST: u16 = 100;

/// A table as wide as its contents ask for, cut to `width` where there is one (a terminal), with a header line.
pub fn table<R: Row>(rows: &[R], width: Option<u16>, context: &Context) -> String {
    let columns: Vec<(usize, u16)> = match width {
        Some(width) => fit(R::COLUMNS, width, context),
        None => R::COLUMNS
            .iter()
            .enumerate()
            .filter(|(_, c)| context.several || c.id != "controller")
            .map(|(i, _)| (i, WIDEST))
            .collect(),
    };
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(rows.len() + 1);
    lines.push(columns.iter().filter_map(|(i, _)| Some(R::COLUMNS.get(*i)?.title.to_uppercase())).collect());
    for row in rows {
        let cells =
            columns.iter().filter_map(|(i, _)| Some((R::COLUMNS.get(*i)?.cell)(row, context).text.into_owned()));
        lines.push(cells.collect());
    }
    let widest: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(k, (_, most))| {
            let widest = lines.iter().filter_map(|l| l.get(k)).map(|c| cells(c)).max().unwrap_or(0);
            widest.min(usize::from(*most))
        })
        .collect();
    let mut out = String::new();
    for line in &lines {
        let mut text = String::new();
        for ((cell, (i, _)), width) in line.iter().zip(&columns).zip(&widest) {
            let right = R::COLUMNS.get(*i).is_some_and(|c| c.right);
            text += &pad(cell, *width, right);
            text += "  ";
        }
        out += text.trim_end();
        out.push('\n');
    }
    out
}

/// How many cells of a terminal a text takes.
pub fn cells(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Exactly `width` cells of it, cut with an ellipsis.
pub fn pad(text: &str, width: usize, right: bool) -> String {
    let long = cells(text);
    if long <= width {
        let blanks = " ".repeat(width - long);
        return if right { blanks + text } else { text.to_owned() + &blanks };
    }
    let mut out = cut(text, width.saturating_sub(1));
    if width > 0 {
        out.push('…');
    }
    let used = cells(&out);
    out + &" ".repeat(width.saturating_sub(used))
}

/// At most `width` cells of the beginning.
pub fn cut(text: &str, width: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}
