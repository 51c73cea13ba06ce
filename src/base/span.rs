//! A length of time as people write it: `90s`, `20m`, `4h`, `1h30m`, `2d`.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration that is written the way it is read. Shown with its two largest units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub Duration);

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Span {
    /// With only its largest unit: `14m`, `2d`; what a narrow column has room for.
    pub fn short(self) -> String {
        let seconds = self.0.as_secs();
        UNITS
            .iter()
            .find(|(_, size)| seconds >= *size)
            .map_or_else(|| "0s".to_owned(), |(unit, size)| format!("{}{unit}", seconds / size))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs();
        let mut parts = Vec::with_capacity(2);
        for (unit, size) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                parts.push(format!("{count}{unit}"));
            } else if !parts.is_empty() {
                break;
            }
            if parts.len() == 2 {
                break;
            }
        }
        f.pad(&if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") })
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!("`{}` is not a length of time; write one like 90s, 20m, 4h, 1h30m or 2d", super::Text::line(text))
        };
        let mut total: u64 = 0;
        let mut digits = String::new();
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let size = UNITS.iter().find(|(unit, _)| unit.starts_with(c)).map(|(_, size)| *size).ok_or_else(wrong)?;
            let count: u64 = digits.parse().map_err(|_| wrong())?;
            total = count.checked_mul(size).and_then(|n| total.checked_add(n)).ok_or_else(wrong)?;
            digits.clear();
        }
        if text.trim().is_empty() || !digits.is_empty() {
            return Err(wrong());
        }
        Ok(Span(Duration::from_secs(total)))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.as_secs())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Span(Duration::from_secs(u64::deserialize(deserializer)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, seconds) in
            [("90s", 90), ("20m", 1200), ("4h", 14_400), ("1h30m", 5400), ("1h 30m", 5400), ("2d", 172_800)]
        {
            assert_eq!(text.parse(), Ok(Span(Duration::from_secs(seconds))), "{text}");
        }
        for text in ["", "4", "h", "4 weeks", "-3m", "99999999999999999999d", "4h3"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn shows_two_units_at_most() {
        let shown = |seconds| Span(Duration::from_secs(seconds)).to_string();
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(61), "1m 1s");
        assert_eq!(shown(3600), "1h");
        assert_eq!(shown(3601), "1h");
        assert_eq!(shown(187_260), "2d 4h");
        assert_eq!(Span(Duration::from_secs(187_260)).short(), "2d");
    }
}
