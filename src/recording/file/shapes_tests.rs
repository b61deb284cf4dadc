//! What was recorded is read back as it was, for every shape that a history takes: appended to,
//! compacted, cleared, cut to a window, forked.

use super::{Answered, Header, Recorded, Recorder, Recording};
use crate::recording::secrets::Secrets;
use crate::recording::{Delivery, Exchange, Outcome, migrate};
use crate::wire::{Digest, Ending, Endpoint, Raw, Request, Usage};
use proptest::prelude::*;
use std::path::Path;

/// What happens to the history before the next request.
#[derive(Clone, Debug)]
enum Shape {
    Append,
    /// By a trigger, or at the endpoint of its own.
    Compact(Endpoint),
    Clear,
    /// So many of the newest items stay.
    Window(usize),
    /// Back to how it was after this exchange; beyond the last one, to the beginning.
    Fork(usize),
}

/// One generated exchange, in small numbers that shrink.
#[derive(Clone, Debug)]
struct Turn {
    shape: Shape,
    said: Vec<usize>,
    answer: Vec<usize>,
    fields: usize,
    ending: Ending,
    usage: Option<u64>,
}

/// What clients put into a history; the bytes are what is recorded.
const SAID: [&str; 6] = [
    r#"{"role":"user","content":"go"}"#,
    r#"{"type":"message", "role":"developer","content":[{"type":"input_text","text":"caf\u00e9 \/"}]}"#,
    "{\"role\":\"user\",\n  \"content\": \"over two lines\\n\"\n}",
    r#"{"type":"widget","n":1.0e5,"m":10.50,"deep":{"b":1,"a":[null,-0.0]}}"#,
    r#"{"content":"\ud83d\ude00 and 😀","role":"user","extra":""}"#,
    r#"{"type":"item_reference","id":"elsewhere"}"#,
];

/// The top-level fields, beside the place of the input among them.
const FIELDS: [(&[(&str, &str)], usize); 3] = [
    (&[("model", "\"m\""), ("tools", "[ {\"name\" :\"a\"} ]"), ("stream", "true")], 1),
    (&[("stream", "true"), ("model", "\"m\""), ("temperature", "1.00")], 3),
    (&[("model", "\"n\""), ("tools", "[\n]")], 0),
];

/// An item of answer `exchange`, and what the client adds to the history for it.
fn answered(kind: usize, exchange: usize, index: usize) -> (Raw, Option<Raw>) {
    let name = format!("{exchange}x{index}");
    let (item, output) = match kind {
        0 => (
            format!(
                r#"{{"type":"message","id":"msg_{name}","role":"assistant","content":"Done."}}"#
            ),
            None,
        ),
        1 => (
            format!(r#"{{"type":"reasoning","id":"rs_{name}","encrypted_content":"gAAAA{name}"}}"#),
            None,
        ),
        2 => (format!(r#"{{"type":"mystery" ,"id":"my_{name}", "score":1e-7}}"#), None),
        3 => (
            format!(
                r#"{{"type":"function_call","call_id":"call_{name}","arguments":"{{\"n\": 1}}"}}"#
            ),
            Some(output("function_call_output", &format!("call_{name}"), "the same output")),
        ),
        _ => (
            format!(
                r#"{{"type":"custom_tool_call","id":"ctc_{name}","call_id":"call_{name}","input":"\t"}}"#
            ),
            Some(output("custom_tool_call_output", &format!("call_{name}"), "another")),
        ),
    };
    (Raw::parse(&item).unwrap(), output)
}

fn output(kind: &str, call_id: &str, text: &str) -> Raw {
    let json = format!(r#"{{"type":"{kind}","call_id":"{call_id}","output":"{text}"}}"#);
    Raw::parse(&json).unwrap()
}

/// An item of the history, with the exchange that it comes from.
type Placed = (Raw, Option<u32>);

/// A client and the server it talks to.
struct Session {
    recorder: Recorder,
    exchanges: Vec<Exchange>,
    parents: Vec<Option<u32>>,
    history: Vec<Placed>,
    /// The history after each exchange.
    after: Vec<Vec<Placed>>,
}

impl Session {
    fn play(turns: &[Turn]) -> Self {
        let header = Header::new("recorded", "some agent 1", "m", "s", "base");
        let mut session = Self {
            recorder: Recorder::new(header),
            exchanges: Vec::new(),
            parents: Vec::new(),
            history: Vec::new(),
            after: Vec::new(),
        };
        turns.iter().for_each(|turn| session.turn(turn));
        session
    }

    fn turn(&mut self, turn: &Turn) {
        match turn.shape {
            Shape::Append => {}
            Shape::Compact(endpoint) => self.compact(endpoint, turn),
            Shape::Clear => {
                for (raw, _) in &mut self.history {
                    let item = raw.item();
                    if item.kind().is_output() {
                        let (kind, id) = (item.str("type").unwrap(), item.call_id().unwrap());
                        *raw = output(kind, id, "[cleared]");
                    }
                }
            }
            Shape::Window(keep) => {
                let gone = self.history.len().saturating_sub(keep).max(1);
                self.history = [
                    &self.history[..1.min(self.history.len())],
                    &self.history[gone.min(self.history.len())..],
                ]
                .concat();
            }
            Shape::Fork(at) => {
                let at = at % (self.after.len() + 1);
                self.history = self.after.get(at).cloned().unwrap_or_default();
            }
        }
        self.history.extend(turn.said.iter().map(|at| (Raw::parse(SAID[*at]).unwrap(), None)));
        self.ask(Endpoint::Responses, Vec::new(), turn, None);
    }

    /// Asks for a compaction, and goes on from the first item and what stands for the rest.
    fn compact(&mut self, endpoint: Endpoint, turn: &Turn) {
        let trigger = match endpoint {
            Endpoint::Responses => vec![Raw::parse(r#"{"type":"compaction_trigger"}"#).unwrap()],
            Endpoint::Compact => Vec::new(),
        };
        let blob = format!(
            r#"{{"type":"compaction","encrypted_content":"gAAAA.{}"}}"#,
            self.exchanges.len()
        );
        self.ask(endpoint, trigger, turn, Some(Raw::parse(&blob).unwrap()));
        let last = self.history.pop();
        self.history.truncate(1);
        self.history.extend(last);
    }

    fn ask(&mut self, endpoint: Endpoint, last: Vec<Raw>, turn: &Turn, compaction: Option<Raw>) {
        let number = self.exchanges.len();
        let (fields, at) = FIELDS[turn.fields];
        let own = self.history.iter().map(|(raw, _)| raw.clone());
        let request = Request {
            fields: fields
                .iter()
                .map(|(key, value)| ((*key).into(), Raw::parse(value).unwrap()))
                .collect(),
            input: own.chain(last).collect(),
            input_at: Some(at),
            input_is_text: false,
        };
        let made: Vec<(Raw, Option<Raw>)> = match compaction {
            Some(item) => vec![(item, None)],
            None => {
                let items = turn.answer.iter().enumerate();
                items.map(|(index, kind)| answered(*kind, number, index)).collect()
            }
        };
        let parent = self.history.iter().rev().find_map(|(_, owner)| *owner);
        let exchange = Exchange {
            seq: number as u32,
            // What the server thinks of threads is not what is recorded.
            thread: 7,
            endpoint,
            delivery: Delivery::default(),
            wire_bytes: request.to_body().len() as u64,
            request,
            status: 200,
            outcome: Outcome::from(&turn.ending),
            incomplete: None,
            output: made.iter().map(|(item, _)| item.clone()).collect(),
            usage: turn.usage.map(|tokens| Usage::new(tokens, tokens / 2, 3, 5, 1)),
            error: None,
            response_id: String::new(),
        };
        let (id, by) = (format!("resp_{number}"), format!("step {number}"));
        let answered =
            Answered { ending: &turn.ending, response_id: &id, answered_by: &by, sent: None };
        self.recorder.push(&exchange, &answered);
        self.exchanges.push(exchange);
        self.parents.push(parent);
        let owner = Some(number as u32);
        self.history.extend(made.iter().map(|(item, _)| (item.clone(), owner)));
        self.history.extend(made.into_iter().filter_map(|(_, output)| Some((output?, owner))));
        self.after.push(self.history.clone());
    }
}

/// The request of a recorded exchange, put together again.
fn request(recording: &Recording, recorded: &Recorded) -> Request {
    let raw = |digest: &Digest| recording.items[digest].raw().unwrap().clone();
    Request {
        fields: recorded.fields.iter().map(|(key, value)| (key.clone(), raw(value))).collect(),
        input: recorded.input.iter().map(raw).collect(),
        input_at: recorded.input_at.map(|at| at as usize),
        input_is_text: recorded.input_is_text,
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        4 => Just(Shape::Append),
        1 => Just(Shape::Compact(Endpoint::Responses)),
        1 => Just(Shape::Compact(Endpoint::Compact)),
        1 => Just(Shape::Clear),
        1 => (0..6usize).prop_map(Shape::Window),
        1 => (0..8usize).prop_map(Shape::Fork),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let failed = || Ending::Failed { code: "server_error".into(), message: "it broke".into() };
    let endings = prop_oneof![
        6 => Just(Ending::Completed),
        1 => Just(Ending::Incomplete("max_output_tokens".into())),
        1 => Just(failed()),
    ];
    (
        shape(),
        prop::collection::vec(0..SAID.len(), 0..4),
        prop::collection::vec(0..5usize, 0..4),
        0..FIELDS.len(),
        endings,
        prop::option::of(0..9_000u64),
    )
        .prop_map(|(shape, said, answer, fields, ending, usage)| Turn {
            shape,
            said,
            answer,
            fields,
            ending,
            usage,
        })
}

proptest! {
    #[test]
    fn what_was_recorded_is_read_back(turns in prop::collection::vec(turn(), 1..12)) {
        let Session { recorder, exchanges, parents, .. } = Session::play(&turns);
        let recording = recorder.finish();

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.jsonl");
        recording.save(&path).unwrap();
        let read = Recording::load(&path).unwrap();
        prop_assert_eq!(&read, &recording);
        prop_assert_eq!(read.to_jsonl(), std::fs::read_to_string(&path).unwrap());

        prop_assert_eq!(read.exchanges.len(), exchanges.len());
        for (number, (recorded, exchange)) in read.exchanges.iter().zip(&exchanges).enumerate() {
            prop_assert_eq!(&request(&read, recorded), &exchange.request);
            prop_assert_eq!(read.output(recorded), exchange.output.clone());
            prop_assert_eq!(recorded.endpoint, exchange.endpoint);
            let outcome = Outcome::from(&recorded.ending);
            prop_assert_eq!((outcome, recorded.usage), (exchange.outcome, exchange.usage));
            prop_assert_eq!(&recorded.response_id, &format!("resp_{number}"));
            prop_assert_eq!(&recorded.answered_by, &format!("step {number}"));
            prop_assert_eq!(recorded.parent, parents[number]);
            let thread = match recorded.parent {
                Some(parent) => read.exchanges[parent as usize].thread,
                None => parents[..number].iter().filter(|parent| parent.is_none()).count() as u32,
            };
            prop_assert_eq!(recorded.thread, thread);
        }
    }

    #[test]
    fn an_older_version_is_migrated_without_loss(turns in prop::collection::vec(turn(), 1..8)) {
        let text = Session::play(&turns).recorder.finish().to_jsonl();
        let old = text.replacen("\"version\":2", "\"version\":1", 1);
        let path = Path::new("old.jsonl");
        prop_assert!(Recording::parse(path, &old).is_err());
        prop_assert_eq!(migrate(path, &old).unwrap(), Some((1, text.clone())));
        prop_assert_eq!(migrate(path, &text).unwrap(), None);
    }

    #[test]
    fn redacting_a_recording_keeps_what_names_what(turns in prop::collection::vec(turn(), 1..8)) {
        let recording = Session::play(&turns).recorder.finish();
        let secrets = Secrets::new(["over two lines", "elsewhere"].map(str::to_owned));
        let (new, _) = recording.without_secrets(&secrets);
        prop_assert_eq!(new.to_jsonl().len(), recording.to_jsonl().len());
        prop_assert_eq!(&Recording::parse(Path::new("x"), &new.to_jsonl()).unwrap(), &new);
        prop_assert_eq!(new.without_secrets(&secrets), (new.clone(), vec![]));
        prop_assert!(!new.to_jsonl().contains("elsewhere"));
    }
}
