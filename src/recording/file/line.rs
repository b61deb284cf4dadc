//! The lines of the file, as serde sees them.

use super::Verbatim;
use crate::recording::{Carried, InputRef, Outcome};
use crate::wire::{Digest, Ending, Endpoint, Usage};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The version written and read here. Older files are brought to it by `unreel migrate`.
pub const VERSION: u64 = 2;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always `recording`.
    pub unreel: String,
    /// Version of the format.
    pub version: u64,
    /// `recorded`, `imported` or `scripted`.
    pub provenance: String,
    /// The agent that sent the requests, with its version.
    pub agent: String,
    /// Model name in the requests.
    pub model: String,
    /// Versions of the volatile-field rules applied to requests, by agent.
    pub rules: IndexMap<String, u32>,
    /// Scenario and variant it was recorded with.
    pub scenario: String,
    /// See `scenario`.
    pub variant: String,
    /// Who answered, where that was another server: its host, or the name that was given to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// What an imported recording was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What the source of an imported recording does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<Lack>,
    /// There in a recording without texts, which is for measuring only: what measures need beside
    /// its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<Carried>,
}

/// The log that a recording was imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The name of its format, as `unreel import` has it.
    pub format: String,
    /// Version of the program that wrote it, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A part of exchanges that a log may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The definitions of tools.
    Tools,
    /// The model-specific instructions.
    Instructions,
    /// Further fields of requests: requests are put together from the history.
    Bodies,
    /// How answers were streamed.
    Events,
    /// Ids of items and responses.
    Ids,
    /// When requests were sent.
    Timing,
    /// The provider's count of tokens.
    Usage,
}

impl Header {
    /// A header of the current version.
    #[must_use]
    pub fn new(provenance: &str, agent: &str, model: &str, scenario: &str, variant: &str) -> Self {
        Self {
            unreel: "recording".into(),
            version: VERSION,
            provenance: provenance.into(),
            agent: agent.into(),
            model: model.into(),
            // The built-in agent sends nothing volatile; version 1 is the empty list of rules.
            rules: IndexMap::from([("builtin".to_owned(), 1)]),
            scenario: scenario.into(),
            variant: variant.into(),
            upstream: None,
            source: None,
            lacks: Vec::new(),
            structure: None,
        }
    }
}

/// What is known of a value that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elided {
    /// Its length.
    pub bytes: u64,
    /// Its o200k tokens.
    pub tokens: u64,
}

/// An exchange line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeLine {
    pub(super) exchange: u32,
    pub(super) thread: u32,
    pub(super) parent: Option<u32>,
    pub(super) endpoint: Endpoint,
    pub(super) fields: FieldsRef,
    pub(super) input_at: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) input_is_text: bool,
    pub(super) input: Vec<InputRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attempts: Vec<Verbatim>,
    pub(super) response: ResponsePart,
}

/// The last line: how many exchanges stand before it, so that a file cut at a line shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    pub(super) end: usize,
}

/// Fields rarely change: then they are named by the exchange that had them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldsRef {
    /// The same as in this exchange.
    As(u32),
    /// Listed.
    List(Vec<(String, Digest)>),
}

/// The response side. How it ended is its outcome; `reason` goes with `incomplete`, `failure` with
/// `failed` and `error`, and a response that completed has neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponsePart {
    pub(super) id: String,
    pub(super) outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<Failure>,
    pub(super) output: Vec<Digest>,
    pub(super) usage: Option<Usage>,
    pub(super) answered_by: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) stale: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Verbatim>,
}

/// Why a response failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    code: String,
    message: String,
}

/// The ending of a response as outcome, reason and failure.
pub(super) fn parts_of(ending: &Ending) -> (Outcome, Option<String>, Option<Failure>) {
    let failure = |code: &String, message: &String| {
        Some(Failure { code: code.clone(), message: message.clone() })
    };
    let (reason, failure) = match ending {
        Ending::Completed | Ending::Cut => (None, None),
        Ending::Incomplete(reason) => (Some(reason.clone()), None),
        Ending::Failed { code, message } | Ending::Error { code, message } => {
            (None, failure(code, message))
        }
    };
    (Outcome::from(ending), reason, failure)
}

/// The ending that [`parts_of`] took apart; `Err` names what does not fit the outcome.
pub(super) fn ending_of(
    outcome: Outcome,
    reason: Option<String>,
    failure: Option<Failure>,
) -> Result<Ending, &'static str> {
    match (outcome, reason, failure) {
        (Outcome::Completed, None, None) => Ok(Ending::Completed),
        (Outcome::Cut, None, None) => Ok(Ending::Cut),
        (Outcome::Incomplete, Some(reason), None) => Ok(Ending::Incomplete(reason)),
        (Outcome::Failed, None, Some(Failure { code, message })) => {
            Ok(Ending::Failed { code, message })
        }
        (Outcome::Error, None, Some(Failure { code, message })) => {
            Ok(Ending::Error { code, message })
        }
        (Outcome::Incomplete, ..) => Err("an incomplete response has a `reason` and no `failure`"),
        (Outcome::Failed | Outcome::Error, ..) => {
            Err("a response that failed has a `failure` and no `reason`")
        }
        (Outcome::Completed | Outcome::Cut, ..) => {
            Err("only a response that failed or is incomplete has a `failure` or a `reason`")
        }
    }
}
