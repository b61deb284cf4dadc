//! The bytes of a WebSocket, read beside their way: which frame asks, and which ones answer it.

use super::capture::{Copy, End};
use serde::Deserialize;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// Longest answer that is kept.
const LONGEST: usize = crate::server::body::BODY_LIMIT;

/// Who sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Upstream,
}

/// Something that happened on a connection.
#[derive(Debug)]
pub(super) enum Piece {
    /// It came about.
    Opened { connection: u64, credentials: Vec<String> },
    /// Bytes came.
    Bytes { connection: u64, from: Side, bytes: Copy, told: Option<oneshot::Sender<()>> },
    /// It ended.
    Closed { connection: u64, end: End },
}

/// A request and the frames that answered it.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) seq: u32,
    pub(super) request: String,
    pub(super) frames: Vec<String>,
    /// The status that an error frame tells, else 200.
    pub(super) status: u16,
    pub(super) end: End,
    stream: Option<String>,
    bytes: usize,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    client: WebSocket<Feed>,
    upstream: WebSocket<Feed>,
    /// Requests not answered yet, in order.
    open: Vec<Turn>,
}

/// What of a frame tells where it belongs.
#[derive(Debug, Default, Deserialize)]
struct Head {
    #[serde(rename = "type", default)]
    kind: String,
    stream_id: Option<String>,
    status: Option<u16>,
}

impl Connection {
    pub(super) fn new() -> Self {
        // Who sends too much is not told so by us.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let reader = |role| WebSocket::from_raw_socket(Feed::default(), role, Some(config));
        // To read what a client sends, one has to be the server.
        Self { client: reader(Role::Server), upstream: reader(Role::Client), open: Vec::new() }
    }

    /// Takes bytes; gives the requests whose answer they end.
    pub(super) fn feed(&mut self, from: Side, bytes: &[u8], seq: &AtomicU32) -> Vec<Turn> {
        let mut ended = Vec::new();
        match from {
            Side::Client => {
                for text in texts(&mut self.client, bytes) {
                    let head = head(&text);
                    if head.kind == "response.create" {
                        self.open.push(Turn {
                            seq: seq.fetch_add(1, Ordering::Relaxed),
                            request: text,
                            frames: Vec::new(),
                            status: 200,
                            end: End::Left,
                            stream: head.stream_id,
                            bytes: 0,
                        });
                    }
                }
            }
            Side::Upstream => {
                for text in texts(&mut self.upstream, bytes) {
                    ended.extend(self.answer(text));
                }
            }
        }
        ended
    }

    fn answer(&mut self, text: String) -> Option<Turn> {
        let head = head(&text);
        let at = self.open.iter().position(|turn| turn.stream == head.stream_id)?;
        let turn = &mut self.open[at];
        turn.bytes += text.len();
        if turn.bytes > LONGEST {
            turn.frames = Vec::new();
        } else {
            if turn.frames.is_empty() && head.kind == "error" {
                turn.status = head.status.unwrap_or(turn.status);
            }
            turn.frames.push(text);
        }
        let is_end = matches!(
            head.kind.as_str(),
            "response.completed" | "response.incomplete" | "response.failed" | "error"
        );
        is_end.then(|| {
            let mut turn = self.open.remove(at);
            turn.end = if turn.bytes > LONGEST { End::Left } else { End::Whole };
            turn
        })
    }

    /// The requests that stay unanswered.
    pub(super) fn close(&mut self, end: End) -> Vec<Turn> {
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|turn| Turn { end, ..turn }).collect()
    }
}

fn head(text: &str) -> Head {
    serde_json::from_str(text).unwrap_or_default()
}

/// The text frames that are complete with these bytes.
fn texts(socket: &mut WebSocket<Feed>, bytes: &[u8]) -> Vec<String> {
    socket.get_mut().bytes.extend(bytes);
    let mut texts = Vec::new();
    // An error: nothing more for now, or nothing more at all.
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            texts.push(text.to_string());
        }
    }
    texts
}

/// A socket without a peer: what was fed is read, what is written is nobody's.
#[derive(Debug, Default)]
struct Feed {
    bytes: VecDeque<u8>,
}

impl Read for Feed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.bytes.read(buf)
    }
}

impl Write for Feed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
