//! One HTTP POST and its answer: server-sent events for `/responses`, plain JSON for
//! `/responses/compact`. Nothing is retried here.
//!
//! Only `response.output_item.done` gives items and only the terminal events end a stream: what
//! deltas and `added` events say is said again there. Every request has its own connection: a kept
//! one that the server closed in the meantime would make retries depend on timing.

use super::config::{AgentError, AgentErrorKind};
use crate::wire::{Collector, Decoder, Endpoint, Raw, SseEvent, Terminal};
use futures_util::StreamExt;
use std::time::Duration;

/// Silence on a stream after which it counts as cut. No scenario waits for it: a run's budget of
/// seconds is shorter.
pub(super) const IDLE: Duration = Duration::from_secs(300);

/// What came of a request that was answered with 200.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    /// The items delivered whole, verbatim, in order.
    pub(super) items: Vec<Raw>,
    /// How the answer ended.
    pub(super) end: End,
    /// Id of the response, if it was told.
    pub(super) response_id: Option<String>,
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// `response.completed`.
    Completed {
        /// `usage.total_tokens`.
        total_tokens: Option<u64>,
        /// `end_turn`, an optional hint of the Codex back end.
        end_turn: Option<bool>,
    },
    /// `response.failed`.
    Failed { code: String, message: String },
    /// `response.incomplete`.
    Incomplete { reason: String },
    /// No terminal event.
    Cut { reason: String },
}

/// Why there was no 200. No text of the HTTP library enters it: that would name the port.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refusal {
    /// Nobody listens: the request was never received.
    Connect,
    /// The connection broke before the answer.
    Transport,
    /// Another status.
    Status { status: u16, retry_after_ms: Option<u64>, body: String },
}

/// The HTTP client.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

impl Client {
    pub(super) fn new() -> Result<Self, AgentError> {
        reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(0)
            .build()
            .map(Self)
            .map_err(|error| AgentError::new(AgentErrorKind::Client(error.to_string())))
    }

    /// Sends a body and reads the answer to its end.
    pub(super) async fn post(
        &self,
        base_url: &str,
        endpoint: Endpoint,
        body: String,
    ) -> Result<Reply, Refusal> {
        let (path, accept) = match endpoint {
            Endpoint::Responses => ("responses", "text/event-stream"),
            Endpoint::Compact => ("responses/compact", "application/json"),
        };
        let url = format!("{}/{path}", base_url.trim_end_matches('/'));
        let sent = self
            .0
            .post(url)
            .header("content-type", "application/json")
            .header("accept", accept)
            .body(body)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(Refusal::Connect),
            Err(_) => return Err(Refusal::Transport),
        };
        let status = response.status().as_u16();
        if status != 200 {
            let retry_after_ms = retry_after(response.headers());
            let body = response.bytes().await.unwrap_or_default();
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(Refusal::Status { status, retry_after_ms, body });
        }
        match endpoint {
            Endpoint::Responses => Ok(stream(response).await),
            Endpoint::Compact => {
                let body = response.bytes().await.map_err(|_| Refusal::Transport)?;
                Ok(compacted(&body))
            }
        }
    }
}

/// The wait that the server asks for, milliseconds. Dates are not read: the time here is virtual.
pub(super) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<u64> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let millis = number("retry-after-ms").or_else(|| Some(number("retry-after")? * 1000.0))?;
    // The cast saturates; a negative wait is none.
    (millis >= 0.0).then_some(millis.ceil() as u64)
}

async fn stream(response: reqwest::Response) -> Reply {
    let mut decoder = Decoder::new();
    let mut answer = Answer::default();
    let mut bytes = response.bytes_stream();
    loop {
        let chunk = match tokio::time::timeout(IDLE, bytes.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_)) | None) => return answer.ended(),
            Err(_) => return answer.cut("idle timeout waiting for the stream"),
        };
        for event in decoder.feed(&chunk) {
            if let Err(error) = answer.take(&event) {
                return answer.cut(&error);
            }
            if answer.is_ended() {
                return answer.ended();
            }
        }
    }
}

/// An answer as its events arrive.
#[derive(Debug, Default)]
pub(super) struct Answer {
    collector: Collector,
    end_turn: Option<bool>,
}

impl Answer {
    /// Takes an event. Broken JSON is not skipped: the item in it would be lost without a word.
    pub(super) fn take(&mut self, event: &SseEvent) -> Result<(), String> {
        let fed = self.collector.feed(event);
        fed.map_err(|error| format!("an event of the stream is broken: {error}"))?;
        if self.collector.terminal() == Some(&Terminal::Completed) {
            self.end_turn = end_turn_of(&event.data);
        }
        Ok(())
    }

    /// Whether the terminal event was there.
    pub(super) fn is_ended(&self) -> bool {
        self.collector.terminal().is_some()
    }

    /// What there is at the end of the stream.
    pub(super) fn ended(self) -> Reply {
        ended(self.collector, self.end_turn)
    }

    /// What there is, of a stream that is given up.
    pub(super) fn cut(self, reason: &str) -> Reply {
        cut(self.collector, reason)
    }
}

/// `end_turn`, an optional hint of the Codex back end.
fn end_turn_of(completed: &str) -> Option<bool> {
    Raw::parse(completed).ok()?.value().pointer("/response/end_turn")?.as_bool()
}

fn ended(collector: Collector, end_turn: Option<bool>) -> Reply {
    let total_tokens = collector.usage().map(|usage| usage.total_tokens);
    let end = match collector.terminal().cloned() {
        Some(Terminal::Completed) => End::Completed { total_tokens, end_turn },
        Some(Terminal::Incomplete { reason }) => {
            End::Incomplete { reason: reason.unwrap_or_else(|| "no reason given".to_owned()) }
        }
        Some(Terminal::Failed { code, message } | Terminal::Error { code, message }) => {
            End::Failed { code: code.unwrap_or_default(), message }
        }
        None => End::Cut { reason: "stream closed before response.completed".to_owned() },
    };
    let response_id = collector.response_id().map(str::to_owned);
    Reply { items: collector.into_items(), end, response_id }
}

fn cut(collector: Collector, reason: &str) -> Reply {
    let end = End::Cut { reason: reason.to_owned() };
    Reply { items: collector.into_items(), end, response_id: None }
}

/// The answer of `/responses/compact`: `output` is the new window.
fn compacted(body: &[u8]) -> Reply {
    match Collector::of_body(&String::from_utf8_lossy(body)) {
        Ok(collector) => ended(collector, None),
        Err(error) => cut(Collector::new(), &format!("the compaction is broken: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{End, compacted, end_turn_of, retry_after};

    #[test]
    fn the_hint_to_go_on_is_read() {
        let event = |field: &str| {
            end_turn_of(&format!("{{\"type\":\"response.completed\",\"response\":{{{field}}}}}"))
        };
        assert_eq!(event("\"end_turn\":false"), Some(false));
        assert_eq!(event(""), None);
    }

    #[test]
    fn a_compaction_without_output_is_no_compaction() {
        let reply = compacted(br#"{"output":[{"type":"compaction", "n":1.0}]}"#);
        assert_eq!(reply.items[0].as_str(), r#"{"type":"compaction", "n":1.0}"#);
        assert!(matches!(reply.end, End::Completed { .. }));
        assert!(matches!(compacted(b"{}").end, End::Cut { .. }));
    }

    #[test]
    fn milliseconds_win_over_seconds() {
        let mut headers = reqwest::header::HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        headers.insert("retry-after", "2".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(2000));
        headers.insert("retry-after-ms", "150".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(150));
        headers.insert("retry-after-ms", "-1".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
