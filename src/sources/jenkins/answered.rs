//! A value and when it was read.
use crate::base::Time;

/// What a controller answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<T> {
    pub value: T,
    /// When the answer was complete (our clock).
    pub at: Time,
    /// The controller's clock less ours, in milliseconds, about half a second exact.
    pub skew: i64,
}

impl<T> Answered<T> {
    /// The same with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answered<U> {
        Answered { value: f(self.value), at: self.at, skew: self.skew }
    }
}
