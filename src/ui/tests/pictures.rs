//! Pictures of every screen at three sizes, from the made-up installation.
use super::*;

/// Writes pictures with their colours where BELLBOARD_PICTURES says, to be looked at.
#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("BELLBOARD_PICTURES") else { return };
    for (w, h) in [(80, 24), (120, 36), (200, 50)] {
        for key in ["1", "2", "3", "6", "9", "s", "?", ":", "3 enter", "6 enter", "9 enter", "3 j x"] {
            let mut app = full();
            press(&mut app, key);
            let name =
                format!("{folder}/{}-{w}.ansi", key.replace(' ', "_").replace('?', "help").replace(':', "palette"));
            std::fs::write(name, ansi(&draw(&app, w, h))).unwrap();
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
