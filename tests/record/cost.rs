//! What the proxy costs: time to the first byte, through it and directly, side by side.
//!
//! `cargo test --release --test record -- --ignored --nocapture cost` prints the table; the bounds
//! are those of a release build.

use crate::proxy::{Proxy, client};
use crate::upstream::Upstream;
use futures_util::StreamExt;
use std::time::{Duration, Instant};

const ROUNDS: usize = 150;

async fn first_byte(client: &reqwest::Client, url: &str, body: &str) -> Duration {
    let asking = client.post(url).body(body.to_owned());
    let start = Instant::now();
    let mut pieces = asking.send().await.unwrap().bytes_stream();
    pieces.next().await.unwrap().unwrap();
    let took = start.elapsed();
    while pieces.next().await.is_some() {}
    took
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

/// How long so many bytes take over loopback, one way.
fn copy(bytes: usize) -> Duration {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reader = std::thread::spawn(move || {
        for _ in 0..50 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = vec![0; bytes];
            stream.read_exact(&mut buffer).unwrap();
            stream.write_all(b"!").unwrap();
        }
    });
    let sent = vec![7; bytes];
    let mut all = Vec::new();
    for _ in 0..50 {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let start = Instant::now();
        stream.write_all(&sent).unwrap();
        stream.read_exact(&mut [0]).unwrap();
        all.push(start.elapsed());
    }
    reader.join().unwrap();
    median(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; needs a release build and an idle machine"]
#[expect(clippy::print_stdout, reason = "the table is the result")]
async fn cost_of_the_proxy() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::start(&format!("http://{address}"), &["--quiet"]);
    let direct = format!("http://{address}/v1/responses");
    let through = format!("{}/responses", proxy.base);
    let client = client();
    println!("request   direct    through   more      allowed");
    for (name, size) in [("small", 200), ("1 MB", 1_000_000)] {
        let (mut plain, mut proxied) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let text = format!("{round}{}", "x".repeat(size));
            let body = format!(r#"{{"model":"m","stream":true,"input":"{text}"}}"#);
            // Side by side, in turns: the machine is as busy for both.
            plain.push(first_byte(&client, &direct, &body).await);
            proxied.push(first_byte(&client, &through, &body).await);
            // What passed is read beside the path; agents leave it time, too.
            tokio::time::sleep(Duration::from_millis(if size > 1000 { 100 } else { 2 })).await;
        }
        let (plain, proxied) = (median(plain), median(proxied));
        let allowed =
            Duration::from_millis(1) + if size > 1000 { copy(size) / 2 } else { Duration::ZERO };
        let more = proxied.saturating_sub(plain);
        println!("{name:<9} {plain:<9.1?} {proxied:<9.1?} {more:<9.1?} {allowed:.1?}");
        assert!(cfg!(debug_assertions) || more <= allowed, "{name}: {more:?} more");
    }
}
