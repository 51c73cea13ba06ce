//! New rows into old ones: what did not change keeps its pointer.
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::base::Time;
use crate::model::{Reading, ReadingState, Rows};

/// The rows with old pointers where rows are equal, and the old list itself where all are.
pub fn rows<T: PartialEq, K: Hash + Eq>(
    old: Option<&Arc<Rows<T>>>,
    new: Vec<Arc<T>>,
    key: impl Fn(&T) -> &K,
) -> Arc<Rows<T>> {
    let Some(old) = old else { return Arc::new(new) };
    let mut by_key: Option<HashMap<&K, &Arc<T>>> = None;
    let mut same = old.len() == new.len();
    let mut merged = Vec::with_capacity(new.len());
    for (index, row) in new.into_iter().enumerate() {
        let here = old.get(index).filter(|o| key(o) == key(&row));
        let known = here.or_else(|| {
            by_key.get_or_insert_with(|| old.iter().map(|o| (key(o), o)).collect()).get(key(&row)).copied()
        });
        let kept = known.filter(|o| Arc::ptr_eq(o, &row) || ***o == *row).cloned();
        same &= kept.is_some() && here.is_some();
        merged.push(kept.unwrap_or(row));
    }
    if same { old.clone() } else { Arc::new(merged) }
}

/// A reading that succeeded: a new version only for a new value.
pub fn fresh<T: PartialEq>(old: &Reading<T>, value: Arc<T>, at: Time) -> Reading<T> {
    let same = old.value.as_ref().is_some_and(|o| Arc::ptr_eq(o, &value) || **o == *value);
    Reading {
        version: if same { old.version } else { old.version.saturating_add(1) },
        value: if same { old.value.clone() } else { Some(value) },
        read_at: Some(at),
        state: ReadingState::Fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[(u32, &'static str)]) -> Vec<Arc<(u32, &'static str)>> {
        rows.iter().map(|r| Arc::new(*r)).collect()
    }

    #[test]
    fn an_unchanged_list_is_the_same_list() {
        let old = Arc::new(list(&[(1, "a"), (2, "b")]));
        assert!(Arc::ptr_eq(&old, &rows(Some(&old), list(&[(1, "a"), (2, "b")]), |r| &r.0)));
    }

    #[test]
    fn only_changed_rows_are_new() {
        let old = Arc::new(list(&[(1, "a"), (2, "b"), (3, "c")]));
        let new = rows(Some(&old), list(&[(3, "c"), (1, "a"), (2, "x"), (4, "d")]), |r| &r.0);
        let shown: Vec<_> = new.iter().map(|r| **r).collect();
        assert_eq!(shown, [(3, "c"), (1, "a"), (2, "x"), (4, "d")]);
        assert!(Arc::ptr_eq(&new[0], &old[2]) && Arc::ptr_eq(&new[1], &old[0]));
        assert!(!Arc::ptr_eq(&new[2], &old[1]));
        // another order is another list
        let turned = rows(Some(&old), list(&[(2, "b"), (1, "a"), (3, "c")]), |r| &r.0);
        assert!(!Arc::ptr_eq(&turned, &old) && Arc::ptr_eq(&turned[2], &old[2]));
    }

    #[test]
    fn a_version_is_raised_only_by_a_change() {
        let first = fresh(&Reading::default(), Arc::new(7), Time::from_millis(1));
        let second = fresh(&first, Arc::new(7), Time::from_millis(2));
        let third = fresh(&second, Arc::new(8), Time::from_millis(3));
        assert_eq!((first.version, second.version, third.version), (1, 1, 2));
        assert_eq!(second.read_at, Some(Time::from_millis(2)));
    }
}
