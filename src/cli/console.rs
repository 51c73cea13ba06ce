//! `bellboard` without a subcommand: the console.
use std::io::IsTerminal;
use std::sync::Arc;

use super::args::Common;
use super::session;
use crate::app::terminal::{self, Held};
use crate::app::{Console, Exit, Failed, House, HouseOptions, Left, log::Log, places};
use crate::base::{Clock, SystemClock, Text};
use crate::site::Site;
use crate::ui::App;
use crate::ui::io::{Colours, ControllerCard, Terminal, UiParts};

pub(super) fn run(common: &Common) -> Result<Exit, Failed> {
    let found = session::site(common)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let journal = places::journal(&found.site)?;
    let options = HouseOptions { site: found.site, read_only: session::read_only(common), journal };
    let runtime = session::runtime()?;
    show(common, &runtime, options, clock, false)
}

/// Shows the console on a site until somebody leaves it.
pub(super) fn show(
    common: &Common,
    runtime: &tokio::runtime::Runtime,
    options: HouseOptions,
    clock: Arc<dyn Clock>,
    simulated: bool,
) -> Result<Exit, Failed> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let hint = "`bellboard status` and the other commands need none; `bellboard --help` lists them";
        return Err(Failed::new(Exit::Usage, "the console needs a terminal", hint));
    }
    let log = match &common.log {
        Some(path) => Log::to(path)
            .map_err(|e| Failed::new(Exit::Usage, format!("the log {} cannot be written: {e}", path.display()), ""))?,
        None => Log::default(),
    };
    let app = App::new(parts(common, &options.site, &clock, simulated)?);
    let mut mistakes: Vec<Text> = app.mistakes().to_vec();
    mistakes.dedup();
    let held = Held::default();
    terminal::install_hooks(&held).map_err(|e| Failed::new(Exit::Failed, e, ""))?;
    let gone = |e: std::io::Error| Failed::new(Exit::Failed, format!("the terminal cannot be used: {e}"), "");
    let left = {
        let _on = runtime.enter();
        // the first frame, before anything is asked of anybody
        let console = Console::open(app, clock.clone(), log, &held).map_err(gone)?;
        runtime.block_on(console.run(House::start(options, clock))).map_err(gone)?
    };
    // the terminal is the shell's again: what the screen said of keymap and theme stays readable
    for mistake in mistakes {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "bellboard: {mistake}");
    }
    match left {
        Left::Quit => Ok(Exit::Fine),
        Left::Signal(number) => Err(Failed::new(Exit::Failed, format!("ended by signal {number}"), "")),
    }
}

fn parts(common: &Common, site: &Site, clock: &Arc<dyn Clock>, simulated: bool) -> Result<UiParts, Failed> {
    let card =
        |c: &crate::site::Controller| ControllerCard { id: c.id.clone(), url: c.url.clone(), production: c.production };
    Ok(UiParts {
        site: site.name.clone(),
        controllers: site.controllers.iter().map(card).collect(),
        limits: site.bells.clone(),
        now: clock.now(),
        keymap: session::choice(common.keymap.as_deref())?,
        theme: session::choice(common.theme.as_deref())?,
        terminal: capabilities(|name| std::env::var(name).ok()),
        simulated,
    })
}

/// What the terminal can do, as the environment says.
fn capabilities(variable: impl Fn(&str) -> Option<String>) -> Terminal {
    let said = |name: &str| variable(name).unwrap_or_default();
    let term = said("TERM");
    let colours = if !said("NO_COLOR").is_empty() || term == "dumb" {
        Colours::None
    } else if matches!(said("COLORTERM").as_str(), "truecolor" | "24bit") {
        Colours::True
    } else if term.contains("256color") {
        Colours::Indexed
    } else {
        Colours::Sixteen
    };
    // rxvt and its like say "foreground;background" as palette numbers: 7 and 15 are light
    let light = said("COLORFGBG").rsplit(';').next().is_some_and(|b| matches!(b, "7" | "15"));
    let locale = [said("LC_ALL"), said("LC_CTYPE"), said("LANG")].into_iter().find(|l| !l.is_empty());
    let unicode = match locale {
        Some(locale) => locale.to_lowercase().replace('-', "").contains("utf8"),
        // no locale at all (a bare container): terminals of today speak UTF-8, but the Linux console has few glyphs
        None => term != "linux" && term != "dumb",
    };
    Terminal { colours, light, unicode }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(set: &[(&str, &str)]) -> Terminal {
        capabilities(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_environment_says_what_the_terminal_can_do() {
        assert_eq!(seen(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]).colours, Colours::None);
        assert_eq!(seen(&[("COLORTERM", "truecolor")]).colours, Colours::True);
        assert_eq!(seen(&[("TERM", "xterm-256color")]).colours, Colours::Indexed);
        assert_eq!(seen(&[("TERM", "linux")]).colours, Colours::Sixteen);
        assert!(seen(&[("COLORFGBG", "0;15")]).light);
        assert!(!seen(&[("COLORFGBG", "15;0")]).light);
        assert!(seen(&[("LANG", "en_US.UTF-8")]).unicode);
        assert!(!seen(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]).unicode);
        assert!(seen(&[("TERM", "xterm")]).unicode);
    }
}
