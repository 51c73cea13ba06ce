//! Writing JSON as Stapler exports beans: by depth and visibility, or by a tree filter.
use std::fmt::Write as _;

use super::tree::Tree;

/// What is wanted of a bean. By depth a property is written when its visibility is not below the level
/// (Stapler, `TreePruner.ByDepth`); by tree when it is named.
#[derive(Debug, Clone, Copy)]
pub enum Pick<'t> {
    /// By depth; the root begins at 1 − depth.
    Depth(i32),
    /// By name.
    Tree(&'t Tree),
}

/// Names and addresses are written at any depth.
pub const ALWAYS: i32 = 999;

impl<'t> Pick<'t> {
    fn child(self, name: &str, visibility: i32) -> Option<Pick<'t>> {
        match self {
            Pick::Depth(level) => (visibility >= level).then_some(Pick::Depth(level + 1)),
            Pick::Tree(tree) => tree.child(name).map(Pick::Tree),
        }
    }

    fn range(self) -> (usize, usize) {
        match self {
            Pick::Tree(Tree { range: Some(range), .. }) => *range,
            _ => (0, usize::MAX),
        }
    }
}

/// A value without parts.
#[derive(Debug, Clone, Copy)]
pub enum Leaf<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A number with a fraction.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    Null,
}

macro_rules! leaf {
    ($($from:ty, $it:ident => $made:expr;)*) => {
        $(impl<'a> From<$from> for Leaf<'a> {
            fn from($it: $from) -> Self {
                $made
            }
        })*
    };
}
leaf! {
    &'a str, it => Leaf::Text(it);
    &'a String, it => Leaf::Text(it);
    i64, it => Leaf::Number(it);
    i32, it => Leaf::Number(it.into());
    u32, it => Leaf::Number(it.into());
    u64, it => Leaf::Number(i64::try_from(it).unwrap_or(i64::MAX));
    usize, it => Leaf::Number(i64::try_from(it).unwrap_or(i64::MAX));
    f64, it => Leaf::Real(it);
    bool, it => Leaf::Bool(it);
}

impl<'a, T: Into<Leaf<'a>>> From<Option<T>> for Leaf<'a> {
    fn from(it: Option<T>) -> Self {
        it.map_or(Leaf::Null, Into::into)
    }
}

/// A bean being written.
#[derive(Debug)]
pub struct Obj<'o, 't> {
    out: &'o mut String,
    pick: Pick<'t>,
    first: bool,
}

/// Writes a whole bean.
pub fn write(pick: Pick<'_>, fill: impl FnOnce(&mut Obj)) -> String {
    let mut out = String::with_capacity(1 << 12);
    bean(&mut out, pick, fill);
    out
}

fn bean(out: &mut String, pick: Pick<'_>, fill: impl FnOnce(&mut Obj)) {
    out.push('{');
    let mut obj = Obj { out, pick, first: true };
    fill(&mut obj);
    obj.out.push('}');
}

/// Writes a JSON string.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl<'t> Obj<'_, 't> {
    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        quote(self.out, name);
        self.out.push(':');
    }

    fn leaf(&mut self, leaf: Leaf<'_>) {
        match leaf {
            Leaf::Text(text) => quote(self.out, text),
            Leaf::Number(number) => {
                let _ = write!(self.out, "{number}");
            }
            Leaf::Real(number) => {
                let _ = write!(self.out, "{number:?}");
            }
            Leaf::Bool(yes) => self.out.push_str(if yes { "true" } else { "false" }),
            Leaf::Null => self.out.push_str("null"),
        }
    }

    /// The Java class; written whatever is asked for.
    pub fn class(&mut self, class: &str) {
        self.name("_class");
        quote(self.out, class);
    }

    /// Whether a property is wanted; for values that are costly to have.
    pub fn wants(&self, name: &str, visibility: i32) -> bool {
        self.pick.child(name, visibility).is_some()
    }

    /// A property without parts.
    pub fn put<'a>(&mut self, name: &str, visibility: i32, value: impl Into<Leaf<'a>>) {
        if self.wants(name, visibility) {
            self.name(name);
            self.leaf(value.into());
        }
    }

    /// A property that is a bean.
    pub fn obj(&mut self, name: &str, visibility: i32, fill: impl FnOnce(&mut Obj)) {
        if let Some(pick) = self.pick.child(name, visibility) {
            self.name(name);
            bean(self.out, pick, fill);
        }
    }

    /// A bean or nothing.
    pub fn maybe<T>(&mut self, name: &str, visibility: i32, value: Option<T>, fill: impl FnOnce(&mut Obj, T)) {
        match value {
            Some(value) => self.obj(name, visibility, |o| fill(o, value)),
            None => self.put(name, visibility, Leaf::Null),
        }
    }

    /// A list of beans, of which a range may be wanted.
    pub fn list<T>(
        &mut self,
        name: &str,
        visibility: i32,
        items: impl IntoIterator<Item = T>,
        each: impl FnMut(&mut Obj, T),
    ) {
        if let Some(pick) = self.pick.child(name, visibility) {
            self.elements(name, pick, items, each);
        }
    }

    /// A list whose elements are written at this bean's own level (Stapler, `@Exported(inline = true)`).
    pub fn inline<T>(
        &mut self,
        name: &str,
        visibility: i32,
        items: impl IntoIterator<Item = T>,
        each: impl FnMut(&mut Obj, T),
    ) {
        if let Some(child) = self.pick.child(name, visibility) {
            let pick = if let Pick::Depth(_) = self.pick { self.pick } else { child };
            self.elements(name, pick, items, each);
        }
    }

    fn elements<T>(
        &mut self,
        name: &str,
        pick: Pick<'_>,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Obj, T),
    ) {
        self.name(name);
        self.out.push('[');
        let (from, to) = pick.range();
        for (place, item) in items.into_iter().skip(from).take(to.saturating_sub(from)).enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            bean(self.out, pick, |o| each(o, item));
        }
        self.out.push(']');
    }

    /// A list of values without parts.
    pub fn values<'a, T: Into<Leaf<'a>>>(&mut self, name: &str, visibility: i32, items: impl IntoIterator<Item = T>) {
        if self.wants(name, visibility) {
            self.name(name);
            self.out.push('[');
            for (place, item) in items.into_iter().enumerate() {
                if place > 0 {
                    self.out.push(',');
                }
                self.leaf(item.into());
            }
            self.out.push(']');
        }
    }

    /// A map: its keys are written whatever is asked for, its values with the map's own filter
    /// (recording: computer-tree, `monitorData[*]`).
    pub fn map(&mut self, name: &str, visibility: i32, fill: impl FnOnce(&mut Obj)) {
        if let Some(pick) = self.pick.child(name, visibility) {
            self.name(name);
            bean(self.out, pick, fill);
        }
    }

    /// One entry of a map that is a bean.
    pub fn entry(&mut self, key: &str, fill: impl FnOnce(&mut Obj)) {
        self.name(key);
        let pick = self.pick;
        bean(self.out, pick, fill);
    }

    /// One entry of a map without parts.
    pub fn entry_leaf<'a>(&mut self, key: &str, value: impl Into<Leaf<'a>>) {
        self.name(key);
        self.leaf(value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(o: &mut Obj) {
        o.class("x.Set");
        o.put("name", ALWAYS, "a\"b");
        o.list("items", 1, [1i64, 2, 3], |o, n| {
            o.put("number", ALWAYS, n);
            o.put("deep", 1, true);
        });
    }

    #[test]
    fn depth_and_tree_choose() {
        assert_eq!(
            write(Pick::Depth(1), sample),
            r#"{"_class":"x.Set","name":"a\"b","items":[{"number":1},{"number":2},{"number":3}]}"#
        );
        assert!(write(Pick::Depth(0), sample).contains(r#""deep":true"#));
        let tree = Tree::parse("items[deep]{1,2},nosuch").unwrap();
        assert_eq!(write(Pick::Tree(&tree), sample), r#"{"_class":"x.Set","items":[{"deep":true}]}"#);
    }
}
