//! A WebSocket on its way through: bytes go on as they come, and are copied.
//!
//! Frames are not written anew. Only compression is not negotiated: what cannot be read cannot be
//! recorded.

use super::Proxy;
use super::capture::{Copy, End};
use super::forward;
use super::frames::{Piece, Side};
use super::gate;
use super::headers;
use super::teller::Message;
use crate::server::websocket::Open;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;

/// How long one direction may go on after the other has ended.
const GRACE: Duration = Duration::from_secs(1);

/// Asks the upstream for a WebSocket, and connects the two if it agrees.
pub(super) async fn tunnel(proxy: Arc<Proxy>, mut request: Request) -> Response<Body> {
    if let Some(gate) = &proxy.gate
        && let Err(why) = gate.open()
    {
        return gate::refusal(&why).into_http();
    }
    let client = hyper::upgrade::on(&mut request);
    let credentials = headers::credentials(request.headers());
    let (mut parts, _) = request.into_parts();
    forward::outgoing(&proxy.upstream, &mut parts);
    parts.headers.remove(header::SEC_WEBSOCKET_EXTENSIONS);
    upgrading(&mut parts.headers);
    let request = Request::from_parts(parts, Body::empty());
    let mut response = match proxy.client.request(request).await {
        Ok(response) => response,
        Err(error) => return forward::unreachable(&proxy.upstream, &error).into_http(),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        headers::drop_hops(response.headers_mut());
        return response.map(Body::new);
    }
    let upstream = hyper::upgrade::on(&mut response);
    let connection = proxy.connections.fetch_add(1, Ordering::Relaxed);
    proxy.say(Piece::Opened { connection, credentials });
    tokio::spawn(async move {
        proxy.sockets.open.send_modify(|open| *open += 1);
        let _open = Open(&proxy.sockets.open);
        let end = match tokio::try_join!(client, upstream) {
            Ok((client, upstream)) => {
                let line = Line { proxy: &proxy, connection };
                line.join(TokioIo::new(client), TokioIo::new(upstream)).await
            }
            Err(_) => End::Left,
        };
        proxy.say(Piece::Closed { connection, end });
    });
    headers::drop_hops(response.headers_mut());
    upgrading(response.headers_mut());
    response.map(|_| Body::empty())
}

fn upgrading(headers: &mut axum::http::HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// A connection between two.
#[derive(Clone, Copy)]
struct Line<'a> {
    proxy: &'a Proxy,
    connection: u64,
}

impl Line<'_> {
    /// Carries bytes until one side ends, and a little longer what the other one still says.
    async fn join(
        self,
        client: impl AsyncRead + AsyncWrite,
        upstream: impl AsyncRead + AsyncWrite,
    ) -> End {
        let (from_client, to_client) = tokio::io::split(client);
        let (from_upstream, to_upstream) = tokio::io::split(upstream);
        let mut up = std::pin::pin!(self.pump(Side::Client, from_client, to_upstream));
        let mut down = std::pin::pin!(self.pump(Side::Upstream, from_upstream, to_client));
        let mut stopped = self.proxy.sockets.stopped.clone();
        tokio::select! {
            () = &mut up => {
                // Beyond the grace both are dropped, which closes them.
                let _ = tokio::time::timeout(GRACE, down).await;
                End::Left
            }
            () = &mut down => {
                let _ = tokio::time::timeout(GRACE, up).await;
                End::Torn
            }
            _ = stopped.changed() => End::Left,
        }
    }

    async fn pump(
        self,
        side: Side,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let bytes = &buffer[..count];
            self.copy(side, bytes).await;
            if to.write_all(bytes).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
        // The other side may be gone already.
        let _ = to.shutdown().await;
    }

    /// Copies bytes; where nobody may act on an answer before it was told of, waits for that.
    async fn copy(self, from: Side, bytes: &[u8]) {
        let mut copy = Copy::new(&self.proxy.held);
        copy.push(bytes);
        let (sender, told) = oneshot::channel();
        let waits = self.proxy.settle && from == Side::Upstream;
        let sender = waits.then_some(sender);
        let connection = self.connection;
        self.proxy.say(Piece::Bytes { connection, from, bytes: copy, told: sender });
        if waits {
            // An error means that nobody is there to be told.
            let _ = told.await;
        }
    }
}

impl Proxy {
    fn say(&self, piece: Piece) {
        // Nobody listens any more: the server is gone.
        let _ = self.to.send(Message::Piece(piece));
    }
}
