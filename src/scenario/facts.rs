//! Planted facts: what the model must know at some point, and who can tell it again.

use serde::{Deserialize, Serialize};

/// The class of a fact; recall is reported by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactClass {
    /// A rule the user gave.
    Constraint,
    /// A choice that was made.
    Decision,
    /// An unguessable token.
    Needle,
    /// A path.
    Path,
    /// A name in the code.
    Identifier,
    /// An error code or message head.
    Error,
    /// A file that was read, made, changed or deleted.
    Artifact,
    /// An open or finished piece of work.
    Todo,
    /// A thing or person of the task.
    Entity,
    /// A wish, softer than a constraint.
    Preference,
}

/// Who can tell a lost fact again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recover {
    /// Nobody.
    #[default]
    None,
    /// The user, when asked.
    User,
    /// The environment: a call shows it.
    Env,
}

/// One planted fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Unique in the scenario.
    pub id: String,
    /// Its class.
    pub class: FactClass,
    /// The literal that must not stand in the script: scripts copy it out of the request by `bind`.
    pub value: String,
    /// Allowed renderings; a fact is visible when one of them is.
    pub forms: Vec<String>,
    /// Parts that must all be present within one text; empty: the form alone decides.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// Renderings of the value that this fact replaced.
    #[serde(default)]
    pub superseded: Vec<String>,
    /// Who can tell it again.
    #[serde(default)]
    pub recover: Recover,
    /// What the user answers when asked for it (`recover: user`).
    #[serde(default)]
    pub answer: Option<String>,
}

impl Fact {
    /// The text that shows this fact to a model in the fewest words: its first form. A retention
    /// that keeps the fact writes this.
    #[must_use]
    pub fn prompt(&self) -> &str {
        self.forms.first().unwrap_or(&self.value)
    }
}
