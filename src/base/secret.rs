//! A secret: cannot be printed, compared by accident, or serialised; wiped from memory when dropped.
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A token or password.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret's text.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_printed() {
        let secret = Secret::new("hunter2".into());
        assert!(!format!("{secret:?} {:?}", Some(&secret)).contains("hunter2"));
    }
}
