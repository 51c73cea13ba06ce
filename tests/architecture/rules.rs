//! The tables of docs/architecture.md as rules: which room may use which, and which crates have few doors.
use std::collections::{BTreeMap, BTreeSet};

use crate::paths::Used;

/// What the document declares.
#[derive(Debug)]
pub struct Rules {
    /// Room → rooms that it names.
    rooms: BTreeMap<String, BTreeSet<String>>,
    /// Rooms that are not built yet → what they will use.
    planned: BTreeMap<String, BTreeSet<String>>,
    /// Path of a crate or module → the rooms that may use it.
    doors: BTreeMap<Vec<String>, BTreeSet<String>>,
}

/// Rooms put everything together: they may use any room above them, and need not use each.
const ALL_ABOVE: &str = "all above";

impl Rules {
    /// Reads the tables whose first heading is `room`, `planned room` or `crate`.
    pub fn parse(doc: &str) -> Result<Self, String> {
        let mut rules = Self { rooms: BTreeMap::new(), planned: BTreeMap::new(), doors: BTreeMap::new() };
        let mut table = String::new();
        for line in doc.lines() {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            match (line.trim().starts_with('|'), cells.first()) {
                (true, Some(first @ (&"room" | &"planned room" | &"crate"))) => table = (*first).to_owned(),
                (true, Some(first)) if !first.starts_with("---") => rules.row(&table, &cells)?,
                (true, _) => {}
                _ => table.clear(),
            }
        }
        if rules.rooms.is_empty() {
            return Err("there is no table of rooms".to_owned());
        }
        rules.circles()?;
        Ok(rules)
    }

    fn row(&mut self, table: &str, cells: &[&str]) -> Result<(), String> {
        let name = |cell: &str| cell.trim_matches('`').to_owned();
        let last = cells.last().copied().unwrap_or_default();
        match (table, cells) {
            ("room", [room, _, _]) => {
                let uses = self.list(last);
                self.rooms.insert(name(room), uses);
            }
            ("planned room", [room, _, _]) => {
                let uses = self.list(last);
                self.planned.insert(name(room), uses);
            }
            ("crate", [path, rooms, ..]) => {
                let rooms = self.list(rooms);
                for path in path.split(',') {
                    let path = name(path.trim()).split("::").map(str::to_owned).collect();
                    self.doors.insert(path, rooms.clone());
                }
            }
            ("", _) => {}
            _ => return Err(format!("a row that is not understood: {cells:?}")),
        }
        Ok(())
    }

    fn list(&self, cell: &str) -> BTreeSet<String> {
        if cell == ALL_ABOVE {
            return self.rooms.keys().cloned().chain([ALL_ABOVE.to_owned()]).collect();
        }
        let names = cell.split(',').map(|n| n.trim().trim_matches('`').to_owned());
        names.filter(|n| !n.is_empty() && n != "–").collect()
    }

    /// The rooms that one may use: those it names and what those may use; `base` by all.
    fn reach(&self, room: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::from(["base".to_owned()]);
        let mut todo: Vec<&str> = vec![room];
        while let Some(at) = todo.pop() {
            for next in self.rooms.get(at).or_else(|| self.planned.get(at)).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    todo.push(next);
                }
            }
        }
        seen
    }

    fn circles(&self) -> Result<(), String> {
        match self.rooms.keys().find(|r| self.reach(r).contains(*r) && *r != "base") {
            Some(room) => Err(format!("the table of rooms has a circle through `{room}`")),
            None => Ok(()),
        }
    }

    /// Everything in `used` that is not allowed, a line each.
    pub fn forbidden(&self, used: &[Used], there: &BTreeSet<String>) -> Vec<String> {
        let mut found = BTreeSet::new();
        for one in used.iter().filter(|u| !u.room.is_empty()) {
            if !self.rooms.contains_key(&one.room) && !self.planned.contains_key(&one.room) {
                found.insert(format!("`{}` is not in the table of rooms", one.room));
                continue;
            }
            let to = self.edge(one, there).filter(|to| !self.reach(&one.room).contains(*to));
            found.extend(to.map(|to| format!("{}: `{}` uses `{to}` ({})", one.file, one.room, one.path.join("::"))));
            found.extend(self.door(one));
        }
        found.into_iter().collect()
    }

    /// Everything declared that is not so, a line each.
    pub fn untrue(&self, used: &[Used], there: &BTreeSet<String>) -> Vec<String> {
        let edges: BTreeSet<(&str, &str)> =
            used.iter().filter_map(|one| Some((one.room.as_str(), self.edge(one, there)?))).collect();
        self.unused(&edges).chain(self.built(there)).collect()
    }

    /// The other room that a path leads to.
    fn edge<'a>(&self, one: &'a Used, there: &BTreeSet<String>) -> Option<&'a str> {
        let [root, to, ..] = one.path.as_slice() else { return None };
        let room = there.contains(to) || self.rooms.contains_key(to);
        (root == "crate" && *to != one.room && room).then_some(to)
    }

    fn door(&self, one: &Used) -> Option<String> {
        let starts = |long: &[String], short: &[String]| long.get(..short.len()) == Some(short);
        let bare: &[String] = match one.path.split_last() {
            Some((last, rest)) if last == "*" => rest,
            _ => &one.path,
        };
        // the narrowest door that the path leads through, or any door behind a module that is taken in whole
        let through = self.doors.iter().filter(|(door, _)| starts(bare, door)).max_by_key(|(door, _)| door.len());
        let behind = self.doors.iter().find(|(door, _)| starts(door, bare) && bare.len() > 1);
        let (door, rooms) = through.or(behind)?;
        (!rooms.contains(&one.room)).then(|| {
            let rooms: Vec<&str> = rooms.iter().map(String::as_str).filter(|r| *r != ALL_ABOVE).collect();
            format!(
                "{}: `{}` uses {}; `{}` has its doors in {}",
                one.file,
                one.room,
                one.path.join("::"),
                door.join("::"),
                rooms.join(", ")
            )
        })
    }

    fn unused<'a>(&'a self, edges: &'a BTreeSet<(&str, &str)>) -> impl Iterator<Item = String> + 'a {
        let declared = self.rooms.iter().filter(|(_, uses)| !uses.contains(ALL_ABOVE));
        declared.flat_map(move |(room, uses)| {
            uses.iter()
                .filter(move |to| !edges.contains(&(room.as_str(), to.as_str())))
                .map(move |to| format!("`{room}` may use `{to}` and does not"))
        })
    }

    fn built<'a>(&'a self, there: &'a BTreeSet<String>) -> impl Iterator<Item = String> + 'a {
        let missing = self.rooms.keys().filter(|r| !there.contains(*r));
        let built = self.planned.keys().filter(|r| there.contains(*r));
        missing
            .map(|r| format!("`{r}` is in the table and not in src; while it is planned it belongs in the other table"))
            .chain(built.map(|r| format!("`{r}` is built: it belongs in the table of rooms")))
    }
}
