//! Where drifting requests find their place: threads that are interleaved, retries, streams that
//! were cut, and recordings of many exchanges.

use super::Replay;
use crate::cache::{Call, Ledger};
use crate::recording::matching::{Policy, Severity};
use crate::recording::{Entry, Header, Recorded, Recording};
use crate::scenario::CacheSpec;
use crate::server::{Answer, Ask, Declined, Model};
use crate::wire::{Ending, Endpoint, Raw, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A conversation of `turns` answers: each calls a tool, the last one says that it is done.
struct Talk {
    name: String,
    instructions: String,
    output: &'static str,
    turns: usize,
    /// What the user asks for; the name, unless another talk begins alike.
    task: String,
}

impl Talk {
    fn new(name: &str, turns: usize) -> Self {
        let instructions = "You are careful.".to_owned();
        Self { name: name.to_owned(), instructions, output: "ok", turns, task: name.to_owned() }
    }

    fn answer(&self, turn: usize) -> Vec<Value> {
        let name = &self.name;
        if turn + 1 == self.turns {
            let text = json!([{"type": "output_text", "text": "Done."}]);
            let id = format!("msg_{name}");
            return vec![
                json!({"type": "message", "id": id, "role": "assistant", "content": text}),
            ];
        }
        let call = |part: usize| {
            json!({"type": "function_call", "id": format!("fc_{name}_{turn}_{part}"),
                "call_id": format!("call_{name}_{turn}_{part}"), "name": "run", "arguments": "{}"})
        };
        vec![call(0), call(1)]
    }

    fn request(&self, turn: usize) -> Request {
        let mut input = vec![
            json!({"role": "developer", "content": "<permissions instructions>\nnone"}),
            json!({"role": "user", "content": format!("Task {} of the long list.", self.task)}),
        ];
        for before in 0..turn {
            let calls = self.answer(before);
            let output = |call: &Value| {
                json!({"type": "function_call_output", "call_id": call["call_id"],
                    "output": self.output})
            };
            let outputs: Vec<Value> = calls.iter().map(output).collect();
            input.extend(calls.into_iter().chain(outputs));
        }
        let body = json!({"model": "m", "instructions": self.instructions, "input": input});
        Request::parse(body.to_string().as_bytes()).unwrap()
    }
}

/// Put together by hand: the recorder looks for repetitions, which takes its time on many.
fn recording(talks: &[Talk]) -> Recording {
    let header = Header::new("scripted", "test", "m", "s", "base");
    let mut recording = Recording { header, items: BTreeMap::new(), exchanges: Vec::new() };
    for (thread, talk) in talks.iter().enumerate() {
        for turn in 0..talk.turns {
            let request = talk.request(turn);
            let mut keep = |raw: &Raw| {
                recording.items.insert(raw.digest(), Entry::Raw(raw.clone()));
                raw.digest()
            };
            let fields = request.fields.iter().map(|(key, raw)| (key.clone(), keep(raw))).collect();
            let input = request.input.iter().map(&mut keep).collect();
            let output =
                talk.answer(turn).iter().map(|item| keep(&Raw::from_value(item))).collect();
            let before = recording.exchanges.len() as u32;
            recording.exchanges.push(Recorded {
                thread: thread as u32,
                parent: (turn > 0).then(|| before - 1),
                endpoint: Endpoint::Responses,
                fields,
                input_at: Some(2),
                input_is_text: false,
                input,
                response_id: format!("resp_{}_{turn}", talk.name),
                ending: Ending::Completed,
                output,
                usage: None,
                answered_by: format!("{} {turn}", talk.name),
                at_ms: None,
                stale: false,
                sent: None,
                attempts: Vec::new(),
            });
        }
    }
    recording
}

fn ask(replay: &Replay, request: &Request) -> Result<Answer, Declined> {
    replay.answer(&Ask { endpoint: Endpoint::Responses, request })
}

fn severity(answer: &Answer) -> Option<Severity> {
    answer.fit.drift.as_ref().map(|drift| drift.severity())
}

#[test]
fn interleaved_threads_do_not_mix_whatever_they_changed() {
    let mut talks = [Talk::new("a", 4), Talk::new("b", 4)];
    let replay = Replay::new("r", recording(&talks)).with_policy(Policy::Report);
    talks[0].instructions = "You are bold.".into();
    talks[1].output = "not ok";
    for turn in 0..4 {
        // Asked twice, as after a failure of the network: the same answer.
        for _ in 0..2 {
            let answers = talks.each_ref().map(|talk| ask(&replay, &talk.request(turn)).unwrap());
            let expected = talks.each_ref().map(|talk| format!("{} {turn}", talk.name));
            assert_eq!(answers.each_ref().map(|answer| answer.answered_by.clone()), expected);
            assert_eq!(answers.each_ref().map(|answer| answer.thread), [0, 1]);
            let changed = (turn > 0).then_some(Severity::State);
            assert_eq!(answers.each_ref().map(severity), [Some(Severity::Context), changed]);
        }
    }
    assert_eq!(replay.unplayed(), 0);
    assert_eq!(replay.asked(), [Some(2); 8]);
}

/// The cache is kept by thread, and the thread is read from the request: in whatever order the
/// requests of two conversations come, each is told the same count of cached tokens.
#[test]
fn cached_tokens_do_not_depend_on_who_else_asks() {
    let mut talks = [Talk::new("a", 4), Talk::new("b", 4)];
    let replay = Replay::new("r", recording(&talks)).with_policy(Policy::Report);
    talks[1].instructions = "You are bold.".into();
    let cached = |order: &[(usize, usize)]| -> BTreeMap<(usize, usize), u64> {
        let mut ledger = Ledger::new(&CacheSpec::default());
        let asked = order.iter().map(|(talk, turn)| {
            let request = talks[*talk].request(*turn);
            let answer = ask(&replay, &request).unwrap();
            let call = Call {
                thread: answer.thread,
                endpoint: Endpoint::Responses,
                request: &request,
                output: &answer.items,
                response_id: "",
                sent_at: None,
            };
            ((*talk, *turn), ledger.account(&call).usage.cached())
        });
        asked.collect()
    };
    let turns = |talk: usize| (0..4).map(move |turn| (talk, turn));
    let apart: Vec<_> = turns(0).chain(turns(1)).collect();
    let mixed: Vec<_> = turns(0).zip(turns(1)).flat_map(|(a, b)| [b, a]).collect();
    let told = cached(&apart);
    assert!(told[&(1, 3)] > 0);
    assert_eq!(cached(&mixed), told);
}

#[test]
fn strict_refuses_at_the_request_that_differs_and_counts_it_as_unplayed() {
    let mut talks = [Talk::new("a", 3)];
    let replay = Replay::new("r.jsonl", recording(&talks));
    assert!(ask(&replay, &talks[0].request(0)).is_ok());
    talks[0].output = "not ok";
    let declined = ask(&replay, &talks[0].request(1)).unwrap_err();
    insta::assert_snapshot!(declined.error.message, @r#"recording r.jsonl: this request differs (state) from exchange 1 at /input/4/output, byte 0: recorded "ok", received "not ok"; 1 more"#);
    assert_eq!(declined.error.param.as_deref(), Some("/input/4/output"));
    assert_eq!(declined.drift.unwrap().exchange, 1);
    assert_eq!(replay.unplayed(), 2);
}

#[test]
fn the_rest_of_a_cut_answer_is_served_to_a_request_that_drifts() {
    let mut talk = Talk::new("a", 3);
    let replay = Replay::new("r", recording(&[Talk::new("a", 3)])).with_policy(Policy::Report);
    talk.instructions = "You are bold.".into();
    let mut request = talk.request(1);
    // Only the first call of the first answer came through, and was run.
    let [first, _, output, _] = &request.input[2..] else { panic!("{:?}", request.input) };
    request.input = [&request.input[..2], &[first.clone(), output.clone()]].concat();
    let answer = ask(&replay, &request).unwrap();
    assert_eq!((answer.answered_by.as_str(), answer.echoed), ("a 0", 1));
    assert_eq!(severity(&answer), Some(Severity::Context));
}

#[test]
fn what_was_not_recorded_is_a_miss() {
    let talks = [Talk::new("a", 2)];
    let replay = Replay::new("r.jsonl", recording(&talks)).with_policy(Policy::Report);
    let message = |request: &Request| ask(&replay, request).unwrap_err().error.message;
    let mut other = talks[0].request(0);
    other.input[1] = Raw::parse(r#"{"role":"user","content":"Write a poem."}"#).unwrap();
    insta::assert_snapshot!(message(&other), @r#"recording r.jsonl: no recorded conversation begins like this request; the nearest, exchange 0, differs at /input/1/content, byte 0: recorded "Task a of the long list.", received "Write a poem.""#);
    let mut beyond = talks[0].request(1);
    let last = talks[0].answer(1).iter().map(Raw::from_value).collect::<Vec<_>>();
    let user = Raw::parse(r#"{"role":"user","content":"And now?"}"#).unwrap();
    beyond.input.extend(last.into_iter().chain([user]));
    insta::assert_snapshot!(message(&beyond), @"recording r.jsonl: nothing was recorded after exchange 1, the last one of the recording, yet the agent asks again (its request has 8 input items)");
    // A compaction is no step: the answer to the one is none to the other.
    let mut compaction = talks[0].request(1);
    compaction.input.push(Raw::parse(r#"{"type":"compaction_trigger"}"#).unwrap());
    insta::assert_snapshot!(message(&compaction), @"recording r.jsonl: nothing of this kind (step or compaction) was recorded after exchange 0, yet the agent asks again (its request has 7 input items)");
}

/// What a client asked twice, as far as each answer: `a` is the one, `b` the other, with their turns.
fn asked_twice(a: usize, b: usize) -> (Replay, [Talk; 2]) {
    let mut talks = [Talk::new("a", a), Talk::new("b", b)];
    for talk in &mut talks {
        talk.task = "x".into();
    }
    (Replay::new("r", recording(&talks)), talks)
}

fn answers(replay: &Replay, request: &Request, times: usize) -> Vec<String> {
    (0..times).map(|_| ask(replay, request).unwrap().answered_by).collect()
}

#[test]
fn of_two_answers_to_one_request_the_continued_one_is_given() {
    for (a, b, kept) in [(1, 3, 1), (3, 1, 0)] {
        let (replay, talks) = asked_twice(a, b);
        assert_eq!(replay.unplayed(), 3, "the lost answer is not waited for");
        let name = &talks[kept].name;
        assert_eq!(answers(&replay, &talks[0].request(0), 3), vec![format!("{name} 0"); 3]);
        for turn in 1..3 {
            let answer = ask(&replay, &talks[kept].request(turn)).unwrap();
            assert_eq!(answer.answered_by, format!("{name} {turn}"));
        }
        assert_eq!(replay.unplayed(), 0);
        assert_eq!(replay.asked().iter().filter(|asked| asked.is_none()).count(), 1);
    }
}

#[test]
fn of_answers_that_nothing_continues_the_last_is_given() {
    let (replay, talks) = asked_twice(1, 1);
    assert_eq!(answers(&replay, &talks[0].request(0), 2), ["b 0", "b 0"]);
    assert_eq!(replay.asked(), [None, Some(2)]);
}

#[test]
fn answers_that_are_all_continued_are_given_in_turn() {
    let (replay, talks) = asked_twice(2, 2);
    assert_eq!(answers(&replay, &talks[0].request(0), 3), ["a 0", "b 0", "b 0"]);
    for talk in talks.iter().rev() {
        let answer = ask(&replay, &talk.request(1)).unwrap();
        assert_eq!(answer.answered_by, format!("{} 1", talk.name));
    }
    assert_eq!(replay.asked(), [1, 1, 2, 1].map(Some));
}

#[test]
fn a_request_that_drifts_from_two_is_given_the_continued_one() {
    let (replay, mut talks) = asked_twice(1, 3);
    let replay = replay.with_policy(Policy::Report);
    talks[0].instructions = "You are bold.".into();
    let answer = ask(&replay, &talks[0].request(0)).unwrap();
    assert_eq!((answer.answered_by.as_str(), severity(&answer)), ("b 0", Some(Severity::Context)));
}

/// Ten thousand exchanges in two thousand conversations that begin alike. Looking through all of
/// them for each request would take minutes.
#[test]
fn a_large_recording_is_not_searched_for_each_request() {
    let talks: Vec<Talk> = (0..2_000).map(|number| Talk::new(&number.to_string(), 5)).collect();
    let replay = Replay::new("r", recording(&talks));
    assert_eq!(replay.unplayed(), 10_000);
    let start = std::time::Instant::now();
    for talk in &talks {
        for turn in 0..5 {
            let answer = ask(&replay, &talk.request(turn)).unwrap();
            assert_eq!(answer.response_id, format!("resp_{}_{turn}", talk.name));
            assert_eq!(answer.fit.drift, None);
        }
    }
    assert_eq!(replay.unplayed(), 0);
    let seconds = start.elapsed().as_secs();
    assert!(seconds < 60, "{seconds} s");
}
