//! A node's `config.xml`: labels and mode changed, everything else kept byte for byte.
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::base::Text;
use crate::model::Mode;

/// The configuration with other labels and, if one is given, another mode.
///
/// # Errors
/// The text is not a node's configuration; says what is missing.
pub fn with_labels(xml: &str, labels: &[Text], mode: Option<Mode>) -> Result<String, Text> {
    let joined: Vec<&str> = labels.iter().map(|l| l.as_str()).collect();
    let text = with_element(xml, "label", &joined.join(" "))?;
    match mode {
        None => Ok(text),
        Some(Mode::Normal) => with_element(&text, "mode", "NORMAL"),
        Some(Mode::Exclusive) => with_element(&text, "mode", "EXCLUSIVE"),
    }
}

/// The labels and mode of a node's configuration.
///
/// # Errors
/// The text is not a node's configuration; says what is missing.
pub fn labels(xml: &str) -> Result<(Vec<Text>, Mode), Text> {
    let label = element(xml, "label")?.map(|found| found.text).unwrap_or_default();
    let mode = element(xml, "mode")?.map(|found| found.text).unwrap_or_default();
    let mode = if mode == "EXCLUSIVE" { Mode::Exclusive } else { Mode::Normal };
    Ok((label.split_whitespace().map(Text::line).collect(), mode))
}

/// Whether a top-level element says `true`.
pub fn flag(xml: &str, name: &str) -> bool {
    element(xml, name).ok().flatten().is_some_and(|found| found.text == "true")
}

/// A direct child of the root element: where it stands and what it holds.
struct Found {
    /// Bytes of the whole element.
    whole: std::ops::Range<usize>,
    text: String,
}

fn wrong(what: &str) -> Text {
    Text::line(&format!("the node's configuration {what}; nothing was changed"))
}

/// Finds a direct child of the root. The header of XML 1.1 is skipped: what follows differs from 1.0 only in which
/// control characters may stand in it.
fn element(xml: &str, name: &str) -> Result<Option<Found>, Text> {
    let start =
        if xml.trim_start().starts_with("<?xml") { xml.find("?>").map_or(0, |at| at.saturating_add(2)) } else { 0 };
    let body = xml.get(start..).unwrap_or("");
    let mut reader = Reader::from_str(body);
    let (mut depth, mut open): (usize, Option<(usize, String)>) = (0, None);
    loop {
        let before = position(&reader);
        let event = reader.read_event().map_err(|e| wrong(&format!("is not XML ({e})")))?;
        let after = position(&reader);
        match event {
            Event::Start(tag) => {
                if depth == 1 && tag.name().as_ref() == name {
                    open = Some((before, String::new()));
                }
                depth = depth.saturating_add(1);
            }
            Event::Empty(tag) if depth == 1 && tag.name().as_ref() == name => {
                return Ok(Some(Found {
                    whole: start.saturating_add(before)..start.saturating_add(after),
                    text: String::new(),
                }));
            }
            Event::Text(text) => {
                if let (Some((_, held)), 2) = (&mut open, depth) {
                    held.push_str(&text);
                }
            }
            Event::GeneralRef(entity) => {
                if let (Some((_, held)), 2) = (&mut open, depth) {
                    held.push_str(match entity.as_ref() {
                        "lt" => "<",
                        "gt" => ">",
                        "amp" => "&",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => "",
                    });
                }
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1
                    && let Some((from, text)) = open.take()
                {
                    let whole = start.saturating_add(from)..start.saturating_add(after);
                    return Ok(Some(Found { whole, text: text.trim().to_owned() }));
                }
            }
            Event::Eof if depth == 0 => return Ok(None),
            Event::Eof => return Err(wrong("ends in the middle")),
            _ => {}
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn with_element(xml: &str, name: &str, value: &str) -> Result<String, Text> {
    let found = element(xml, name)?.ok_or_else(|| wrong(&format!("has no <{name}>")))?;
    let (before, after) = (xml.get(..found.whole.start), xml.get(found.whole.end..));
    let (Some(before), Some(after)) = (before, after) else { return Err(wrong("could not be cut")) };
    Ok(format!("{before}<{name}>{}</{name}>{after}", quick_xml::escape::escape(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "<?xml version=\"1.1\" encoding=\"UTF-8\"?>\n<slave>\n  <name>gpu-4</name>\n  \
        <mode>NORMAL</mode>\n  <nodeProperties>\n    <x>\n      <label>not this one</label>\n    </x>\n  \
        </nodeProperties>\n  <label>GPU TensorCore &amp; more</label>\n  <!-- kept -->\n</slave>";

    #[test]
    fn labels_and_mode_change_and_nothing_else_does() {
        let wanted = [Text::line("proof<7"), Text::line("b")];
        let changed = with_labels(CONFIG, &wanted, Some(Mode::Exclusive)).unwrap();
        let expected = CONFIG
            .replace("<label>GPU TensorCore &amp; more</label>", "<label>proof&lt;7 b</label>")
            .replace("NORMAL", "EXCLUSIVE");
        assert_eq!(changed, expected);
        assert_eq!(labels(&changed).unwrap(), (wanted.to_vec(), Mode::Exclusive));
        assert_eq!(labels(CONFIG).unwrap().0.len(), 4);
    }

    #[test]
    fn an_empty_element_can_be_filled() {
        let changed = with_labels("<slave><label/><mode>NORMAL</mode></slave>", &[Text::line("a")], None).unwrap();
        assert_eq!(changed, "<slave><label>a</label><mode>NORMAL</mode></slave>");
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for xml in
            ["", "<slave>", "<slave></slave>", "<html><body><label>x</label></body></html>", "<slave><label>a</slave>"]
        {
            assert!(with_labels(xml, &[Text::line("a")], None).is_err(), "{xml}");
        }
    }

    #[test]
    fn whether_a_project_is_disabled_is_read_at_the_top_level_only() {
        assert!(flag("<?xml version='1.1'?><p><disabled>true</disabled></p>", "disabled"));
        assert!(!flag("<p><q><disabled>true</disabled></q></p>", "disabled"));
        assert!(!flag("<p><disabled>false</disabled></p>", "disabled"));
    }
}
