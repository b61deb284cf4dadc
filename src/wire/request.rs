//! A request body, split at its top level: every field and every input item verbatim.

use super::{Raw, WireError, escape};
use serde::{Deserialize, Serialize};

/// Which call of the API a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/responses/compact`
    Compact,
}

impl Endpoint {
    /// The name in tables and journals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Compact => "compact",
        }
    }

    /// The path below the base URL.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Compact => "responses/compact",
        }
    }
}

/// Fields that choose a way to the server, not an answer: what a client changes when it sends the
/// same conversation over another transport.
pub const TRANSPORT_FIELDS: [&str; 7] =
    ["stream", "stream_id", "type", "store", "generate", "previous_response_id", "conversation"];

/// One request. `fields` holds every top-level field but `input`, in the order received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Top-level fields except `input`, each value verbatim.
    pub fields: Vec<(String, Raw)>,
    /// The input items, each verbatim. A string input is one JSON string.
    pub input: Vec<Raw>,
    /// Before which of `fields` the input stood; `None` if the body had no `input`.
    pub input_at: Option<usize>,
    /// Whether `input` was a plain string instead of a list.
    pub input_is_text: bool,
}

impl Request {
    /// Splits a body. Errors name the byte where the JSON breaks, or the field of a wrong type.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let text = std::str::from_utf8(body).map_err(|error| WireError::utf8(&error))?;
        let raw = Raw::parse(text)?;
        let all = raw.fields().ok_or_else(|| WireError::shape("", "a JSON object"))?;
        let mut request =
            Self { fields: Vec::new(), input: Vec::new(), input_at: None, input_is_text: false };
        for (key, value) in all {
            if key != "input" {
                request.fields.push((key, value));
                continue;
            }
            request.input_at = Some(request.fields.len());
            match value.elements() {
                Some(items) => request.input = items,
                None if value.as_str().starts_with('"') => {
                    request.input_is_text = true;
                    request.input = vec![value];
                }
                None => return Err(WireError::shape("/input", "a list of items or a string")),
            }
        }
        Ok(request)
    }

    /// A field's value, verbatim.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Raw> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A field that is a string.
    #[must_use]
    pub fn text_field(&self, name: &str) -> Option<String> {
        self.field(name)?.value().as_str().map(str::to_owned)
    }

    /// The advertised tools, each verbatim.
    #[must_use]
    pub fn tools(&self) -> Vec<Raw> {
        self.field("tools").and_then(Raw::elements).unwrap_or_default()
    }

    /// A field that is there and not `null`.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&Raw> {
        self.field(name).filter(|value| value.as_str() != "null")
    }

    /// Whether the server is to keep the response: the API's default.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.field("store").is_none_or(|value| value.as_str() != "false")
    }

    /// Whether only a prompt to come is handed in (`generate: false`, WebSocket only).
    #[must_use]
    pub fn is_warm_up(&self) -> bool {
        self.field("generate").is_some_and(|value| value.as_str() == "false")
    }

    /// Whether the client asked for server-sent events.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.field("stream").is_some_and(|value| value.as_str() == "true")
    }

    /// The body without white space between top-level fields and items. Equal to the body received
    /// if that was compact.
    #[must_use]
    pub fn to_body(&self) -> String {
        let mut parts: Vec<String> = self
            .fields
            .iter()
            .map(|(key, value)| format!("{}:{}", escape(key), value.as_str()))
            .collect();
        if let Some(at) = self.input_at {
            let items: Vec<&str> = self.input.iter().map(Raw::as_str).collect();
            let input = match self.input_is_text {
                true => items.concat(),
                false => format!("[{}]", items.join(",")),
            };
            parts.insert(at.min(parts.len()), format!("\"input\":{input}"));
        }
        format!("{{{}}}", parts.join(","))
    }
}
