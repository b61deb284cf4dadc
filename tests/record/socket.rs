//! Over a WebSocket.

use crate::proxy::{KEY, Proxy, sent};
use crate::upstream::{Upstream, usual};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use unreel::recording::file::Body;

fn frames(request: &str) -> Vec<String> {
    let blocks = usual(request.as_bytes()).1;
    let data = blocks
        .iter()
        .filter_map(|block| block.lines().find_map(|line| line.strip_prefix("data: ")));
    data.filter(|data| *data != "[DONE]").map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_pass_and_are_recorded_with_what_the_connection_knows() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {KEY}").parse().unwrap());
    headers.insert("sec-websocket-protocol", "unreel-test".parse().unwrap());
    headers.insert("sec-websocket-extensions", "permessage-deflate".parse().unwrap());
    let (mut socket, response) = connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "unreel-test");
    let first = format!(
        r#"{{"type":"response.create","model":"m","input":[{{"role":"user","content":"my key is {KEY}"}}]}}"#
    );
    let mut ids = Vec::new();
    for number in 0..2 {
        let asked = match number {
            0 => first.clone(),
            _ => format!(
                r#"{{"type":"response.create","model":"m","previous_response_id":"{}","input":[{{"role":"user","content":"more"}}]}}"#,
                ids[0]
            ),
        };
        socket.send(Message::text(asked.clone())).await.unwrap();
        for expected in frames(&asked) {
            let Message::Text(got) = socket.next().await.unwrap().unwrap() else { panic!() };
            assert_eq!(got.as_str(), expected);
        }
        ids.push(format!("resp_{}", unreel::wire::Digest::of(asked.as_bytes()).short(12)));
    }
    // Asked, and not answered: the upstream leaves.
    socket
        .send(Message::text(r#"{"type":"response.create","model":"leave","input":"x"}"#))
        .await
        .unwrap();
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    let seen = upstream.seen();
    assert_eq!(seen[0].line, "GET /v1/responses");
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(seen[0].headers.get("sec-websocket-extensions").is_none(), "frames must be readable");

    let ended = proxy.end();
    let recording = ended.recording();
    ended.has_nowhere(&[KEY]);
    assert_eq!(recording.exchanges.len(), 3, "{}", ended.err);
    let Body::Frames(kept) = sent(&recording, 1).body else { panic!("no frames") };
    let more = format!(
        r#"{{"type":"response.create","model":"m","previous_response_id":"{}","input":[{{"role":"user","content":"more"}}]}}"#,
        ids[0]
    );
    assert_eq!(kept, frames(&more));
    let second = &recording.exchanges[1];
    assert_eq!((second.input.len(), second.parent), (3, Some(0)), "question, answer, question");
    assert!(recording.exchanges[2].sent.as_ref().unwrap().torn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_without_websockets_says_so_itself() {
    let app = axum::Router::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base.replacen("http", "ws", 1));
    let refused = connect_async(url).await.unwrap_err();
    assert!(refused.to_string().contains("404"), "{refused}");
}
