//! What a response says of the cache, to clients that ask.

use super::{ask, config};
use crate::server::{Ledgers, Server};
use serde_json::{Value, json};

async fn told(server: &Server, body: &Value) -> Value {
    let got = ask(server, body).await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()
}

#[tokio::test]
async fn a_comparison_is_answered_with_one_of_nine_reasons() {
    let mut config = config();
    config.ledgers = Ledgers::new(&"openai-breakpoints:minimum=0".parse().unwrap());
    let server = Server::start(config).await.unwrap();
    let request = |extra: Value| {
        let mut body = json!({"model": "m", "tools": [{"type": "function", "name": "look"}],
            "input": [{"role": "user", "content": "what is the cap?"}]});
        let members = extra.as_object().unwrap();
        body.as_object_mut().unwrap().extend(members.clone());
        body
    };
    let first = told(&server, &request(json!({}))).await;
    assert_eq!(first.get("prompt_cache_diagnostics"), None, "nobody asked");
    assert_eq!(first.get("prompt_cache_options"), None);
    let input = &first["usage"]["input_tokens"];
    assert_eq!(&first["usage"]["input_tokens_details"]["cache_write_tokens"], input);

    let id = first["id"].as_str().unwrap();
    let compared = |extra: Value| {
        let mut body = request(json!({"prompt_cache_options": {"comparison_response_id": id}}));
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let same = told(&server, &compared(json!({}))).await;
    assert_eq!(same["prompt_cache_diagnostics"], json!({"type": "cache_hit"}));
    assert_eq!(&same["usage"]["input_tokens_details"]["cached_tokens"], input);
    assert_eq!(
        same["prompt_cache_options"],
        json!({"comparison_response_id": id, "mode": "implicit", "ttl": "30m"})
    );
    let cases = [
        (json!({"model": "n"}), "model_changed"),
        (json!({"prompt_cache_key": "k"}), "prompt_cache_key_changed"),
        (json!({"tools": [{"type": "function", "name": "list"}]}), "tools_changed"),
        (json!({"text": {"format": {"type": "json_object"}}}), "text_format_changed"),
        (json!({"reasoning": {"effort": "low"}}), "reasoning_effort_changed"),
        (json!({"text": {"verbosity": "low"}}), "verbosity_changed"),
        (
            json!({"input": [{"type": "compaction", "encrypted_content": "gAAAA-vendor"},
                {"role": "user", "content": "go"}]}),
            "context_compacted",
        ),
        (json!({"input": [{"role": "user", "content": "what is it?"}]}), "input_changed"),
        (json!({"service_tier": "flex"}), "service_tier_changed"),
    ];
    for (change, reason) in cases {
        let got = told(&server, &compared(change)).await;
        let told = &got["prompt_cache_diagnostics"];
        assert_eq!((&told["type"], &told["reason"]), (&json!("cache_miss"), &json!(reason)));
        let sum = told["cache_missed_tokens"].as_u64().unwrap()
            + told["comparison_reusable_tokens"].as_u64().unwrap();
        assert_eq!(json!(sum), got["usage"]["input_tokens"]);
    }
    let unknown = request(json!({"prompt_cache_options": {"comparison_response_id": "resp_0"}}));
    let got = told(&server, &unknown).await;
    assert_eq!(got["prompt_cache_diagnostics"], json!({"type": "comparison_response_not_found"}));
    server.stop().await;
}

#[tokio::test]
async fn where_the_api_has_no_word_nothing_can_be_told() {
    let mut config = config();
    config.ledgers = Ledgers::new(&"openai-breakpoints".parse().unwrap());
    let server = Server::start(config).await.unwrap();
    let mut body = json!({"model": "m", "input": "hello"});
    let first = told(&server, &body).await;
    body["prompt_cache_options"] = json!({"comparison_response_id": first["id"]});
    let second = told(&server, &body).await;
    assert_eq!(second["prompt_cache_diagnostics"], json!({"type": "unavailable"}), "too short");
    server.stop().await;
}
