//! The Responses API over a WebSocket: `GET /responses` with an upgrade.
//!
//! A client sends `response.create` frames, one after the other; the events of the answer come back
//! as text frames. What the connection was told and answered is remembered for as long as it is
//! open, whether or not it is stored, so a client continues a response with its new items only.
//! Frames are taken in the order they came, one at a time: `stream_id` is given back, not used.

pub(super) mod frame;

use super::app::App;
use super::body::{BODY_LIMIT, refuse, wrong_method};
use super::received::Received;
use super::reply::Payload;

use super::store::Chains;
use crate::wire::Endpoint;
use axum::body::Body;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{Response, header};
use std::sync::Arc;
use tokio::sync::watch;

/// Counts a connection for as long as it is there.
pub(super) struct Open<'a>(pub(super) &'a watch::Sender<usize>);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// `GET /responses`. Where WebSockets are not served, the status is the one on which clients fall
/// back to HTTP.
pub(super) async fn upgrade(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    if !request.headers().contains_key(header::UPGRADE) {
        return wrong_method(request.method().clone(), request.uri().clone()).await;
    }
    if !app.websocket {
        let told = "the WebSocket transport is not served; use POST with \"stream\": true";
        return refuse(426, Some("websocket_not_supported"), told.into()).into_http();
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade
            .max_frame_size(BODY_LIMIT)
            .max_message_size(BODY_LIMIT)
            .on_upgrade(move |socket| converse(app, socket)),
        Err(rejected) => {
            let told = format!("this is no WebSocket handshake: {rejected}");
            refuse(400, Some("invalid_handshake"), told).into_http()
        }
    }
}

async fn converse(app: Arc<App>, mut socket: WebSocket) {
    app.sockets.open.send_modify(|open| *open += 1);
    let _open = Open(&app.sockets.open);
    let mut stopped = app.sockets.stopped.clone();
    let mut connection = Chains::new();
    loop {
        let message = tokio::select! {
            // An error means that the server is gone.
            _ = stopped.changed() => return close(&mut socket, close_code::AWAY).await,
            message = socket.recv() => message,
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                if !answer(&app, &mut socket, &mut connection, text).await {
                    return;
                }
            }
            Some(Ok(Message::Binary(_))) => {
                let told = "frames must be text; a binary one ends the connection";
                let error = refuse(400, Some("invalid_frame"), told.into());
                let _ = socket.send(frame::error(&error, None).into()).await;
                return close(&mut socket, close_code::UNSUPPORTED).await;
            }
            Some(Err(error)) if frame::is_too_large(&error) => {
                let told = format!("the frame is larger than {BODY_LIMIT} bytes");
                let error = refuse(413, Some("request_too_large"), told);
                let _ = socket.send(frame::error(&error, None).into()).await;
                return close(&mut socket, close_code::SIZE).await;
            }
            // Pings are answered below us.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
        }
    }
}

/// Answers one frame; false if the connection is to end.
async fn answer(
    app: &App,
    socket: &mut WebSocket,
    connection: &mut Chains,
    text: Utf8Bytes,
) -> bool {
    let stream = frame::stream_id(&text);
    let received = Received { wire_bytes: text.len() as u64, body: text.as_bytes().to_vec() };
    let reply = app.answer(Endpoint::Responses, &received, Some(connection));
    let frames = match reply.body {
        Payload::Theirs(frames, broke) => {
            for frame in frames {
                if socket.send(frame.into()).await.is_err() {
                    return false;
                }
            }
            return !broke;
        }
        Payload::Events(events) => {
            let cut = reply.headers.iter().any(|(name, _)| *name == "connection");
            for event in events {
                let event = frame::with_stream(event, stream.as_deref());
                if socket.send(event.into()).await.is_err() {
                    return false;
                }
            }
            // A cut connection ends without a word.
            return !cut;
        }
        Payload::Json(_) | Payload::Torn(_) => frame::error(&reply, stream.as_deref()),
    };
    socket.send(frames.into()).await.is_ok()
}

async fn close(socket: &mut WebSocket, code: u16) {
    let frame = CloseFrame { code, reason: Utf8Bytes::default() };
    // The client may be gone already.
    let _ = socket.send(Message::Close(Some(frame))).await;
}
