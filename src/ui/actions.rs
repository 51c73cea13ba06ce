//! What can be done to a thing: the runbooks of the catalogue that take such a thing, each with why it cannot be done now.
use super::data::{Data, Thing};
use super::io::Saying;
use super::layers::Desk;
use super::layers::menu::{Choice, Item, Menu};
use crate::base::Text;

/// Opens the menu of actions for some things, which are named as they are now. With several, a runbook that takes one of
/// them is planned for the first, then for the next when that one was started or left.
pub fn menu(things: Vec<Thing>, gone: bool, desk: &mut Desk<'_>) {
    let Some(first) = things.first() else {
        desk.say(Saying::Warning, "nothing is selected that an action could be for");
        return;
    };
    if desk.data.catalogue.is_none() {
        desk.say(Saying::Warning, "the runbooks are still being read");
        return;
    }
    let title = match things.len() {
        1 => format!("actions on {}", first.name),
        n => format!("actions on {n} marked: {}", names(&things)),
    };
    let items = items(&things, gone, desk.data);
    Menu::open(&title, items, desk);
}

fn names(things: &[Thing]) -> String {
    things.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// One item for each runbook that such a thing fills an input of; with several things, one for each of them.
pub fn items(things: &[Thing], gone: bool, data: &Data) -> Vec<Item> {
    let mut out = Vec::new();
    for book in data.catalogue.iter().flat_map(|c| c.runbooks.iter()) {
        for thing in things {
            let Some(inputs) = thing.fills(book) else { continue };
            let title = if things.len() > 1 { format!("{} {}", book.name, thing.name) } else { book.name.to_string() };
            let choice = Choice::Plan { controller: thing.controller.clone(), runbook: book.name.clone(), inputs };
            let because = gone.then(|| Text::line(&format!("{} is not there any more", thing.name)));
            out.push(
                Item::new(&title, &format!("{} · risk {}", book.title, book.risk.word()), choice).because(because),
            );
        }
    }
    out
}
