//! `volatile:` patterns: what differs from run to run is replaced before anyone sees it.

use crate::scenario::Volatile;
use regex::Regex;

/// The compiled patterns of a scenario, applied in their order. `$1` in a replacement is group 1.
#[derive(Clone, Debug, Default)]
pub struct VolatileMask {
    rules: Vec<(Regex, String)>,
}

impl VolatileMask {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// A pattern that does not compile; a loaded scenario has none.
    pub fn new(volatile: &[Volatile]) -> Result<Self, regex::Error> {
        let compile = |one: &Volatile| Ok((Regex::new(&one.pattern)?, one.replace.clone()));
        Ok(Self { rules: volatile.iter().map(compile).collect::<Result<_, regex::Error>>()? })
    }

    /// The text with every match replaced.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.rules.iter().fold(text.to_owned(), |text, (pattern, replace)| {
            pattern.replace_all(&text, replace.as_str()).into_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_replaced_in_order() {
        let rule = |pattern: &str, replace: &str| Volatile {
            pattern: pattern.into(),
            replace: replace.into(),
        };
        let rules = [rule(r"in \d+\.\d+s", "in 0s"), rule(r"(pid) \d+", "$1 N")];
        let mask = VolatileMask::new(&rules).expect("compiles");
        assert_eq!(mask.apply("done in 1.25s, pid 7, pid 8"), "done in 0s, pid N, pid N");
    }
}
