//! The list of reads: which paths may be asked for at all, so that a mistake elsewhere cannot become a write.
use percent_encoding::percent_decode_str;

use crate::base::UrlPath;

/// Shapes of paths below a root. In a shape, `*` stands for any one segment, `#` for a number, and `name+` for one
/// or more pairs of the literal `name` and any segment; several names are parted by `|`: `pipelines|branches+`.
#[derive(Debug, Clone)]
pub struct ReadOnlyList {
    shapes: Vec<Vec<Part>>,
}

#[derive(Debug, Clone)]
enum Part {
    Is(&'static str),
    Any,
    Number,
    Pairs(Vec<&'static str>),
}

impl ReadOnlyList {
    /// From shapes as written above.
    pub fn of(shapes: &[&'static str]) -> Self {
        let part = |text: &'static str| match text {
            "*" => Part::Any,
            "#" => Part::Number,
            _ => match text.strip_suffix('+') {
                Some(names) => Part::Pairs(names.split('|').collect()),
                None => Part::Is(text),
            },
        };
        Self { shapes: shapes.iter().map(|shape| shape.split('/').map(part).collect()).collect() }
    }

    /// Whether a path may be read.
    pub fn allows(&self, path: &UrlPath) -> bool {
        let segments: Vec<&str> = path.as_str().split('/').collect();
        plain(path) && self.shapes.iter().any(|shape| fits(shape, &segments))
    }
}

/// Whether a path names just what it seems to name: no query, no fragment, no empty segment but a last one, nothing that climbs.
pub fn plain(path: &UrlPath) -> bool {
    let text = path.as_str().strip_suffix('/').unwrap_or(path.as_str());
    !text.contains(['?', '#', ';', '\\']) && (text.is_empty() || text.split('/').all(names_something))
}

fn names_something(segment: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    !matches!(decoded.as_slice(), b"" | b"." | b"..") && !decoded.iter().any(|b| b.is_ascii_control())
}

fn fits(shape: &[Part], path: &[&str]) -> bool {
    let Some((part, rest)) = shape.split_first() else { return path.is_empty() };
    let Some((segment, after)) = path.split_first() else { return false };
    match part {
        Part::Is(name) => name == segment && fits(rest, after),
        Part::Any => !segment.is_empty() && fits(rest, after),
        Part::Number => !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit()) && fits(rest, after),
        Part::Pairs(names) => {
            let Some((value, after)) = after.split_first() else { return false };
            names.contains(segment) && !value.is_empty() && (fits(rest, after) || fits(shape, after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ReadOnlyList {
        ReadOnlyList::of(&["api/json", "job+/#/api/json", "computer/*/config.xml", "blue/pipelines|branches+/nodes/"])
    }

    #[test]
    fn allows_the_shapes_it_lists() {
        for path in [
            "api/json",
            "job/tvm/7/api/json",
            "job/a/job/feature%252Frelax-vm/12/api/json",
            "computer/CPU-SPOT%20(i-0a1b)/config.xml",
        ] {
            assert!(list().allows(&UrlPath::encoded(path)), "{path}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for path in [
            "",
            "quietDown",
            "job/tvm/build",
            "job/tvm/x/api/json",
            "job/7/api/json",
            "computer/x/toggleOffline",
            "computer/../config.xml",
            "computer/%2e%2E/config.xml",
            "computer//config.xml",
            "computer/x?delete/config.xml",
            "computer/x;y/config.xml",
            "computer/x%0d%0a/config.xml",
        ] {
            assert!(!list().allows(&UrlPath::encoded(path)), "{path}");
        }
    }

    #[test]
    fn a_trailing_slash_counts_where_the_shape_has_one() {
        let path = UrlPath::encoded("blue/pipelines/tvm/branches/PR-1").join("nodes/");
        assert!(list().allows(&path), "{path}");
        assert!(!list().allows(&UrlPath::encoded("api").join("json/")));
    }
}
