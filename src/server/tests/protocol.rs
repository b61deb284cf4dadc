//! Everything around the answers: paths, methods, headers, refusals.

use super::{Log, ask, config, post, send, server};
use crate::recording::seal;
use crate::server::{Server, ServerError};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn every_answer_has_its_headers_and_no_date() {
    let server = server().await;
    let body = r#"{"model":"m","input":"go"}"#;
    let answers = [
        post(&server, "/v1/responses", body).await,
        post(&server, "/v1/responses", "{").await,
        send(&server, "GET /v1/models HTTP/1.1", b"").await,
        send(&server, "GET /nowhere HTTP/1.1", b"").await,
    ];
    for got in answers {
        for header in [
            "x-request-id: req_",
            "openai-processing-ms: 0",
            "openai-version: 2020-10-01",
            "openai-organization: unreel",
            "x-ratelimit-limit-requests: 10000",
            "x-ratelimit-limit-tokens: 2000000",
            "x-ratelimit-remaining-requests: 9999",
            "x-ratelimit-remaining-tokens: 1999000",
            "x-ratelimit-reset-requests: 6ms",
            "x-ratelimit-reset-tokens: 30ms",
        ] {
            assert!(got.head.contains(header), "{header} in {}", got.head);
        }
        assert!(!got.head.contains("\r\ndate:"), "{}", got.head);
    }
}

#[tokio::test]
async fn lists_its_models() {
    let server = server().await;
    let got = send(&server, "GET /v1/models HTTP/1.1", b"").await.json();
    assert_eq!(got["data"][1]["id"], "org/unreel-2");
    for path in ["/v1/models/org/unreel-2", "/models/org%2Funreel-2"] {
        let got = send(&server, &format!("GET {path} HTTP/1.1"), b"").await.json();
        assert_eq!(
            got,
            json!({"id": "org/unreel-2", "object": "model",
            "created": 1_768_435_200, "owned_by": "unreel"})
        );
    }
    let got = send(&server, "GET /v1/models/gpt HTTP/1.1", b"").await;
    assert_eq!((got.status, got.code().as_str()), (404, "model_not_found"));
}

#[tokio::test]
async fn refuses_with_typed_errors() {
    let mut config = config();
    config.websocket = false;
    let server = Server::start(config).await.unwrap();
    for (head, status, code) in [
        ("GET /v1/nothing HTTP/1.1", 404, "unknown_url"),
        ("DELETE /v1/responses HTTP/1.1", 405, "method_not_allowed"),
        ("GET /v1/responses HTTP/1.1", 405, "method_not_allowed"),
        ("POST /v1/models HTTP/1.1", 405, "method_not_allowed"),
        ("GET /v1/responses HTTP/1.1\r\nupgrade: websocket", 426, "websocket_not_supported"),
        (
            "POST /v1/responses HTTP/1.1\r\ncontent-encoding: br",
            415,
            "unsupported_content_encoding",
        ),
    ] {
        let got = send(&server, head, b"").await;
        assert_eq!((got.status, got.code().as_str()), (status, code), "{head}");
    }
    for (body, code, param) in [
        ("{\"model\":", "null", Value::Null),
        ("[]", "null", Value::Null),
        ("{\"model\":\"m\",\"input\":7}", "null", Value::Null),
        ("{\"input\":\"go\"}", "missing_required_parameter", json!("model")),
        (
            "{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}",
            "previous_response_not_found",
            json!("previous_response_id"),
        ),
        ("{\"model\":\"m\",\"background\":true}", "unsupported_parameter", json!("background")),
        (
            "{\"model\":\"m\",\"input\":[{\"type\":\"compaction_trigger\"},{}]}",
            "invalid_value",
            json!("input"),
        ),
        ("{\"model\":\"m\",\"input\":\"off the script\"}", "replay_mismatch", Value::Null),
        (
            "{\"model\":\"m\",\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"x\",\"output\":\"\"}]}",
            "null",
            json!("input"),
        ),
    ] {
        let got = post(&server, "/v1/responses", body).await;
        assert_eq!((got.status, got.code().as_str()), (400, code), "{body}");
        assert_eq!(got.json()["error"]["param"], param, "{body}");
    }
    let defaults = r#"{"model":"m","input":"go","previous_response_id":null,"background":false}"#;
    assert_eq!(post(&server, "/v1/responses", defaults).await.status, 200);
}

#[tokio::test]
async fn a_changed_blob_is_named_by_its_place() {
    let server = server().await;
    let good = seal::seal("thought");
    let changed = format!("{}A{}", &good[..20], &good[21..]);
    assert_ne!(good, changed);
    for (blob, status) in [(good.as_str(), 200), ("gAAAA-vendor", 200), (changed.as_str(), 400)] {
        let body = json!({"model": "m", "input": [
            {"role": "user", "content": "the words encrypted_content do no harm"},
            {"type": "reasoning", "summary": [], "encrypted_content": blob},
        ]});
        let got = ask(&server, &body).await;
        assert_eq!(got.status, status, "{}", got.text());
        if status == 400 {
            assert_eq!(got.code(), "invalid_encrypted_content");
            assert!(got.text().contains("/input/1/encrypted_content"), "{}", got.text());
        }
    }
}

#[tokio::test]
async fn takes_large_and_compressed_bodies_and_counts_the_wire() {
    let log = Arc::new(Log::default());
    let mut config = config();
    config.observer = Some(log.clone());
    let server = Server::start(config).await.unwrap();
    let large = json!({"model": "m", "input": "x".repeat(1 << 20)}).to_string();
    assert_eq!(post(&server, "/v1/responses", &large).await.status, 200);
    let packed = zstd::encode_all(large.as_bytes(), 3).unwrap();
    let head = "POST /v1/responses HTTP/1.1\r\ncontent-encoding: zstd";
    assert_eq!(send(&server, head, &packed).await.status, 200);
    assert_eq!(send(&server, head, b"not zstd").await.status, 400);
    assert_eq!(post(&server, "/v1/responses", "{ \"model\":\"m\"}").await.status, 200);
    assert_eq!(post(&server, "/v1/responses", "oops").await.status, 400);
    let asked: Vec<String> =
        log.lines.lock().unwrap().iter().filter(|line| line.contains("asks")).cloned().collect();
    let (size, small) = (large.len(), packed.len());
    assert_eq!(
        asked,
        [
            format!("0 asks, thread 0, {size}"),
            format!("1 asks, thread 0, {small}"),
            "2 asks, thread 0, 14/14".into(),
            "3 asks, thread 0, 4/4".into(),
        ]
    );
}

#[tokio::test]
async fn a_port_in_use_is_explained() {
    let first = server().await;
    let mut config = config();
    config.listen = first.address().into();
    let error = Server::start(config).await.unwrap_err();
    assert!(matches!(error, ServerError::AddressInUse { .. }));
    let told = error.to_string();
    assert!(told.contains(&first.address().to_string()), "{told}");
    assert!(told.contains("choose another port"), "{told}");
    first.stop().await;
}

#[tokio::test]
async fn stopping_frees_the_port_although_a_client_keeps_its_connection() {
    let server = server().await;
    let address = server.address();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/models", server.base_url());
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    server.stop().await;
    assert!(client.get(&url).send().await.is_err());
    let mut config = config();
    config.listen = address.into();
    let again = Server::start(config).await.unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    again.stop().await;
}
