//! What keys and the palette ask of the screens themselves.
use super::super::act::{ACTS, Act, Place};
use super::super::edit::Edit;
use super::super::io::{Effect, Saying};
use super::super::layers::menu::{Choice, Item, Menu, start};
use super::super::layers::palette::{Does, Entry, Palette};
use super::super::layers::prompt::Prompt;
use super::super::layers::quit::Quit;
use super::super::layers::{Layer, Then};
use super::super::pages::build::BuildPage;
use super::super::pages::node::NodePage;
use super::super::pages::run::RunPage;
use super::super::screens::{Focus, Screen, board};
use super::super::theme::{self, Theme};
use super::App;
use crate::base::Text;
use crate::bells::About;
use crate::model::ControllerId;
use crate::views::Key;

impl App {
    /// The list that has the cursor.
    pub(super) fn focus(&self) -> Focus {
        match (self.screen, self.second) {
            (Screen::Board, false) => Focus::Bells,
            (Screen::Board, true) | (Screen::Runbooks, false) => Focus::Runs,
            (Screen::Runbooks, true) => Focus::Books,
            (Screen::Queue, _) => Focus::Queue,
            (Screen::Nodes, _) => Focus::Nodes,
            (Screen::Builds, _) => Focus::Builds,
            (Screen::Sources, _) => Focus::Sources,
        }
    }

    /// Why something cannot be done now.
    pub(super) fn available(&self, act: Act) -> Result<(), Text> {
        let no = |why: &str| Err(Text::line(why));
        if let Some(answer) = self.layers.last().and_then(|l| l.available(act, &self.data)) {
            return answer;
        }
        let card = self.data.card().map(|c| &c.id);
        let standing = card.and_then(|id| self.data.standing.get(id));
        let armed = card.is_some_and(|id| self.data.armed_until(id).is_some());
        match (act, act.info().place) {
            (_, Place::Run) => no("open a run first"),
            (_, Place::Log) => no("open a build or a node first"),
            (Act::Arm, _) if armed => no("it is armed already"),
            (Act::Arm, _) => match standing {
                None => no("it is not known yet what you may do here"),
                Some(s) if !s.operator => {
                    Err(s.read_only_because.clone().unwrap_or_else(|| Text::line("you are no operator here")))
                }
                Some(_) => Ok(()),
            },
            (Act::Disarm, _) if !armed => no("it is not armed"),
            (Act::Suspend, _) if !self.data.runs_here().is_empty() => {
                no("a run is executed here and would stand still")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn act(&mut self, act: Act, out: &mut Vec<Effect>) {
        if let Some(last) = self.layers.len().checked_sub(1) {
            let whole = self.layers.last().is_some_and(|l| l.whole());
            if self.with_layer(last, out, |layer, desk| layer.act(act, desk)) != Then::Ignored {
                return;
            }
            if !whole || act.info().place != Place::Everywhere {
                return;
            }
        }
        if let Err(why) = self.available(act) {
            self.say(Saying::Warning, Text::line(&format!("{}: {why}", act.info().title)));
            return;
        }
        if !self.everywhere(act, out) {
            self.in_list(act, out);
        }
    }

    pub(super) fn everywhere(&mut self, act: Act, out: &mut Vec<Effect>) -> bool {
        let order = |screen| Screen::ALL.iter().position(|(s, _)| *s == screen).unwrap_or(0);
        if let Some((screen, _)) = Screen::ALL.iter().find(|(_, a)| *a == act) {
            self.go(*screen);
            return true;
        }
        match act {
            Act::NextScreen | Act::PreviousScreen => {
                let step = if act == Act::NextScreen { 1 } else { Screen::ALL.len() - 1 };
                if let Some((screen, _)) = Screen::ALL.get((order(self.screen) + step) % Screen::ALL.len()) {
                    self.go(*screen);
                }
            }
            Act::Help => self.help(),
            Act::Palette => self.palette(),
            Act::Back => self.back(),
            Act::Quit if self.data.runs_here().is_empty() => out.push(Effect::Quit),
            Act::Quit => self.layers.push(Box::new(Quit::new(&self.data))),
            Act::Suspend => out.push(Effect::Suspend),
            Act::Repaint => out.push(Effect::Repaint),
            Act::Refresh => {
                let ids = self.data.parts.controllers.iter().map(|c| c.id.clone());
                out.extend(ids.filter(|id| self.data.shows(id)).map(|controller| Effect::Refresh { controller }));
            }
            Act::Arm | Act::Disarm => self.arm(act == Act::Arm, out),
            Act::NextTheme => self.next_theme(),
            _ => return false,
        }
        true
    }

    pub(super) fn go(&mut self, screen: Screen) {
        self.layers.clear();
        self.filtering = None;
        self.second = false;
        self.screen = screen;
    }

    pub(super) fn arm(&mut self, arm: bool, out: &mut Vec<Effect>) {
        let Some(card) = self.data.card() else { return };
        if arm {
            let prompt = Prompt::arm(&card.id, card.production);
            self.layers.push(Box::new(prompt));
        } else {
            out.push(Effect::Disarm { controller: card.id.clone() });
        }
    }

    pub(super) fn next_theme(&mut self) {
        let names: Vec<&str> = theme::names().collect();
        self.themes = (self.themes + 1) % (names.len() + 1);
        let choice = match self.themes.checked_sub(1).and_then(|i| names.get(i)) {
            Some(name) => super::super::io::Choice::Named((*name).to_owned()),
            None => self.data.parts.theme.clone(),
        };
        self.data.theme = Theme::load(&choice, self.data.parts.terminal).0;
        let name = Text::line(&format!("theme {}", self.data.theme.name));
        self.say(Saying::Done, name);
    }

    pub(super) fn help(&mut self) {
        let (about, mut places) = match self.layers.last() {
            Some(layer) => (layer.name(), layer.places().to_vec()),
            None => (self.screen.about(), self.places()),
        };
        if !places.contains(&Place::Everywhere) {
            places.push(Place::Everywhere);
        }
        let filters = if self.layers.is_empty() { self.lists.of(self.focus()).filters() } else { &[] };
        self.layers.push(Box::new(super::super::layers::help::Help::new(about, &places, filters)));
    }

    pub(super) fn palette(&mut self) {
        let mut entries: Vec<Entry> = ACTS
            .iter()
            .filter(|i| i.act != Act::Palette)
            .map(|i| Entry {
                id: Text::line(i.id),
                title: Text::line(i.title),
                key: self.data.keymap.key_of(i.act),
                because: self.available(i.act).err(),
                does: Does::Act(i.act),
            })
            .collect();
        if let (Some(card), Some(catalogue)) = (self.data.card(), &self.data.catalogue) {
            entries.extend(catalogue.runbooks.iter().map(|b| Entry {
                id: b.name.clone(),
                title: Text::line(&format!("plan: {} ({})", b.title, card.id)),
                key: String::new(),
                because: None,
                does: Does::Runbook(card.id.clone(), b.name.clone()),
            }));
        }
        if self.data.parts.controllers.len() > 1 {
            let only = |id: Option<ControllerId>, name: &str| Entry {
                id: Text::line(name),
                title: Text::line(&format!("show {name}")),
                key: String::new(),
                because: None,
                does: Does::Only(id),
            };
            entries.push(only(None, "all controllers"));
            entries.extend(self.data.parts.controllers.iter().map(|c| only(Some(c.id.clone()), c.id.as_str())));
        }
        self.layers.push(Box::new(Palette::new(entries)));
    }

    /// Esc: a layer closes; on a screen a filter goes, then the marks.
    pub(super) fn back(&mut self) {
        if self.layers.pop().is_some() {
            return;
        }
        let focus = self.focus();
        let context = self.data.context();
        let list = self.lists.of_mut(focus);
        if !list.typed().is_empty() {
            list.filter("", &context);
        } else if !list.clear_marks() && self.second {
            self.second = false;
        }
    }

    pub(super) fn in_list(&mut self, act: Act, out: &mut Vec<Effect>) {
        let focus = self.focus();
        let context = self.data.context();
        let list = self.lists.of_mut(focus);
        let page = isize::try_from(list.height()).unwrap_or(20).max(1);
        match act {
            Act::Down => list.by(1),
            Act::Up => list.by(-1),
            Act::HalfDown => list.by((page / 2).max(1)),
            Act::HalfUp => list.by(-(page / 2).max(1)),
            Act::PageDown => list.by((page - 1).max(1)),
            Act::PageUp => list.by(-(page - 1).max(1)),
            Act::Top => list.to(0),
            Act::Bottom => list.to(usize::MAX),
            Act::Mark => {
                list.mark();
                list.by(1);
            }
            Act::MarkAll => list.mark_all(),
            Act::Sort => list.next_order(&context),
            Act::Reverse => list.reverse(&context),
            Act::Filter => self.filtering = Some(Edit::new(list.typed())),
            Act::NextPane => self.second = !self.second && matches!(self.screen, Screen::Board | Screen::Runbooks),
            Act::Copy => self.copy(focus, out),
            Act::Open => self.open(focus, out),
            Act::Export => self.export(focus, out),
            Act::Actions => self.actions(focus, out),
            Act::Into | Act::Log => self.into(focus, out),
            _ => {}
        }
    }

    pub(super) fn copy(&mut self, focus: Focus, out: &mut Vec<Effect>) {
        let names = self.lists.of(focus).names();
        if names.is_empty() {
            self.say(Saying::Warning, Text::line("nothing is selected that could be copied"));
            return;
        }
        let all = names.iter().map(Text::as_str).collect::<Vec<_>>().join("\n");
        out.push(Effect::Copy(Text::block(&all)));
    }

    pub(super) fn open(&mut self, focus: Focus, out: &mut Vec<Effect>) {
        let place = match focus {
            Focus::Nodes => self.lists.nodes.selected().map(|r| (r.controller.clone(), format!("{}/", r.node.path))),
            Focus::Queue => self.lists.queue.selected().map(|r| {
                let path = r.item.task.build.as_ref().map(|b| format!("{}/", b.path()));
                let job = r.item.task.job.as_ref().map(|j| format!("{j}/"));
                (r.controller.clone(), path.or(job).unwrap_or_else(|| "queue/".to_owned()))
            }),
            Focus::Builds => {
                self.lists.builds.selected().map(|r| (r.controller.clone(), format!("{}/", r.build.id.path())))
            }
            Focus::Sources => self.lists.sources.selected().map(|r| (r.controller.clone(), String::new())),
            Focus::Bells => self.lists.bells.selected().map(|r| {
                let path = match &r.bell.about {
                    About::Node(path) => format!("{path}/"),
                    _ => String::new(),
                };
                (r.bell.controller.clone(), path)
            }),
            Focus::Runs | Focus::Books => None,
        };
        match place.and_then(|(id, path)| self.data.url(&id, &path)) {
            Some(url) => out.push(Effect::Open(url)),
            None => self.say(Saying::Warning, Text::line("this has no page in a browser")),
        }
    }

    pub(super) fn export(&mut self, focus: Focus, out: &mut Vec<Effect>) {
        let context = self.data.context();
        let list = self.lists.of(focus);
        let name = list.name();
        let stamp: String =
            self.data.now.to_string().chars().take(19).map(|c| if c == ':' { '-' } else { c }).collect();
        let item = |kind: &str, csv: bool| {
            let effect = Effect::Export { name: format!("{name}-{stamp}.{kind}"), content: list.export(csv, &context) };
            Item::new(
                kind,
                if csv { "as on the screen, a line each" } else { "as the command prints it with --json" },
                Choice::Effect(effect),
            )
        };
        let items = vec![item("json", false), item("csv", true)];
        let title = format!("export {name}");
        self.with_desk(out, |_, desk| Menu::open(&title, items, desk));
    }

    pub(super) fn actions(&mut self, focus: Focus, out: &mut Vec<Effect>) {
        let gone = self.lists.of(focus).gone();
        if focus == Focus::Books {
            self.into(focus, out);
            return;
        }
        if focus == Focus::Runs {
            self.into(focus, out);
            return;
        }
        let things = self.lists.things(focus);
        if gone {
            self.say(Saying::Warning, Text::line("it is not there any more"));
            return;
        }
        self.with_desk(out, |_, desk| super::super::actions::menu(things, false, desk));
    }

    pub(super) fn into(&mut self, focus: Focus, out: &mut Vec<Effect>) {
        match focus {
            Focus::Nodes => {
                let page = self.lists.nodes.selected().cloned().map(NodePage::new);
                self.layers.extend(page.map(|p| Box::new(p) as Box<dyn Layer>));
            }
            Focus::Builds => {
                let page = self.lists.builds.selected().map(|r| {
                    BuildPage::new(r.controller.clone(), r.build.id.clone(), r.build.title.clone(), &self.data)
                });
                self.layers.extend(page.map(|p| Box::new(p) as Box<dyn Layer>));
            }
            Focus::Queue => self.item(),
            Focus::Runs => {
                let page = self.lists.runs.selected().map(|r| RunPage::new(r.run.id));
                self.layers.extend(page.map(|p| Box::new(p) as Box<dyn Layer>));
            }
            Focus::Books => {
                let book = self.lists.books.selected().map(|r| r.info.name.clone());
                let controller = self.data.card().map(|c| c.id.clone());
                if let (Some(book), Some(controller)) = (book, controller) {
                    self.with_desk(out, |_, desk| start(controller, book, Vec::new(), desk));
                }
            }
            Focus::Bells => self.answer(out),
            Focus::Sources => {}
        }
    }

    /// A queue item's build, where it is a step of one; else why it waits, in full.
    pub(super) fn item(&mut self) {
        let Some(row) = self.lists.queue.selected() else { return };
        if let Some(build) = &row.item.task.build {
            let page = BuildPage::new(row.controller.clone(), build.clone(), row.what(), &self.data);
            self.layers.push(Box::new(page));
            return;
        }
        let label = row.item.label.as_deref().unwrap_or("any node");
        let text = format!("{}: wants {label}; {}; Jenkins says: {}", row.what(), row.why(), row.item.why);
        self.say(Saying::Done, Text::line(&text));
    }

    /// From a bell to the runbook that answers it, or to the thing it is about.
    pub(super) fn answer(&mut self, out: &mut Vec<Effect>) {
        let Some(row) = self.lists.bells.selected().cloned() else { return };
        let bell = &row.bell;
        let book = bell.runbook.and_then(|name| self.data.book(name)).cloned();
        if let (Some(book), Some(thing)) = (book, board::thing(&row)) {
            let inputs = thing.fills(&book).unwrap_or_default();
            self.with_desk(out, |_, desk| start(thing.controller.clone(), book.name.clone(), inputs, desk));
            return;
        }
        match &bell.about {
            About::Node(path) => {
                let found = self.lists.nodes.select(&Key::new(&bell.controller, path.as_str()));
                self.go(Screen::Nodes);
                if found {
                    self.into(Focus::Nodes, out);
                }
            }
            About::Label(label) => {
                let typed = if label.is_empty() { String::new() } else { format!("label=\"{label}\"") };
                self.go(Screen::Queue);
                self.lists.queue.filter(&typed, &self.data.context());
            }
            About::Run(run) => self.layers.push(Box::new(RunPage::new(*run))),
            About::Controller => self.go(Screen::Sources),
        }
    }
}
