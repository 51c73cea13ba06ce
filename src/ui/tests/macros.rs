//! Keys are pressed, and what is wanted and shown is looked at.
use super::*;

#[test]
fn numbers_lead_to_screens() {
    let mut app = full();
    for (key, word) in [
        ("2", "Queue ─ 41"),
        ("3", "Nodes ─ 80"),
        ("6", "Builds ─ 12 running"),
        ("9", "Catalogue"),
        ("s", "Last calls"),
        ("1", "Bells ─"),
    ] {
        press(&mut app, key);
        assert!(shown(&app, 120, 36).contains(word), "{key}: {}", shown(&app, 120, 36));
    }
}
