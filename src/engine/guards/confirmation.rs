//! Guard `confirmation`: what must be given before it starts; Enter and held keys cannot give it.
use crate::run::{Confirm, Verdict, VerdictKind};

use super::{Case, said};

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    if !case.planning {
        return Vec::new();
    }
    let text = match case.confirm {
        Confirm::Key => "y starts it".to_owned(),
        Confirm::Typed(word) => format!("typing {word} starts it"),
        Confirm::TypedAfterReading(word) => format!("typing {word}, after the whole plan was seen, starts it"),
    };
    vec![said("confirmation", VerdictKind::Passed, &text, "")]
}

/// Whether what was given is what was asked for.
///
/// # Errors
/// What to type.
pub fn given(confirm: &Confirm, text: &str) -> Result<(), String> {
    match confirm {
        Confirm::Key if text.trim() == "y" => Ok(()),
        Confirm::Key => Err("it was not confirmed; say y".to_owned()),
        Confirm::Typed(word) | Confirm::TypedAfterReading(word) if text.trim() == word.as_str() => Ok(()),
        Confirm::Typed(word) | Confirm::TypedAfterReading(word) => {
            Err(format!("it was not confirmed; type {word}, exactly so"))
        }
    }
}
