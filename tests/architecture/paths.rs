//! Every path that a source tree uses, resolved to where it begins: a room of this crate or another crate.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// One path that a room's code uses, outside its tests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// The room that uses it; empty for `lib.rs` and `main.rs`.
    pub room: String,
    /// From the crate's root: `["crate", "base", "Text"]`, `["tokio", "time"]`.
    pub path: Vec<String>,
    /// The file, for the message.
    pub file: String,
}

/// A source tree as its `mod` items span it.
#[derive(Debug, Default)]
pub struct Tree {
    pub used: Vec<Used>,
    pub rooms: BTreeSet<String>,
    /// Files below `src` that no `mod` item leads to.
    pub unreached: Vec<PathBuf>,
}

/// Reads `src`, following `mod` items from `lib.rs`, and `main.rs`.
pub fn of_tree(src: &Path) -> Tree {
    let mut reader = Reader { src: src.to_owned(), reached: BTreeSet::new(), tree: Tree::default() };
    reader.file(&src.join("lib.rs"), src, &[], false);
    reader.file(&src.join("main.rs"), src, &[], false);
    let mut tree = reader.tree;
    tree.unreached = rust_files(src).into_iter().filter(|f| !reader.reached.contains(f)).collect();
    tree
}

/// What one text uses, were it a file of that room.
pub fn of_source(room: &str, text: &str) -> Vec<Used> {
    let file = syn::parse_file(text).expect("Rust");
    let mut finder = Finder::new(vec![room.to_owned()], "a test".to_owned());
    finder.visit_file(&file);
    finder.used
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out
}

struct Reader {
    src: PathBuf,
    reached: BTreeSet<PathBuf>,
    tree: Tree,
}

impl Reader {
    /// One file, whose submodules live in `dir`.
    fn file(&mut self, path: &Path, dir: &Path, module: &[String], test: bool) {
        self.reached.insert(path.to_owned());
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if let [room] = module {
            self.tree.rooms.insert(room.clone());
        }
        if !test {
            let name = path.strip_prefix(&self.src).unwrap_or(path).display().to_string();
            let mut finder = Finder::new(module.to_vec(), name);
            finder.visit_file(&file);
            self.tree.used.extend(finder.used);
        }
        self.modules(&file.items, path, dir, module, test);
    }

    fn modules(&mut self, items: &[syn::Item], file: &Path, dir: &Path, module: &[String], test: bool) {
        for item in items {
            let syn::Item::Mod(item) = item else { continue };
            let name = item.ident.to_string();
            let test = test || is_test(&item.attrs);
            let inner: Vec<String> = module.iter().cloned().chain([name.clone()]).collect();
            let below = dir.join(&name);
            match &item.content {
                Some((_, items)) => self.modules(items, file, &below, &inner, test),
                None if said_path(&item.attrs).is_some() => {
                    let said = said_path(&item.attrs).unwrap_or_default();
                    self.file(&file.with_file_name(said), &below, &inner, test);
                }
                None if below.with_extension("rs").is_file() => {
                    self.file(&below.with_extension("rs"), &below, &inner, test);
                }
                None => self.file(&below.join("mod.rs"), &below, &inner, test),
            }
        }
    }
}

/// The file that `#[path = "…"]` names.
fn said_path(attrs: &[syn::Attribute]) -> Option<String> {
    let value = &attrs.iter().find(|a| a.path().is_ident("path"))?.meta.require_name_value().ok()?.value;
    match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Whether an item is there for tests only.
fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|a| {
        a.path().is_ident("test")
            || (a.path().is_ident("cfg") && a.parse_args::<syn::Path>().is_ok_and(|p| p.is_ident("test")))
    })
}

struct Finder {
    module: Vec<String>,
    file: String,
    used: Vec<Used>,
}

impl Finder {
    fn new(module: Vec<String>, file: String) -> Self {
        Self { module, file, used: Vec::new() }
    }

    fn saw(&mut self, segments: &[String]) {
        let Some(path) = resolve(&self.module, segments) else { return };
        let room = self.module.first().cloned().unwrap_or_default();
        self.used.push(Used { room, path, file: self.file.clone() });
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(p) => self.tree(&with(p.ident.to_string()), &p.tree),
            syn::UseTree::Name(n) => self.saw(&with(n.ident.to_string())),
            syn::UseTree::Rename(n) => self.saw(&with(n.ident.to_string())),
            syn::UseTree::Glob(_) => self.saw(&with("*".to_owned())),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.tree(before, t)),
        }
    }

    /// Paths in a macro's words, which syn does not parse.
    fn words(&mut self, text: &str) {
        let dense = text.replace(" :: ", "::").replace(":: ", "::").replace(" ::", "::");
        for word in dense.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let segments: Vec<String> = word.split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect();
            if segments.len() > 1 {
                self.saw(&segments);
            }
        }
    }
}

/// Where a path begins; none for a path to something in scope (`Text::line`).
fn resolve(module: &[String], segments: &[String]) -> Option<Vec<String>> {
    let mut at: Vec<String> = match segments.first()?.as_str() {
        "crate" | "bellboard" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module.to_vec(),
        first if first.chars().next().is_some_and(char::is_lowercase) => return Some(segments.to_vec()),
        _ => return None,
    };
    for segment in segments {
        match segment.as_str() {
            "crate" | "bellboard" | "self" => {}
            "super" => {
                at.pop();
            }
            name => at.push(name.to_owned()),
        }
    }
    at.insert(0, "crate".to_owned());
    Some(at)
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_test(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            self.saw(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.words(&mac.tokens.to_string());
        visit::visit_macro(self, mac);
    }
}
