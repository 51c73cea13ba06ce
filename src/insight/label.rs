//! Label expressions as Jenkins reads them (Jenkins core `LabelExpressionParser.g`): `GPU && !(TensorCore || "a b")`, `->`, `<->`.
use std::fmt;

use crate::model::Node;

/// A parsed label expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelExpr {
    Atom(String),
    Not(Box<LabelExpr>),
    And(Box<LabelExpr>, Box<LabelExpr>),
    Or(Box<LabelExpr>, Box<LabelExpr>),
    Implies(Box<LabelExpr>, Box<LabelExpr>),
    Iff(Box<LabelExpr>, Box<LabelExpr>),
}

/// What is wrong with a label expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelError {
    /// In characters from the start.
    pub at: usize,
    pub what: String,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.what, self.at + 1)
    }
}

impl std::error::Error for LabelError {}

/// How deep brackets and negations may nest; a name of a thousand characters must not exhaust the stack.
const DEPTH: usize = 64;

impl LabelExpr {
    /// Reads an expression. From loosest to tightest: `<->`, `->`, `||`, `&&`, `!`.
    ///
    /// # Errors
    /// Says what was expected, and where.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count(), depth: 0 };
        let expr = parser.level(0)?;
        match parser.peek() {
            None => Ok(expr),
            Some((at, token)) => Err(LabelError { at: *at, what: format!("unexpected {token}") }),
        }
    }

    /// Whether something with these labels matches.
    pub fn matches(&self, has: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Atom(name) => has(name),
            Self::Not(a) => !a.matches(has),
            Self::And(a, b) => a.matches(has) && b.matches(has),
            Self::Or(a, b) => a.matches(has) || b.matches(has),
            Self::Implies(a, b) => !a.matches(has) || b.matches(has),
            Self::Iff(a, b) => a.matches(has) == b.matches(has),
        }
    }

    /// Whether `node` may run what asks for this.
    pub fn allows(&self, node: &Node) -> bool {
        self.matches(&|label| node.has_label(label))
    }

    /// The label itself, when it is nothing but one.
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::Atom(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Atom(String),
    Not,
    And,
    Or,
    Implies,
    Iff,
    Open,
    Close,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Atom(name) => return write!(f, "`{name}`"),
            Self::Not => "`!`",
            Self::And => "`&&`",
            Self::Or => "`||`",
            Self::Implies => "`->`",
            Self::Iff => "`<->`",
            Self::Open => "`(`",
            Self::Close => "`)`",
        })
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, LabelError> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(c) = at(i) {
        let (token, length) = match (c, at(i + 1), at(i + 2)) {
            (' ' | '\t', ..) => {
                i += 1;
                continue;
            }
            ('(', ..) => (Token::Open, 1),
            (')', ..) => (Token::Close, 1),
            ('!', ..) => (Token::Not, 1),
            ('&', Some('&'), _) => (Token::And, 2),
            ('|', Some('|'), _) => (Token::Or, 2),
            ('-', Some('>'), _) => (Token::Implies, 2),
            ('<', Some('-'), Some('>')) => (Token::Iff, 3),
            ('"', ..) => quoted(&chars, i)?,
            _ => atom(&chars, i)?,
        };
        out.push((i, token));
        i += length;
    }
    Ok(out)
}

fn quoted(chars: &[char], start: usize) -> Result<(Token, usize), LabelError> {
    let mut name = String::new();
    let mut i = start + 1;
    while let Some(c) = chars.get(i) {
        match c {
            '"' => return Ok((Token::Atom(name), i + 1 - start)),
            '\\' if i + 1 < chars.len() => {
                i += 1;
                name.extend(chars.get(i));
            }
            c => name.push(*c),
        }
        i += 1;
    }
    Err(LabelError { at: start, what: "the quotation mark is never closed".to_owned() })
}

/// A bare name; a dash is part of it unless it begins an arrow.
fn atom(chars: &[char], start: usize) -> Result<(Token, usize), LabelError> {
    let mut name = String::new();
    for (i, c) in chars.iter().enumerate().skip(start) {
        let arrow = *c == '-' && chars.get(i + 1) == Some(&'>');
        if arrow || "\"!|&<>() \t".contains(*c) {
            break;
        }
        name.push(*c);
    }
    match name.chars().count() {
        0 => {
            let c = chars.get(start).copied().unwrap_or(' ');
            Err(LabelError { at: start, what: format!("`{c}` cannot stand here") })
        }
        length => Ok((Token::Atom(name), length)),
    }
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    depth: usize,
}

type Make = fn(Box<LabelExpr>, Box<LabelExpr>) -> LabelExpr;

impl Parser<'_> {
    fn peek(&self) -> Option<&(usize, Token)> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek().is_some_and(|(_, t)| t == wanted);
        self.next += usize::from(found);
        found
    }

    fn level(&mut self, level: usize) -> Result<LabelExpr, LabelError> {
        const LEVELS: [(Token, Make); 4] = [
            (Token::Iff, LabelExpr::Iff),
            (Token::Implies, LabelExpr::Implies),
            (Token::Or, LabelExpr::Or),
            (Token::And, LabelExpr::And),
        ];
        let Some((token, make)) = LEVELS.get(level) else { return self.term() };
        let mut left = self.level(level + 1)?;
        while self.take(token) {
            left = make(Box::new(left), Box::new(self.level(level + 1)?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<LabelExpr, LabelError> {
        let at = self.peek().map_or(self.end, |(at, _)| *at);
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(LabelError { at, what: format!("brackets nest deeper than {DEPTH}") });
        }
        let expr = match self.peek().map(|(_, t)| t.clone()) {
            Some(Token::Not) => {
                self.next += 1;
                LabelExpr::Not(Box::new(self.term()?))
            }
            Some(Token::Open) => {
                self.next += 1;
                let inner = self.level(0)?;
                if !self.take(&Token::Close) {
                    return Err(LabelError { at, what: "the bracket is never closed".to_owned() });
                }
                inner
            }
            Some(Token::Atom(name)) => {
                self.next += 1;
                LabelExpr::Atom(name)
            }
            Some(token) => return Err(LabelError { at, what: format!("a label must stand before {token}") }),
            None => return Err(LabelError { at, what: "a label is missing".to_owned() }),
        };
        self.depth -= 1;
        Ok(expr)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ok(expr: &str, labels: &[&str]) -> bool {
        LabelExpr::parse(expr).unwrap().matches(&|l| labels.contains(&l))
    }

    #[test]
    fn reads_jenkins_grammar() {
        assert!(ok("GPU&&TensorCore", &["GPU", "TensorCore"]));
        assert!(!ok("GPU && TensorCore", &["GPU"]));
        assert!(ok("ARM || GPU && !doc", &["GPU"]));
        assert!(ok("!(ARM||doc)", &["GPU"]));
        assert!(ok("\"with space\" && CPU-SMALL-SPOT", &["with space", "CPU-SMALL-SPOT"]));
        assert!(ok("GPU->TensorCore", &["CPU"]));
        assert!(!ok("GPU->TensorCore", &["GPU"]));
        assert!(ok("GPU <-> TensorCore", &[]));
        assert!(!ok("GPU <-> TensorCore", &["GPU"]));
        assert!(ok("a || b || c", &["c"]));
        assert_eq!(LabelExpr::parse("i-0f3a91").unwrap().single(), Some("i-0f3a91"));
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (text, at) in
            [("", 0), ("GPU &&", 6), ("(GPU", 0), ("GPU)", 3), ("a b", 2), ("&& a", 0), ("a & b", 2), ("\"x", 0)]
        {
            assert_eq!(LabelExpr::parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(LabelExpr::parse(&"(".repeat(100_000)).is_err());
        assert!(LabelExpr::parse(&"!".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-c&|!()<>\" \\-]{0,30}") {
            let _ = LabelExpr::parse(&text).map(|e| e.matches(&|l| l == "a"));
        }
    }
}
