//! Over HTTP.

use crate::proxy::{KEY, Proxy, client, sent};
use crate::upstream::{Upstream, stream, usual};
use base64::Engine;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use unreel::recording::file::Body;
use unreel::wire::Ending;

fn body(model: &str, stream: bool, text: &str) -> String {
    // White space and an odd number, which must go on as they are.
    format!(
        "{{\"model\":\"{model}\",\"temperature\": 1.00,\"stream\":{stream},\"store\":false,\"input\":[{{\"role\":\"user\",  \"content\":\"{text}\"}}]}}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_go_on_as_they_come_and_are_recorded_so() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base);
    // A stream whose rest waits until its beginning has been seen.
    let slow = body("slow", true, "a");
    let asking =
        client().post(&url).body(slow.clone()).header("authorization", "Bearer abc-12345678");
    let answer = asking.header("x-own", "1").send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "req_upstream");
    assert_eq!(answer.headers()["set-cookie"], "session=very-secret-cookie-value");
    let mut pieces = answer.bytes_stream();
    let first = tokio::time::timeout(Duration::from_secs(20), pieces.next()).await.unwrap();
    let mut got = first.unwrap().unwrap().to_vec();
    let (whole, blocks) = usual(slow.as_bytes());
    assert_eq!(got, blocks[0].as_bytes(), "the first block comes before the last is sent");
    upstream.gate.notify_one();
    while let Some(piece) = pieces.next().await {
        got.extend(piece.unwrap());
    }
    assert_eq!(String::from_utf8(got).unwrap(), blocks.concat());
    // The same without a stream, under a path without /v1, and a compaction.
    let plain = body("m", false, "b");
    let url = format!("{}/responses?x=1", proxy.base.trim_end_matches("/v1"));
    let got = client().post(&url).body(plain.clone()).send().await.unwrap().text().await.unwrap();
    assert_eq!(got, usual(plain.as_bytes()).0);
    assert_ne!(got, whole);
    let compact = client().post(format!("{}/responses/compact", proxy.base)).body(plain.clone());
    assert!(compact.send().await.unwrap().text().await.unwrap().contains("gAAAAA1"));
    // What is no exchange goes on, too.
    for path in ["models", "responses/resp_1/input_items?limit=2", "conversations/conv_1"] {
        let url = format!("{}/{path}", proxy.base);
        let got = client().get(url).send().await.unwrap().text().await.unwrap();
        assert_eq!(got, "{\"object\":  \"list\"}");
    }
    let url = format!("{}/responses/resp_1", proxy.base);
    assert_eq!(client().delete(url).send().await.unwrap().status(), 200);

    let seen = upstream.seen();
    let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
    let expected = [
        "POST /v1/responses",
        "POST /v1/responses?x=1",
        "POST /v1/responses/compact",
        "GET /v1/models",
        "GET /v1/responses/resp_1/input_items?limit=2",
        "GET /v1/conversations/conv_1",
        "DELETE /v1/responses/resp_1",
    ];
    assert_eq!(lines, expected);
    assert_eq!(seen[0].body, slow.as_bytes());
    assert_eq!(seen[0].headers["authorization"], "Bearer abc-12345678");
    assert_eq!(seen[0].headers["x-own"], "1");
    assert_eq!(seen[0].headers["host"], address.to_string());
    assert!(seen[1].headers.get("authorization").is_none());

    let ended = proxy.end();
    let recording = ended.recording();
    let header = &recording.header;
    assert_eq!((header.provenance.as_str(), header.model.as_str()), ("recorded", "slow"));
    assert_eq!(header.upstream.as_deref(), Some("127.0.0.1"), "a port is nobody's name");
    assert_eq!(recording.exchanges.len(), 3);
    let kept = sent(&recording, 0);
    assert_eq!(kept.body, Body::Sse(blocks.concat()));
    let names: Vec<&str> = kept.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["x-request-id", "x-ratelimit-remaining-requests", "content-type"];
    assert_eq!(names, expected);
    let usage = recording.exchanges[0].usage.unwrap();
    assert_eq!((usage.input_tokens, usage.cached(), usage.output_tokens), (11, 5, 3));
    assert_eq!(sent(&recording, 1).body, Body::Whole(usual(plain.as_bytes()).0));
    ended.has_nowhere(&["abc-12345678", "very-secret", "org-secret"]);
    assert!(ended.out.contains("3 exchanges of 3 requests"), "{}", ended.out);
    assert!(ended.err.contains("11 tokens in, 5 cached, 3 out"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_before_an_answer_and_streams_that_break_are_kept() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}/v1"), &[]);
    let url = format!("{}/responses", proxy.base);
    let flaky = body("flaky", true, "a");
    let first = client().post(&url).body(flaky.clone()).send().await.unwrap();
    assert_eq!(
        (first.status().as_u16(), first.headers()["retry-after-ms"].as_bytes()),
        (429, &b"7"[..])
    );
    assert!(first.text().await.unwrap().starts_with("{\"error\":{\"message\":\"slow down\", "));
    let second = client().post(&url).body(flaky.clone()).send().await.unwrap();
    assert_eq!(second.text().await.unwrap(), usual(flaky.as_bytes()).1.concat());
    let torn = body("torn", true, "b");
    let mut pieces = client().post(&url).body(torn.clone()).send().await.unwrap().bytes_stream();
    let mut got = Vec::new();
    let broke = loop {
        match pieces.next().await {
            Some(Ok(piece)) => got.extend(piece),
            Some(Err(_)) => break true,
            None => break false,
        }
    };
    let blocks = usual(torn.as_bytes()).1[..3].concat();
    assert_eq!((String::from_utf8(got).unwrap(), broke), (blocks.clone(), true));
    let broken = client().post(&url).body(body("broken", false, "c")).send().await.unwrap();
    assert_eq!((broken.status().as_u16(), broken.text().await.unwrap()), (500, "{}".to_owned()));

    let recording = proxy.end().recording();
    let attempts = &recording.exchanges[0].attempts;
    assert_eq!(attempts.iter().map(|one| one.status).collect::<Vec<_>>(), [429]);
    let headers = &attempts[0].headers;
    assert!(headers.contains(&("retry-after-ms".to_owned(), "7".to_owned())), "{headers:?}");
    assert_eq!(sent(&recording, 0).status, 200);
    let broke: Vec<_> = recording.exchanges.iter().map(|one| one.sent.as_ref().unwrap()).collect();
    let torn = broke.iter().find(|one| one.torn).expect("the stream that broke");
    assert_eq!(recording.sent(torn, &[]).unwrap().body, Body::Sse(blocks));
    let last = recording.exchanges.last().unwrap();
    assert!(matches!(&last.ending, Ending::Error { .. }), "{:?}", last.ending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_a_break_leaves_before_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        // All in one piece, and then the end, without the last chunk.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = stream.write_all(format!("{head}9\r\ndata: 1\n\n\r\n").as_bytes()).await;
    });
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base);
    let asking = client().post(url).body(body("m", true, "a"));
    let mut pieces = asking.send().await.unwrap().bytes_stream();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "data: 1\n\n");
    assert!(pieces.next().await.unwrap().is_err());
    let recording = proxy.end().recording();
    assert!(sent(&recording, 0).torn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_s_key_reaches_the_disk() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}"), &["--key-env", "UPSTREAM_KEY"]);
    let url = format!("{}/responses", proxy.base);
    let hidden = base64::engine::general_purpose::STANDARD.encode(format!("user:{KEY}"));
    let coded = KEY.replace('-', "%2D").replace('.', "%2E");
    let text = format!("{KEY} {hidden} https://h/?key={coded} and own-token-of-the-client");
    let asking = client().post(&url).body(body("leaky", true, &text));
    let asking = asking.header("authorization", "Bearer own-token-of-the-client");
    let got = asking.send().await.unwrap().text().await.unwrap();
    assert!(got.contains(KEY), "what passes is not touched: {got}");
    // A body that is no JSON, too.
    let odd = client().post(&url).body(format!("no json, but {KEY}")).send().await.unwrap();
    assert_eq!(odd.status(), 200);
    let seen = upstream.seen();
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(String::from_utf8_lossy(&seen[0].body).contains(KEY));

    let ended = proxy.end();
    let recording = ended.recording();
    ended.has_nowhere(&[KEY, &hidden, &coded, "own-token-of", "kq7-Xk2V", "m8Rw3", "b9.Tz4L"]);
    // Lengths stay, so what reads the stream reads it as before.
    let Body::Sse(kept) = sent(&recording, 0).body else { panic!("no stream") };
    assert_eq!(kept.len(), got.len());
    let pieces = ["your key is kq7-Xk2V", "b9.Tz4L", "m8Rw3, is it not?"];
    assert_eq!(kept.lines().count(), stream("x", &pieces).concat().lines().count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_upstream_the_client_is_told_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base);
    let answer = client().post(&url).body(body("m", true, "a")).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("\"code\":\"upstream_unreachable\"") && text.contains("refused"),
        "{text}"
    );
    let folder = proxy.folder.clone();
    let ended = proxy.end();
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("nothing was recorded: 1 request"), "{}", ended.out);
    assert!(ended.err.contains("502") && ended.err.contains("not recorded"), "{}", ended.err);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "no file without content");
}

/// As llama.cpp's server does after a stream: the connection shall live on, is told, and does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_does_not_keep_its_connections_is_asked_on_a_new_one() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut got = vec![0; 1 << 16];
                let _ = socket.read(&mut got).await;
                let (text, _) = usual(b"a");
                let head = "HTTP/1.1 200 OK\r\nkeep-alive: timeout=5, max=100\r\n\
                            content-type: application/json\r\ncontent-length: ";
                let answer = format!("{head}{}\r\n\r\n{text}", text.len());
                socket.write_all(answer.as_bytes()).await.unwrap();
                // Whoever asks here again gets no answer.
                let _ = socket.read(&mut got).await;
            });
        }
    });
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    for text in ["a", "b", "c"] {
        let asking = client().post(format!("{}/responses", proxy.base));
        let answer = asking.body(body("m", false, text)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }
    assert_eq!(proxy.end().recording().exchanges.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_loses_nothing_that_had_ended() {
    let (upstream, address) = Upstream::start().await;
    let base = format!("http://{address}");
    let proxy = Proxy::start(&base, &[]);
    let url = format!("{}/responses", proxy.base);
    for text in ["a", "b"] {
        let asking = client().post(&url).body(body("m", true, text));
        asking.send().await.unwrap().text().await.unwrap();
    }
    // One that never ends.
    let slow = client().post(&url).body(body("slow", true, "c")).send().await.unwrap();
    let unfinished = proxy.folder.join("session.jsonl.unfinished");
    for _ in 0..200 {
        let text = std::fs::read_to_string(&unfinished).unwrap_or_default();
        if text.matches("{\"exchange\"").count() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let kept = proxy.kill();
    drop(slow);
    let again = Proxy::start_in(kept, &base, &[]);
    upstream.gate.notify_one();
    let recovered = again.folder.join("session.recovered-1.jsonl");
    let recording = unreel::recording::Recording::load(&recovered).unwrap();
    assert_eq!(recording.exchanges.len(), 2);
    let ended = again.end();
    assert!(ended.err.contains("did not end well"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_keeps_what_is_under_way_out_and_everything_else_in() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}"), &[]);
    let url = format!("{}/responses", proxy.base);
    // Asked first, and still being answered when the session ends.
    let slow = client().post(&url).body(body("slow", true, "a")).send().await.unwrap();
    let asking = client().post(&url).body(body("m", true, "b"));
    asking.send().await.unwrap().text().await.unwrap();
    let ended = proxy.end();
    drop(slow);
    assert_eq!(ended.recording().exchanges.len(), 1);
    assert!(
        ended.out.contains("1 exchange of 2 requests, 1 conversation, 1 not recorded"),
        "{}",
        ended.out
    );
}
