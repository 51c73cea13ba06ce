//! A column: its title, how much room it wants, when it gives way, what it shows and how it sorts.
use std::borrow::Cow;

use crate::base::{Text, Time};

/// What a cell means, for themes to colour; its text says the same without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    Plain,
    /// Less important.
    Dim,
    Good,
    /// At work.
    Busy,
    /// On its way, or being taken out.
    Moving,
    Warning,
    Bad,
    /// A name.
    Name,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: Cow<'static, str>,
    pub tone: Tone,
}

impl Cell {
    pub fn new(text: impl Into<Cow<'static, str>>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    pub fn plain(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(text, Tone::Plain)
    }

    pub fn dim(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(text, Tone::Dim)
    }

    pub const fn empty() -> Self {
        Self { text: Cow::Borrowed(""), tone: Tone::Dim }
    }

    pub fn of(text: &Text, tone: Tone) -> Self {
        Self::new(text.as_str().to_owned(), tone)
    }
}

/// What is the same for all rows while they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Our clock.
    pub now: Time,
    /// More than one controller is shown.
    pub several: bool,
}

/// By what rows are put in order; what is missing comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    Number(i64),
    Words(Text),
    Missing,
}

impl From<&Text> for Sort {
    fn from(text: &Text) -> Self {
        if text.is_empty() { Self::Missing } else { Self::Words(text.clone()) }
    }
}

impl From<Option<Time>> for Sort {
    fn from(time: Option<Time>) -> Self {
        time.map_or(Self::Missing, |t| Self::Number(t.millis()))
    }
}

/// A count of anything.
pub fn count(n: usize) -> Sort {
    Sort::Number(i64::try_from(n).unwrap_or(i64::MAX))
}

/// One column of rows of kind `R`.
#[derive(Debug)]
pub struct Column<R: 'static> {
    /// Stays the same, for `--sort`, CSV and exported files.
    pub id: &'static str,
    pub title: &'static str,
    /// Cells below which it is not worth showing, and how many it wants.
    pub width: (u16, u16),
    /// Its share of the room that is left when all have what they want; 0: none.
    pub grow: u16,
    /// 0 stays for ever; the highest goes first when there is too little room.
    pub rank: u8,
    pub right: bool,
    pub cell: fn(&R, &Context) -> Cell,
    pub sort: fn(&R, &Context) -> Sort,
}

/// Which columns fit into `width` cells with a blank between them, and how wide each is. The first of rank 0 is
/// there even when nothing fits.
pub fn fit<R>(columns: &[Column<R>], width: u16, context: &Context) -> Vec<(usize, u16)> {
    let mut kept: Vec<usize> = (0..columns.len())
        .filter(|i| columns.get(*i).is_some_and(|c| context.several || c.id != "controller"))
        .collect();
    let least = |kept: &[usize]| -> u32 {
        let sum: u32 = kept.iter().filter_map(|i| columns.get(*i)).map(|c| u32::from(c.width.0) + 1).sum();
        sum.saturating_sub(1)
    };
    while kept.len() > 1 && least(&kept) > u32::from(width) {
        let drop = (0..kept.len()).max_by_key(|k| kept.get(*k).and_then(|i| columns.get(*i)).map_or(0, |c| c.rank));
        match drop {
            Some(k) => drop_at(&mut kept, k),
            None => break,
        }
    }
    // Columns of little importance go rather than leave the important ones cut short.
    let wanted = |kept: &[usize]| -> u32 {
        let one = |c: &Column<R>| u32::from(if c.rank <= 3 { c.width.1 } else { c.width.0 }) + 1;
        kept.iter().filter_map(|i| columns.get(*i)).map(one).sum::<u32>().saturating_sub(1)
    };
    while wanted(&kept) > u32::from(width) {
        let rank = |k: usize| kept.get(k).and_then(|i| columns.get(*i)).map_or(0, |c| c.rank);
        match (0..kept.len()).max_by_key(|k| rank(*k)).filter(|k| rank(*k) >= 6) {
            Some(k) => drop_at(&mut kept, k),
            None => break,
        }
    }
    let mut widths: Vec<(usize, u16)> = kept.iter().filter_map(|i| Some((*i, columns.get(*i)?.width.0))).collect();
    if let [(_, only)] = widths.as_mut_slice() {
        *only = width;
        return widths;
    }
    let gaps = u16::try_from(kept.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let mut rest = width.saturating_sub(widths.iter().map(|(_, w)| *w).sum::<u16>()).saturating_sub(gaps);
    // The most important have what they want first.
    let mut order: Vec<usize> = (0..widths.len()).collect();
    order.sort_by_key(|k| widths.get(*k).and_then(|(i, _)| columns.get(*i)).map_or(0, |c| c.rank));
    for k in order {
        let Some((i, w)) = widths.get_mut(k) else { continue };
        let wanted = columns.get(*i).map_or(*w, |c| c.width.1);
        let more = wanted.saturating_sub(*w).min(rest);
        *w += more;
        rest -= more;
    }
    share(columns, &mut widths, rest);
    widths
}

fn drop_at(kept: &mut Vec<usize>, k: usize) {
    if k < kept.len() {
        kept.remove(k);
    }
}

fn share<R>(columns: &[Column<R>], widths: &mut [(usize, u16)], rest: u16) {
    let grow = |i: usize| columns.get(i).map_or(0, |c| c.grow);
    let total: u16 = widths.iter().map(|(i, _)| grow(*i)).sum();
    let mut left = rest;
    for (i, w) in widths.iter_mut() {
        let part = (u32::from(rest) * u32::from(grow(*i))).checked_div(u32::from(total)).unwrap_or(0);
        let part = u16::try_from(part).unwrap_or(0).min(left);
        *w += part;
        left -= part;
    }
    if let Some((_, w)) = widths.iter_mut().find(|(i, _)| grow(*i) > 0) {
        *w += left;
    }
}
