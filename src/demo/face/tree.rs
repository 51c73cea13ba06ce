//! The `tree=` filter: names, nested names, ranges `{m,n}` (Stapler, `NamedPathPruner`).
use std::collections::BTreeMap;

/// A filter: what is wanted below here, and which part of a list.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tree {
    children: BTreeMap<String, Tree>,
    /// From, and up to but without.
    pub range: Option<(usize, usize)>,
}

impl Tree {
    /// Reads `a,b[c,d]{0,3}`; a mistake in it is none of the caller's excuses: 500 (recording: root-tree-syntax-error).
    pub fn parse(text: &str) -> Option<Self> {
        let mut at = text;
        let tree = Self::list(&mut at)?;
        at.is_empty().then_some(tree)
    }

    fn list(at: &mut &str) -> Option<Self> {
        let mut tree = Tree::default();
        loop {
            let end = at.find(['[', ']', ',', '{']).unwrap_or(at.len());
            let name = at.get(..end)?.trim();
            if name.is_empty() {
                return None;
            }
            *at = at.get(end..)?;
            let mut child = Tree::default();
            if let Some(rest) = at.strip_prefix('[') {
                *at = rest;
                child = Self::list(at)?;
                *at = at.strip_prefix(']')?;
            }
            if let Some(rest) = at.strip_prefix('{') {
                let (range, rest) = rest.split_once('}')?;
                child.range = Some(read_range(range)?);
                *at = rest;
            }
            tree.children.entry(name.to_owned()).or_default().merge(child);
            match at.strip_prefix(',') {
                Some(rest) => *at = rest,
                None => return Some(tree),
            }
        }
    }

    fn merge(&mut self, other: Tree) {
        self.range = other.range.or(self.range);
        for (name, child) in other.children {
            self.children.entry(name).or_default().merge(child);
        }
    }

    /// What is wanted of this property, if it is.
    pub fn child(&self, name: &str) -> Option<&Tree> {
        self.children.get(name).or_else(|| self.children.get("*"))
    }
}

fn read_range(text: &str) -> Option<(usize, usize)> {
    let number = |t: &str, otherwise| if t.trim().is_empty() { Some(otherwise) } else { t.trim().parse().ok() };
    match text.split_once(',') {
        Some((from, to)) => Some((number(from, 0)?, number(to, usize::MAX)?)),
        None => number(text, 0).map(|n| (n, n + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_and_ranges_are_read() {
        let tree = Tree::parse("builds[number,actions[causes[*]]]{0,3},color").unwrap();
        let builds = tree.child("builds").unwrap();
        assert_eq!(builds.range, Some((0, 3)));
        assert!(builds.child("actions").unwrap().child("causes").unwrap().child("anything").is_some());
        assert!(tree.child("color").is_some() && tree.child("name").is_none());
        assert_eq!(Tree::parse("a{2}").unwrap().child("a").unwrap().range, Some((2, 3)));
        assert_eq!(Tree::parse("a{,2}").unwrap().child("a").unwrap().range, Some((0, 2)));
        for wrong in ["jobs[name", "", "a,,b", "a]", "a{x}"] {
            assert!(Tree::parse(wrong).is_none(), "{wrong}");
        }
    }
}
