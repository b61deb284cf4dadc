//! The rules as an agent file lists them.

use super::place::Place;
use regex::Regex;
use serde::{Deserialize, Serialize};

/// The volatile-field rules of one agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatileRules {
    /// Raised with every change: recordings name the version they were made with.
    pub version: u32,
    /// Applied in this order.
    #[serde(default)]
    pub rules: Vec<VolatileRule>,
}

/// One place, or kind of place, whose content says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatileRule {
    /// Name for people and tables, unique.
    pub name: String,
    /// JSON pointer into the request body, `*` for any one key or index, `**` for any number.
    pub at: String,
    /// What is replaced in the text there: the first group of this regular expression, or its whole
    /// match; without a pattern the whole value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What stands there instead.
    pub with: With,
    /// Whether an item of the history keeps the value in every later request, as a client does that
    /// makes an id once. Then the value is checked against the earlier request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

/// A placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// `kind#1`, `kind#2`, .. in the order of first appearance in the request, filled with dots to
    /// the length of what it replaces. Equal values share a number.
    Numbered(String),
    /// Every letter and digit becomes a zero; in a number every digit becomes a one.
    Zeros,
    /// A fixed text, for values whose length varies.
    Text(String),
    /// The whole match becomes this text, in which `$1`, `$2`, .. are the groups: what a scenario's
    /// own `volatile` patterns do.
    Replace(String),
    /// The keys of the object there are sorted; no value is replaced.
    Sorted,
}

/// A rule that cannot be applied.
#[derive(Debug, thiserror::Error)]
#[error("{what} {name:?}: {why}")]
pub struct RuleError {
    /// What kind of rule: a volatile rule, a layer to elide.
    pub what: &'static str,
    /// The rule.
    pub name: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// A rule, ready for use.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) place: Place,
    pub(super) pattern: Option<Regex>,
    pub(super) with: With,
    pub(super) kept: bool,
}

impl Ready {
    pub(super) fn new(rule: &VolatileRule) -> Result<Self, RuleError> {
        let wrong = |why: String| RuleError { what: "volatile rule", name: rule.name.clone(), why };
        let place = Place::parse(&rule.at).map_err(wrong)?;
        let pattern = rule.pattern.as_deref().map(Regex::new).transpose();
        let pattern = pattern
            .map_err(|error| wrong(format!("`pattern` is no regular expression: {error}")))?;
        if rule.with == With::Sorted && pattern.is_some() {
            return Err(wrong("`sorted` takes no `pattern`".into()));
        }
        if rule.kept && !rule.at.starts_with("/input/") {
            return Err(wrong("only items keep values: `kept` needs an `at` below /input/".into()));
        }
        Ok(Self { place, pattern, with: rule.with.clone(), kept: rule.kept })
    }
}
