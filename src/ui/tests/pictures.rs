//! Pictures of every screen at three sizes, from the made-up installation.
use super::*;

/// What is pressed to come to a screen, and what the picture is called.
const SCREENS: [(&str, &str); 12] = [
    ("1", "board"),
    ("2", "queue"),
    ("3", "nodes"),
    ("3 enter", "node"),
    ("3 j x", "actions"),
    ("6", "builds"),
    ("6 enter", "build"),
    ("9", "runbooks"),
    ("9 enter", "run"),
    ("s", "sources"),
    ("?", "help"),
    (":", "palette"),
];

#[test]
fn every_screen_at_every_size() {
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        for (keys, name) in SCREENS {
            let mut app = full();
            press(&mut app, keys);
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown(&app, width, height));
        }
    }
}

/// Writes pictures with their colours where BELLBOARD_PICTURES says, to be looked at with `cat`.
#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("BELLBOARD_PICTURES") else { return };
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        for (keys, name) in SCREENS {
            let mut app = full();
            press(&mut app, keys);
            std::fs::write(format!("{folder}/{name}-{width}.ansi"), ansi(&draw(&app, width, height))).unwrap();
        }
    }
}

fn ansi(buffer: &Buffer) -> String {
    use ratatui::style::{Color, Modifier};
    let colour = |c: Color, base: u8| match c {
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
        _ => String::new(),
    };
    let mut out = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let bold = if cell.modifier.contains(Modifier::BOLD) { ";1" } else { "" };
            out += &format!("\x1b[0{bold}{}{}m{}", colour(cell.fg, 30), colour(cell.bg, 40), cell.symbol());
        }
        out += "\x1b[0m";
        if y + 1 < buffer.area.height {
            out += "\r\n";
        }
    }
    out
}
