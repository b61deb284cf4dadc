//! A WebSocket to the server: one frame asks, the frames that come back are the events of the answer.
//!
//! The key of the handshake is fixed, so that every connection asks with the same bytes; the masks
//! of the frames are random, as the protocol demands, and reach neither the server's view nor ours.

use super::client::{Answer, IDLE, Refusal, Reply, retry_after};
use crate::wire::SseEvent;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Sixteen bytes in base64: `unreel builtin..`.
const KEY: HeaderValue = HeaderValue::from_static("dW5yZWVsIGJ1aWx0aW4uLg==");

/// An open connection.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(super) async fn connect(base_url: &str) -> Result<Self, Refusal> {
        let root = base_url.trim_end_matches('/').replacen("http", "ws", 1);
        let mut request =
            format!("{root}/responses").into_client_request().map_err(|_| Refusal::Transport)?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_KEY, KEY);
        // Answers may be of any size, as over HTTP.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match connect_async_with_config(request, Some(config), true).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Err(Refusal::Connect)
            }
            Err(Error::Http(response)) => Err(Refusal::Status {
                status: response.status().as_u16(),
                retry_after_ms: retry_after(response.headers()),
                body: String::from_utf8_lossy(response.body().as_deref().unwrap_or_default())
                    .into_owned(),
            }),
            Err(_) => Err(Refusal::Transport),
        }
    }

    /// Sends a frame and reads the answer to its end.
    pub(super) async fn ask(&mut self, frame: String) -> Result<Reply, Refusal> {
        self.0.send(Message::text(frame)).await.map_err(|_| Refusal::Transport)?;
        let mut answer = Answer::default();
        let mut began = false;
        loop {
            let text = match tokio::time::timeout(IDLE, self.0.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
                // A binary frame is no event; after a close nothing comes any more.
                Ok(_) if began => return Ok(answer.ended()),
                Ok(_) => return Err(Refusal::Transport),
                Err(_) => return Ok(answer.cut("idle timeout waiting for the stream")),
            };
            if !began && let Some(refusal) = refusal(&text) {
                return Err(refusal);
            }
            began = true;
            let event = SseEvent { data: text.to_string(), ..SseEvent::default() };
            if let Err(error) = answer.take(&event) {
                return Ok(answer.cut(&error));
            }
            if answer.is_ended() {
                return Ok(answer.ended());
            }
        }
    }
}

/// An error frame in place of an answer says what an error status would have said.
fn refusal(text: &str) -> Option<Refusal> {
    let frame: Value = serde_json::from_str(text).ok()?;
    if frame["type"] != "error" {
        return None;
    }
    let status = u16::try_from(frame["status"].as_u64()?).ok()?;
    let wait = &frame["headers"]["retry-after-ms"];
    let retry_after_ms = wait.as_u64().or_else(|| wait.as_str()?.parse().ok());
    let body = json!({"error": frame["error"]}).to_string();
    Some(Refusal::Status { status, retry_after_ms, body })
}

#[cfg(test)]
mod tests {
    use super::{Refusal, refusal};

    #[test]
    fn an_error_frame_reads_like_an_error_status() {
        let frame = concat!(
            r#"{"type":"error","status":429,"error":{"code":"rate_limit_exceeded"},"#,
            r#""headers":{"retry-after-ms":"5"}}"#
        );
        let body = r#"{"error":{"code":"rate_limit_exceeded"}}"#.to_owned();
        let expected = Refusal::Status { status: 429, retry_after_ms: Some(5), body };
        assert_eq!(refusal(frame), Some(expected));
        assert_eq!(refusal(r#"{"type":"error","code":"flat"}"#), None);
        assert_eq!(refusal(r#"{"type":"response.created"}"#), None);
    }
}
