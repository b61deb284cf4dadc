//! The Response object: an echo of the request around the output, written by string assembly so
//! that echoed fields and items keep their bytes.

use super::echo::{CACHE_OPTIONS, filled, with_all};
use super::{ApiError, Raw, Request, Usage, escape};
use serde_json::Value;

/// The fields of a Response after `id`, in the order of real answers, with what stands there when
/// the request says nothing. `None`: a value of the state, not of the request.
const FIELDS: &[(&str, Option<&str>)] = &[
    ("object", None),
    ("created_at", None),
    ("status", None),
    ("background", Some("false")),
    ("completed_at", None),
    ("error", None),
    ("frequency_penalty", Some("0.0")),
    ("incomplete_details", None),
    ("instructions", Some("null")),
    ("max_output_tokens", Some("null")),
    ("max_tool_calls", Some("null")),
    ("model", Some("null")),
    ("output", None),
    ("parallel_tool_calls", Some("true")),
    ("presence_penalty", Some("0.0")),
    ("previous_response_id", Some("null")),
    ("prompt_cache_key", Some("null")),
    ("reasoning", Some("{\"effort\":null,\"summary\":null}")),
    ("safety_identifier", Some("null")),
    ("service_tier", Some("\"default\"")),
    ("store", Some("true")),
    ("temperature", Some("1.0")),
    ("text", Some("{\"format\":{\"type\":\"text\"}}")),
    ("tool_choice", Some("\"auto\"")),
    ("tools", Some("[]")),
    ("top_logprobs", Some("0")),
    ("top_p", Some("1.0")),
    ("truncation", Some("\"disabled\"")),
    ("usage", None),
    ("user", Some("null")),
    ("metadata", Some("{}")),
];

/// How a response ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `response.completed`.
    Completed,
    /// `response.incomplete`, with the reason (`max_output_tokens`, `content_filter`).
    Incomplete(String),
    /// `response.failed`, with `error.code` and `error.message`.
    Failed {
        /// What clients switch on: `context_length_exceeded`, `server_is_overloaded`, ..
        code: String,
        /// What a person reads.
        message: String,
    },
    /// An `error` event, after which nothing comes. Clients disagree on it (one raises, one goes on,
    /// one takes it for a cut stream), which is why it is worth serving.
    Error {
        /// What clients switch on.
        code: String,
        /// What a person reads.
        message: String,
    },
    /// No terminal event: the connection closes.
    Cut,
}

impl Ending {
    /// The error that an ending tells inside an answer: its type is that of the event.
    #[must_use]
    pub fn told(&self) -> Option<ApiError> {
        let (Self::Failed { code, message } | Self::Error { code, message }) = self else {
            return None;
        };
        let kind = self.event().unwrap_or_default().to_owned();
        Some(ApiError { status: 200, kind, ..ApiError::invalid(code, message) })
    }
}

impl From<ApiError> for Ending {
    /// An error status, as the ending of an answer.
    fn from(error: ApiError) -> Self {
        let code = error.code.unwrap_or(error.kind);
        Self::Error { code, message: error.message }
    }
}

impl Ending {
    fn status(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed { .. } | Self::Error { .. } => "failed",
            Self::Cut => "in_progress",
        }
    }

    /// Type of the terminal event; none for a cut.
    #[must_use]
    pub fn event(&self) -> Option<&'static str> {
        match self {
            Self::Completed => Some("response.completed"),
            Self::Incomplete(_) => Some("response.incomplete"),
            Self::Failed { .. } => Some("response.failed"),
            Self::Error { .. } => Some("error"),
            Self::Cut => None,
        }
    }
}

/// A response under way: its id, its virtual time, and the request it echoes.
#[derive(Clone, Debug)]
pub struct ResponseHead<'a> {
    request: &'a Request,
    id: String,
    created_at: i64,
    /// What of the request is not echoed as it came.
    filled: [(&'static str, String); 3],
    /// `prompt_cache_diagnostics`, where the request asks for them.
    diagnostics: Option<String>,
}

impl<'a> ResponseHead<'a> {
    /// The response `id` to `request`; `created_at` is virtual, in seconds since 1970.
    #[must_use]
    pub fn new(request: &'a Request, id: &str, created_at: i64) -> Self {
        Self { request, id: id.into(), created_at, filled: filled(request), diagnostics: None }
    }

    /// The same with `prompt_cache_diagnostics`, told at the end.
    #[must_use]
    pub fn diagnosed(self, diagnostics: Option<String>) -> Self {
        Self { diagnostics, ..self }
    }

    /// The request that is answered.
    pub(super) fn request(&self) -> &Request {
        self.request
    }

    /// The object as `response.created` and `response.in_progress` carry it: no output, no usage.
    #[must_use]
    pub fn in_progress(&self) -> String {
        self.write(&Ending::Cut, &[], None)
    }

    /// The object at its end, with the output items verbatim.
    #[must_use]
    pub fn ended(&self, ending: &Ending, output: &[Raw], usage: Option<Usage>) -> String {
        self.write(ending, output, usage)
    }

    fn write(&self, ending: &Ending, output: &[Raw], usage: Option<Usage>) -> String {
        let mut text = format!("{{\"id\":{}", escape(&self.id));
        for (name, default) in FIELDS {
            text.push_str(",\"");
            text.push_str(name);
            text.push_str("\":");
            match default {
                Some(default) => text.push_str(self.echo(name, default)),
                None => text.push_str(&self.state(name, ending, output, usage)),
            }
        }
        // There only where the request names one.
        if let Some(conversation) = self.request.given("conversation").map(Raw::as_str) {
            text.push_str(",\"conversation\":");
            match conversation.starts_with('"') {
                true => text.push_str(&format!("{{\"id\":{conversation}}}")),
                false => text.push_str(conversation),
            }
        }
        if let Some(options) = self.request.given("prompt_cache_options") {
            text.push_str(",\"prompt_cache_options\":");
            text.push_str(&with_all(options, CACHE_OPTIONS));
        }
        if let (Some(diagnostics), Some(_)) = (&self.diagnostics, usage) {
            text.push_str(",\"prompt_cache_diagnostics\":");
            text.push_str(diagnostics);
        }
        text.push('}');
        text
    }

    /// The request's own value; `null` means "the default", as the API reads it.
    fn echo<'b>(&'b self, name: &str, default: &'b str) -> &'b str {
        let filled = self.filled.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        match (self.request.field(name).map(Raw::as_str), filled) {
            (None | Some("null"), _) => default,
            // The tier asked for; the answer names the tier that served.
            (Some("\"auto\""), _) if name == "service_tier" => default,
            (Some(_), Some(filled)) => filled,
            (Some(value), None) => value,
        }
    }

    fn state(&self, name: &str, ending: &Ending, output: &[Raw], usage: Option<Usage>) -> String {
        match (name, ending) {
            ("object", _) => "\"response\"".into(),
            ("created_at", _) => self.created_at.to_string(),
            ("status", _) => escape(ending.status()),
            // Virtual time stands still within a response.
            ("completed_at", Ending::Completed) => self.created_at.to_string(),
            ("error", Ending::Failed { code, message } | Ending::Error { code, message }) => {
                format!("{{\"code\":{},\"message\":{}}}", escape(code), escape(message))
            }
            ("incomplete_details", Ending::Incomplete(reason)) => {
                format!("{{\"reason\":{}}}", escape(reason))
            }
            ("output", _) => list(output),
            ("usage", _) => usage_text(usage),
            _ => "null".into(),
        }
    }
}

/// The answer of `POST /responses/compact`, with the output items verbatim.
#[must_use]
pub fn compaction_body(id: &str, created_at: i64, output: &[Raw], usage: Option<Usage>) -> String {
    format!(
        "{{\"id\":{},\"object\":\"response.compaction\",\"created_at\":{created_at},\"output\":{},\"usage\":{}}}",
        escape(id),
        list(output),
        usage_text(usage),
    )
}

fn list(items: &[Raw]) -> String {
    let items: Vec<&str> = items.iter().map(Raw::as_str).collect();
    format!("[{}]", items.join(","))
}

fn usage_text(usage: Option<Usage>) -> String {
    // Writing numbers cannot fail.
    usage.and_then(|usage| serde_json::to_string(&usage).ok()).unwrap_or_else(|| "null".into())
}

/// Reads a `usage` object as any server writes it: details may be absent or null, then they count
/// as 0. `None` if there are no token counts at all.
#[must_use]
pub fn read_usage(usage: &Value) -> Option<Usage> {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    Some(Usage::new(
        count("/input_tokens")?,
        count("/input_tokens_details/cached_tokens").unwrap_or(0),
        count("/input_tokens_details/cache_write_tokens").unwrap_or(0),
        count("/output_tokens")?,
        count("/output_tokens_details/reasoning_tokens").unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Ending, ResponseHead, read_usage};
    use crate::wire::{Raw, Request, Usage};
    use serde_json::{Value, json};

    const BODY: &str = r#"{"model":"m","tools":[{"type":"function","name":"a","n":1e3}],"input":"hi","temperature":0.50,"text":null,"reasoning":{"effort":"low"},"instructions":"caf\u00e9","service_tier":"auto"}"#;

    #[test]
    fn echoes_the_request_verbatim_and_fills_every_required_field() {
        let request = Request::parse(BODY.as_bytes()).unwrap();
        let head = ResponseHead::new(&request, "resp_1", 5);
        let open = head.in_progress();
        for verbatim in [
            r#""tools":[{"type":"function","name":"a","n":1e3,"description":null,"parameters":null,"strict":true}]"#,
            r#""temperature":0.50"#,
            r#""instructions":"caf\u00e9""#,
            r#""text":{"format":{"type":"text"}}"#,
            r#""reasoning":{"effort":"low","summary":null}"#,
            r#""status":"in_progress""#,
            r#""usage":null"#,
        ] {
            assert!(open.contains(verbatim), "{verbatim} in {open}");
        }
        let parsed: Value = serde_json::from_str(&open).unwrap();
        for required in [
            "id",
            "object",
            "created_at",
            "error",
            "incomplete_details",
            "instructions",
            "model",
            "tools",
            "output",
            "parallel_tool_calls",
            "metadata",
            "tool_choice",
            "temperature",
            "top_p",
            "status",
        ] {
            assert!(parsed.get(required).is_some(), "{required}");
        }
    }

    #[test]
    fn says_how_it_ended() {
        let request = Request::parse(BODY.as_bytes()).unwrap();
        let head = ResponseHead::new(&request, "resp_1", 5);
        let item = Raw::parse(r#"{"type":"x","n":1.0}"#).unwrap();
        let usage = Usage::new(10, 4, 6, 3, 1);
        let done: Value =
            serde_json::from_str(&head.ended(&Ending::Completed, &[item], Some(usage))).unwrap();
        assert_eq!(done["status"], "completed");
        assert_eq!(done["usage"]["input_tokens_details"]["cached_tokens"], 4);
        assert_eq!(done["usage"]["total_tokens"], 13);
        let failed = Ending::Failed { code: "slow_down".into(), message: "later".into() };
        let failed: Value = serde_json::from_str(&head.ended(&failed, &[], None)).unwrap();
        assert_eq!(failed["error"], json!({"code": "slow_down", "message": "later"}));
        let error = Ending::Error { code: "server_error".into(), message: "m".into() };
        assert_eq!(error.event(), Some("error"));
        let short = Ending::Incomplete("max_output_tokens".into());
        let short: Value = serde_json::from_str(&head.ended(&short, &[], None)).unwrap();
        assert_eq!(short["incomplete_details"]["reason"], "max_output_tokens");
    }

    #[test]
    fn reads_usage_of_older_servers() {
        let usage = json!({"input_tokens": 7, "output_tokens": 2, "output_tokens_details": null});
        assert_eq!(read_usage(&usage), Some(Usage::new(7, 0, 0, 2, 0)));
        assert_eq!(read_usage(&json!(null)), None);
    }
}
