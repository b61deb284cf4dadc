//! What goes wrong on purpose, how it is observed, and that a restart goes on with it.

use super::{Bytes, Got, Log, ask, config, post};
use crate::recording::Outcome;
use crate::scenario::{Fault, FaultKind};
use crate::server::{Ledgers, Server, ServerConfig};
use crate::wire::{Collector, Decoder};
use serde_json::{Value, json};
use std::sync::Arc;

fn faulty() -> (ServerConfig, Arc<Log>) {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    let fault = |request, kind, times| Fault { request, kind, times };
    config.faults = vec![
        fault(0, FaultKind::Status(429), 2),
        fault(0, FaultKind::CutAfterItems(1), 1),
        fault(1, FaultKind::Status(503), 1),
    ];
    (config, log)
}

fn body() -> Value {
    json!({"model": "m", "stream": true, "input": "go"})
}

fn collect(got: &Got) -> Collector {
    let mut collector = Collector::new();
    Decoder::new().feed(&got.body).iter().for_each(|event| collector.feed(event).unwrap());
    collector
}

#[tokio::test]
async fn fire_in_order_at_their_ordinal_and_then_no_more() {
    let (config, log) = faulty();
    let server = Server::start(config).await.unwrap();
    for _ in 0..2 {
        let got = ask(&server, &body()).await;
        assert_eq!((got.status, got.code().as_str()), (429, "rate_limit_exceeded"));
        assert!(got.head.contains("retry-after-ms: 5"), "{}", got.head);
        assert!(got.head.contains("retry-after: 1"), "{}", got.head);
        assert!(got.head.contains("x-ratelimit-remaining-requests: 0"), "{}", got.head);
        assert!(got.text().contains("try again in 5ms"));
    }
    let got = ask(&server, &body()).await;
    assert!(got.head.contains("connection: close"));
    assert_eq!(collect(&got).items().len(), 1);
    assert_eq!(collect(&got).terminal(), None);
    let got = ask(&server, &body()).await;
    assert_eq!(collect(&got).items().len(), 2);
    // The cut attempt was processed, so its prompt is in the cache.
    let usage = collect(&got).usage().unwrap();
    assert_eq!(usage.cached(), usage.input_tokens);
    let got = ask(&server, &body()).await;
    assert_eq!((got.status, got.code().as_str()), (503, "server_is_overloaded"));
    assert_eq!(ask(&server, &body()).await.status, 200);
    let size = body().to_string().len();
    let asks = |seq| format!("{seq} asks, thread 0, {size}");
    assert_eq!(
        *log.lines.lock().unwrap(),
        [
            asks(0),
            "0 gets 429 Error, 0 items, by fault: status 429".into(),
            asks(1),
            "1 gets 429 Error, 0 items, by fault: status 429".into(),
            asks(2),
            "2 gets 200 Cut, 1 items, by step test".into(),
            asks(3),
            "3 gets 200 Completed, 2 items, by step test".into(),
            asks(4),
            "4 gets 503 Error, 0 items, by fault: status 503".into(),
            asks(5),
            "5 gets 200 Completed, 2 items, by step test".into(),
        ]
    );
}

#[tokio::test]
async fn an_empty_account_is_not_asked_again() {
    let (mut config, log) = faulty();
    config.faults = vec![Fault { request: 0, kind: FaultKind::Quota, times: 1 }];
    let server = Server::start(config).await.unwrap();
    let got = ask(&server, &body()).await;
    assert_eq!((got.status, got.code().as_str()), (429, "insufficient_quota"));
    assert_eq!(got.json()["error"]["type"], "insufficient_quota");
    assert!(got.head.contains("x-should-retry: false"), "{}", got.head);
    assert!(!got.head.contains("retry-after"), "{}", got.head);
    let seen = log.lines.lock().unwrap()[1].clone();
    assert_eq!(seen, "0 gets 429 Error, 0 items, by fault: quota");
    assert_eq!(ask(&server, &body()).await.status, 200);
}

#[tokio::test]
async fn a_torn_json_body_delivers_nothing() {
    let (mut config, log) = faulty();
    config.faults = vec![Fault { request: 0, kind: FaultKind::CutAfterItems(1), times: 1 }];
    let server = Server::start(config).await.unwrap();
    let got = post(&server, "/v1/responses/compact", r#"{"model":"m","input":"go"}"#).await;
    assert!(serde_json::from_slice::<Value>(&got.body).is_err());
    assert!(got.body.starts_with(b"{\"id\":"));
    assert_eq!(log.exchanges.lock().unwrap()[0].outcome, Outcome::Cut);
    assert!(log.exchanges.lock().unwrap()[0].output.is_empty());
}

/// Whenever the server is replaced, the answers stay the same.
#[tokio::test]
async fn a_restart_anywhere_loses_nothing() {
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for restart_before in [99, 0, 1, 2, 3, 4, 5, 6] {
        let (config, log) = faulty();
        let mut server = Server::start(config).await.unwrap();
        let mut raws = Vec::new();
        for number in 0..7 {
            if number == restart_before {
                server.stop().await;
                let (mut config, _) = faulty();
                config.ledgers = Ledgers::with(Box::new(Bytes::default()));
                config.ledgers.replay(&log.exchanges.lock().unwrap());
                server = Server::start(config).await.unwrap();
            }
            // A refused request in between fires no fault and uses none up.
            let text = if number == 1 { "off the script" } else { "go" };
            let body = json!({"model": "m", "stream": true, "input": text});
            raws.push(ask(&server, &body).await.raw);
        }
        if expected.is_empty() {
            expected = raws;
        } else {
            assert_eq!(raws, expected, "restarted before {restart_before}");
        }
    }
}
