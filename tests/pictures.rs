//! The documents' pictures, drawn by the program itself in a pseudo-terminal: `cargo test --test pictures -- --ignored`.
#[path = "pty/term.rs"]
mod term;

use std::fmt::Write;

use term::Term;

/// A cell's width and height, in the picture's units.
const CELL: (u16, u16) = (8, 17);

#[test]
#[ignore = "draws docs/pictures anew"]
fn draws_the_pictures() {
    let home = tempfile::tempdir().expect("a home");
    let mut term = Term::start(home.path(), (120, 36), &["demo", "--seed", "7"]);
    term.wait("a board with data", |screen| screen.contains("CPU-SMALL") && screen.contains("gpu-3"));
    save("board", &term.screen());
    term.keys("3");
    term.wait("the nodes", |screen| screen.contains("Driver 550"));
    save("nodes", &term.screen());
    term.keys("q");
    term.end();
}

fn save(name: &str, screen: &vt100::Screen) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.svg")), svg(screen)).expect("a picture");
}

/// A screen as an SVG: runs of cells that look alike become one text.
fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (columns * CELL.0, rows * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" font-size=\"13\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#14161b\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let look = Look::of(screen, row, column);
            let begin = column;
            let mut text = String::new();
            while column < columns && Look::of(screen, row, column) == look {
                let cell = screen.cell(row, column);
                if !cell.is_some_and(vt100::Cell::is_wide_continuation) {
                    let contents = cell.map(vt100::Cell::contents).filter(|c| !c.is_empty()).unwrap_or(" ");
                    text += contents;
                }
                column += 1;
            }
            look.draw(&mut out, (begin, row), column - begin, &text);
        }
    }
    out + "</svg>\n"
}

/// What makes cells look alike.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    colour: String,
    ground: Option<String>,
    bold: bool,
    dim: bool,
}

impl Look {
    fn of(screen: &vt100::Screen, row: u16, column: u16) -> Self {
        let Some(cell) = screen.cell(row, column) else {
            return Self { colour: String::new(), ground: None, bold: false, dim: false };
        };
        let (mut colour, mut ground) = (hex(cell.fgcolor()), hex(cell.bgcolor()));
        if cell.inverse() {
            let front = ground.take().unwrap_or_else(|| "#14161b".to_owned());
            ground = Some(colour.unwrap_or_else(|| "#d8dee9".to_owned()));
            colour = Some(front);
        }
        Self { colour: colour.unwrap_or_else(|| "#d8dee9".to_owned()), ground, bold: cell.bold(), dim: cell.dim() }
    }

    fn draw(&self, out: &mut String, (column, row): (u16, u16), cells: u16, text: &str) {
        let (x, y) = (column * CELL.0, row * CELL.1);
        if let Some(ground) = &self.ground {
            let (width, height) = (cells * CELL.0, CELL.1);
            writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>")
                .expect("text");
        }
        if text.trim().is_empty() {
            return;
        }
        let weight = if self.bold { " font-weight=\"bold\"" } else { "" };
        let shade = if self.dim { " opacity=\"0.6\"" } else { "" };
        let (base, length) = (y + 13, cells * CELL.0);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        writeln!(
            out,
            "<text x=\"{x}\" y=\"{base}\" textLength=\"{length}\" xml:space=\"preserve\" fill=\"{}\"{weight}{shade}>{text}</text>",
            self.colour
        )
        .expect("text");
    }
}

fn hex(colour: vt100::Color) -> Option<String> {
    const SIXTEEN: [&str; 16] = [
        "#2e3440", "#bf616a", "#a3be8c", "#ebcb8b", "#5e81ac", "#b48ead", "#88c0d0", "#d8dee9", "#616e88", "#d08770",
        "#b5d19c", "#f0d9a8", "#81a1c1", "#c8a8c8", "#8fbcbb", "#eceff4",
    ];
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        vt100::Color::Idx(i @ 0..=15) => SIXTEEN.get(usize::from(i)).map(|c| (*c).to_owned()),
        vt100::Color::Idx(i @ 16..=231) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let n = i - 16;
            Some(format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6)))
        }
        vt100::Color::Idx(i) => {
            let grey = 8 + 10 * (i - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}
