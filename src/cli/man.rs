//! `bellboard man`: the manual pages, from the same definitions as the help.
use std::path::Path;

use super::args::Man;
use super::out::Out;
use crate::app::{Exit, Failed};

pub(super) fn run(args: &Man, out: &mut Out) -> Result<Exit, Failed> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(super::definition()).render(&mut page).map_err(|e| not_written(Path::new("-"), &e))?;
        out.text(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Fine);
    };
    clap_mangen::generate_to(super::definition(), dir).map_err(|e| not_written(dir, &e))?;
    out.line(&format!("wrote the manual pages to {}", dir.display()))?;
    Ok(Exit::Fine)
}

fn not_written(path: &Path, error: &std::io::Error) -> Failed {
    Failed::new(Exit::Failed, format!("the manual pages cannot be written to {}: {error}", path.display()), "")
}
