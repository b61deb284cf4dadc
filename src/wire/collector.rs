//! The client's side of a response: finished items, verbatim, in the order they came.
//!
//! Items are taken from `output_item.done` and from nowhere else, as Codex does: the terminal
//! response of some servers leaves its output empty. Unknown events are ignored.

use super::{Kind, Raw, SseEvent, Usage, WireError, read_usage};
use serde_json::Value;

/// How a stream ended. A stream without terminal event was cut and has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// `response.completed`, or a body with `status: completed`.
    Completed,
    /// `response.incomplete`.
    Incomplete {
        /// `max_output_tokens`, `content_filter`, ..
        reason: Option<String>,
    },
    /// `response.failed`.
    Failed {
        /// What to switch on.
        code: Option<String>,
        /// What a person reads.
        message: String,
    },
    /// An `error` event.
    Error {
        /// What to switch on.
        code: Option<String>,
        /// What a person reads.
        message: String,
    },
}

/// Collects one response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collector {
    items: Vec<Raw>,
    response_id: Option<String>,
    usage: Option<Usage>,
    terminal: Option<Terminal>,
}

impl Collector {
    /// Nothing collected yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one decoded event. `[DONE]` and what follows the terminal event are ignored; data that
    /// is no JSON object is an error.
    pub fn feed(&mut self, event: &SseEvent) -> Result<(), WireError> {
        if self.terminal.is_some() || event.data == "[DONE]" {
            return Ok(());
        }
        let data = Raw::parse(&event.data)?;
        let fields = data.fields().ok_or_else(|| WireError::shape("", "an event object"))?;
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
        let kind = get("type").map(Raw::value);
        let kind = kind.as_ref().and_then(Value::as_str).or(event.event.as_deref());
        match kind {
            Some("response.output_item.done") => {
                let item = get("item").ok_or_else(|| WireError::shape("/item", "an item"))?;
                self.items.push(item.clone());
            }
            Some(
                "response.created"
                | "response.in_progress"
                | "response.completed"
                | "response.incomplete"
                | "response.failed",
            ) => {
                let response = get("response").map(Raw::value).unwrap_or_default();
                self.take_response(&response, kind.unwrap_or_default());
            }
            Some("error") => self.take_error(&data.value()),
            _ => {}
        }
        Ok(())
    }

    /// Reads the JSON body of an answer that was not streamed: a response or a compaction.
    pub fn of_body(body: &str) -> Result<Self, WireError> {
        let raw = Raw::parse(body)?;
        let fields = raw.fields().ok_or_else(|| WireError::shape("", "a response object"))?;
        let output = fields.iter().find(|(key, _)| key == "output");
        let items = output.and_then(|(_, raw)| raw.elements());
        let items = items.ok_or_else(|| WireError::shape("/output", "a list of items"))?;
        let mut collected = Self { items, ..Self::default() };
        let response = raw.value();
        let kind = match response["status"].as_str() {
            Some("failed") => "response.failed",
            Some("incomplete") => "response.incomplete",
            Some("in_progress" | "queued" | "cancelled") => "response.in_progress",
            _ => "response.completed",
        };
        collected.take_response(&response, kind);
        Ok(collected)
    }

    fn take_response(&mut self, response: &Value, kind: &str) {
        let text = |pointer: &str| response.pointer(pointer)?.as_str().map(str::to_owned);
        if let Some(id) = text("/id") {
            self.response_id = Some(id);
        }
        if let Some(usage) = read_usage(&response["usage"]) {
            self.usage = Some(usage);
        }
        self.terminal = match kind {
            "response.completed" => Some(Terminal::Completed),
            "response.incomplete" => {
                Some(Terminal::Incomplete { reason: text("/incomplete_details/reason") })
            }
            "response.failed" => Some(Terminal::Failed {
                code: text("/error/code"),
                message: text("/error/message").unwrap_or_default(),
            }),
            _ => None,
        };
    }

    /// The flat form of the event, or the nested one of the WebSocket transport.
    fn take_error(&mut self, event: &Value) {
        let error = event.get("error").filter(|error| error.is_object()).unwrap_or(event);
        let text = |name: &str| error.get(name)?.as_str().map(str::to_owned);
        let message = text("message").unwrap_or_default();
        self.terminal = Some(Terminal::Error { code: text("code"), message });
    }

    /// The finished items.
    #[must_use]
    pub fn items(&self) -> &[Raw] {
        &self.items
    }

    /// The finished items, given away.
    #[must_use]
    pub fn into_items(self) -> Vec<Raw> {
        self.items
    }

    /// The texts of all finished messages, joined by line feeds.
    #[must_use]
    pub fn text(&self) -> String {
        let messages = self.items.iter().map(Raw::item).filter(|item| item.kind() == Kind::Message);
        messages.map(|message| message.text()).collect::<Vec<_>>().join("\n")
    }

    /// Id of the response, if any event named it.
    #[must_use]
    pub fn response_id(&self) -> Option<&str> {
        self.response_id.as_deref()
    }

    /// Tokens as the server reports them.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// How it ended; `None` means that the stream was cut (or is still open).
    #[must_use]
    pub fn terminal(&self) -> Option<&Terminal> {
        self.terminal.as_ref()
    }
}
