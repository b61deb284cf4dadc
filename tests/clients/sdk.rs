//! Text, tool and reasoning sessions through the SDKs, in every way that each of them has to ask,
//! and how each shows a refusal, a rate limit and a cut stream.

use super::clients::{command, installed, on_path, root, run};
use super::toy::{SECRET, SUMMARY, greeting};
use super::world::World;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use unreel::scenario::FaultKind;
use unreel::wire::{Raw, Request};

/// What a client makes of a stream that ends after the first of two items, or of a plain answer
/// that ends in the middle.
enum Cut {
    /// It fails, with this in its message.
    Fails(&'static str),
    /// It goes on as if nothing was missing, and says this.
    Says(&'static str),
}

/// One way of asking.
struct Way {
    /// The program in `programs/`.
    program: &'static str,
    /// Its argument.
    mode: &'static str,
    /// Whether it asks for event streams.
    streams: bool,
    /// Whether the client shows `x-request-id`.
    shows_request_ids: bool,
    /// The exception for HTTP 400.
    refused: &'static str,
    cut: Cut,
}

/// Plays `programs/PROGRAM` against a server and checks everything that it saw, and that went by.
fn plays(way: &Way) {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut program) = program(way.program, folder.path()) else { return };
    // The program's seven requests for text, tools and reasoning, the first of them twice; one
    // that is refused; one that is cut.
    let world = World::new(&[(0, FaultKind::Status(429)), (7, FaultKind::CutAfterItems(1))]);
    program.arg(world.base_url()).arg(way.mode);
    let seen: Value = serde_json::from_str(&run(program).good()).unwrap();

    let asked = world.asked();
    let statuses: Vec<u16> = asked.iter().map(|exchange| exchange.status).collect();
    assert_eq!(statuses, [429, 200, 200, 200, 200, 200, 200, 200, 400, 200], "{seen}");
    assert_eq!(asked[0].body, asked[1].body, "a retry is the same request");
    assert_eq!(asked[0].answer_header("retry-after-ms"), Some("5"));
    let streams = world.lint_streams(&[9]);
    assert_eq!(streams, if way.streams { 8 } else { 0 });

    let usage = |at: usize| {
        let input = 100 * Request::parse(&asked[at].body).unwrap().input.len();
        json!([input, 64, 20, 5, input + 20])
    };
    let request_id = |at: usize| match way.shows_request_ids {
        true => json!(asked[at].answer_header("x-request-id").unwrap()),
        false => Value::Null,
    };
    let session = |said: Value, summaries: usize, requests: std::ops::Range<usize>| {
        json!({
            "said": said,
            "summaries": vec![SUMMARY; summaries],
            "usage": requests.clone().map(usage).collect::<Vec<_>>(),
            "request_ids": requests.map(request_id).collect::<Vec<_>>(),
        })
    };
    assert_eq!(seen["text"], session(json!([greeting()]), 0, 1..2));
    let read = json!(["I read: a.txt says 97; b.txt says 98.", "I read: c.txt says 99."]);
    assert_eq!(seen["tools"], session(read, 2, 2..6));
    outputs_came_back(&asked[5].body);
    // The toy can say it only by opening the blob that came back.
    assert_eq!(seen["reasoning"], session(json!(["I have one.", SECRET]), 1, 6..8));
    sealed_reasoning_came_back(&asked[6].answer, &asked[7].body);

    let refused = &seen["refused"];
    assert_eq!(refused["error"], way.refused, "{refused}");
    assert_eq!(refused["status"], 400, "{refused}");
    assert_eq!(refused["code"], "replay_mismatch", "{refused}");
    assert_eq!(refused["param"], "input", "{refused}");
    assert_eq!(refused["request_id"], json!(asked[8].answer_header("x-request-id").unwrap()));
    let told = refused["message"].as_str().unwrap();
    assert!(told.contains("no exchange follows this history"), "{told}");

    match way.cut {
        Cut::Fails(with) => {
            let told = seen["cut"]["message"].as_str().unwrap_or_default();
            assert!(told.contains(with), "{}", seen["cut"]);
        }
        Cut::Says(text) => assert_eq!(seen["cut"], json!({"said": [text]})),
    }
}

/// The last request of the tool session has all three calls, each with its output.
fn outputs_came_back(body: &[u8]) {
    let input: Vec<Value> = Request::parse(body).unwrap().input.iter().map(Raw::value).collect();
    let of = |kind: &str, field: &str| -> Vec<String> {
        let items = input.iter().filter(|item| item["type"] == kind);
        items.map(|item| item[field].as_str().unwrap().to_owned()).collect()
    };
    let outputs = of("function_call_output", "output");
    assert_eq!(outputs, ["a.txt says 97", "b.txt says 98", "c.txt says 99"]);
    let (calls, answered) = (of("function_call", "call_id"), of("function_call_output", "call_id"));
    assert_eq!(calls, answered);
    assert_eq!(calls.len(), 3);
}

/// The blob of the answer is in the next request, byte for byte.
fn sealed_reasoning_came_back(answer: &[u8], next: &[u8]) {
    let (answer, next) = (String::from_utf8_lossy(answer), Request::parse(next).unwrap());
    let sent = next.input.iter().map(Raw::value).find(|item| item["type"] == "reasoning");
    let sent = sent.expect("the reasoning is in the next request");
    let blob = sent["encrypted_content"].as_str().unwrap();
    assert!(blob.starts_with("gAAAA") && answer.contains(&format!("\"{blob}\"")), "{blob}");
    let summary = SUMMARY.map(|text| json!({"type": "summary_text", "text": text}));
    assert_eq!(sent["summary"], json!(summary));
}

/// A program of `programs/` with the SDK in reach, to be run in `folder`.
fn program(name: &str, folder: &Path) -> Option<Command> {
    let programs = root().join("tests/clients/programs");
    if name.ends_with(".py") {
        let python = installed("python", "python-clients/bin/python")?;
        let mut command = command(python, folder);
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(programs.join(name));
        return Some(command);
    }
    let modules = installed("node", "node-clients/node_modules")?;
    // Modules are looked up beside the file that imports them.
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    for file in ["plan.mjs", name] {
        std::fs::copy(programs.join(file), folder.join(file)).unwrap();
    }
    let mut command = command(on_path("node")?, folder);
    command.arg(folder.join(name));
    Some(command)
}

/// The official SDK for Python.
mod openai_python {
    use super::{Cut, Way, plays};

    fn way(mode: &'static str, cut: Cut) -> Way {
        Way {
            program: "openai_sdk.py",
            mode,
            streams: mode != "plain",
            shows_request_ids: mode != "helper",
            refused: "BadRequestError",
            cut,
        }
    }

    #[test]
    fn raw_stream() {
        plays(&way("raw", Cut::Fails("no response.completed in the stream")));
    }

    #[test]
    fn stream_helper() {
        plays(&way("helper", Cut::Fails("Didn't receive a `response.completed` event.")));
    }

    #[test]
    fn without_a_stream() {
        plays(&way("plain", Cut::Fails("(char ")));
    }
}

/// The official SDK for Node.
mod openai_node {
    use super::{Cut, Way, plays};

    fn way(mode: &'static str, cut: Cut) -> Way {
        Way {
            program: "openai_sdk.mjs",
            mode,
            streams: mode != "plain",
            shows_request_ids: mode != "helper",
            refused: "BadRequestError",
            cut,
        }
    }

    #[test]
    fn raw_stream() {
        plays(&way("raw", Cut::Fails("no response.completed in the stream")));
    }

    #[test]
    fn stream_helper() {
        plays(&way("helper", Cut::Says("")));
    }

    #[test]
    fn without_a_stream() {
        plays(&way("plain", Cut::Fails(" JSON ")));
    }
}

/// The Agents SDK for Python.
mod agents_python {
    use super::{Cut, Way, plays};

    fn way(mode: &'static str, cut: Cut) -> Way {
        Way {
            program: "agents_sdk.py",
            mode,
            streams: mode == "streamed",
            shows_request_ids: true,
            refused: "BadRequestError",
            cut,
        }
    }

    #[test]
    fn streamed() {
        plays(&way("streamed", Cut::Fails("Model did not produce a final response!")));
    }

    #[test]
    fn whole() {
        plays(&way("whole", Cut::Fails("(char ")));
    }
}

/// The Agents SDK for Node.
mod agents_node {
    use super::{Cut, Way, plays};

    fn way(mode: &'static str, cut: Cut) -> Way {
        Way {
            program: "agents_sdk.mjs",
            mode,
            streams: mode == "streamed",
            shows_request_ids: true,
            refused: "BadRequestError",
            cut,
        }
    }

    #[test]
    fn streamed() {
        plays(&way("streamed", Cut::Fails("Model did not produce a final response!")));
    }

    #[test]
    fn whole() {
        plays(&way("whole", Cut::Fails(" JSON ")));
    }
}

/// The Vercel AI SDK.
mod ai_sdk {
    use super::{Cut, Way, plays};

    fn way(mode: &'static str, cut: Cut) -> Way {
        Way {
            program: "ai_sdk.mjs",
            mode,
            streams: mode == "streamed",
            shows_request_ids: true,
            refused: "APICallError",
            cut,
        }
    }

    #[test]
    fn stream_text() {
        plays(&way("streamed", Cut::Fails("finish reason interrupted")));
    }

    #[test]
    fn generate_text() {
        plays(&way("whole", Cut::Fails("Invalid JSON response")));
    }
}
