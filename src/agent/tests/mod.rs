//! The loop against a fake server and a fake host.

mod compaction;
mod fake_host;
mod fake_server;
mod layers;
mod limits;
mod mistakes;
mod parallel;
mod retries;
mod tools;

use super::{AgentConfig, Builtin, TurnEnd};
use crate::recording::journal::{Event, OutputEvent, Sink};
use crate::scenario::{Budgets, Compaction, Permissions, Transport};
use crate::wire::{Digest, Kind, Raw, Request};
use fake_host::FakeHost;
use fake_server::FakeServer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A journal in memory.
#[derive(Debug, Default)]
struct List {
    events: Mutex<Vec<Event>>,
    objects: Mutex<BTreeMap<Digest, Vec<u8>>>,
}

impl Sink for List {
    fn object(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.objects.lock().unwrap().insert(digest, bytes.to_vec());
        digest
    }

    fn event(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

impl List {
    fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    fn outputs(&self) -> Vec<OutputEvent> {
        let outputs = self.events().into_iter().filter_map(|event| match event {
            Event::Output(output) => Some(output),
            _ => None,
        });
        outputs.collect()
    }

    /// `seq/attempt reason wait` of every retry.
    fn retries(&self) -> Vec<String> {
        let retries = self.events().into_iter().filter_map(|event| match event {
            Event::Retry { seq, attempt, reason, wait_ms } => {
                Some(format!("{seq}/{attempt} {reason} ({wait_ms})"))
            }
            _ => None,
        });
        retries.collect()
    }

    fn text(&self, digest: Digest) -> String {
        String::from_utf8(self.objects.lock().unwrap()[&digest].clone()).unwrap()
    }
}

/// Agent, server, host and journal of one test.
struct Bench {
    agent: Builtin<FakeHost>,
    server: FakeServer,
    host: Arc<FakeHost>,
    journal: Arc<List>,
}

impl Bench {
    /// `answers` are given in order; one more request is answered 404.
    async fn new(answers: Vec<wiremock::ResponseTemplate>) -> Self {
        Self::with(answers, |_| {}).await
    }

    async fn with(
        answers: Vec<wiremock::ResponseTemplate>,
        change: impl FnOnce(&mut AgentConfig),
    ) -> Self {
        let server = FakeServer::start(answers).await;
        let mut config = AgentConfig {
            base_url: server.base_url(),
            model: "m1".into(),
            instructions: "INSTRUCTIONS".into(),
            developer: None,
            permissions: Permissions::default(),
            skills: Vec::new(),
            date: "2026-01-15".into(),
            folder: ".".into(),
            tools: None,
            prompt: Default::default(),
            effort: None,
            seed: 0,
            transport: Transport::default(),
            compaction: Compaction::default(),
            completion_order: Vec::new(),
            volatile: Vec::new(),
            budgets: Budgets::default(),
            waits: false,
            thread: "key".into(),
        };
        change(&mut config);
        let host = Arc::new(FakeHost::default());
        let journal = Arc::new(List::default());
        let agent = Builtin::new(config, host.clone(), journal.clone()).unwrap();
        Self { agent, server, host, journal }
    }

    async fn done(&mut self, number: u32, text: &str) -> String {
        match self.agent.turn(number, text).await {
            TurnEnd::Done { said } => said,
            other => panic!("{other:?}"),
        }
    }

    async fn failed(&mut self, number: u32, text: &str) -> String {
        match self.agent.turn(number, text).await {
            TurnEnd::Failed { error } => error,
            other => panic!("{other:?}"),
        }
    }

    /// The outputs in the last request, by call order.
    async fn outputs(&self) -> Vec<String> {
        let requests = self.server.requests().await;
        let items = requests.last().unwrap().input.iter().map(Raw::item);
        items.filter(|item| item.kind().is_output()).map(|item| item.text()).collect()
    }
}

/// One line for an item: what it is, with known blocks as names.
fn line(raw: &Raw) -> String {
    let item = raw.item();
    let name = |text: &str| {
        let known = [
            ("<permissions instructions>", "<PERMISSIONS>"),
            ("<environment_context>", "<ENVIRONMENT>"),
            ("# AGENTS.md instructions", "<AGENTS.MD>"),
            ("<skills_instructions>", "<SKILLS>"),
            ("<model_switch>", "<MODEL_SWITCH>"),
            (crate::measure::SUMMARY_REQUEST_HEADS[0], "<SUMMARY_REQUEST>"),
        ];
        let found = known.iter().find(|(head, _)| text.starts_with(head));
        match (found, text.strip_prefix(crate::measure::SUMMARY_HEAD)) {
            (Some((_, name)), _) => (*name).to_owned(),
            (None, Some(rest)) => format!("<SUMMARY>{}", rest.replace('\n', "\\n")),
            (None, None) => text.replace('\n', "\\n"),
        }
    };
    let texts: Vec<String> = item.texts().into_iter().map(name).collect();
    let texts = texts.join("|");
    match item.kind() {
        Kind::Message => format!("message/{}:{texts}", item.role().unwrap()),
        Kind::FunctionCall | Kind::CustomToolCall => format!("call:{}", item.call_id().unwrap()),
        Kind::FunctionCallOutput | Kind::CustomToolCallOutput => {
            let last = texts.rsplit("\\n").find(|part| !part.is_empty()).unwrap_or_default();
            format!("output:{}:{last}", item.call_id().unwrap())
        }
        _ => item.str("type").unwrap_or("?").to_owned(),
    }
}

/// The input of a request, one labelled line for each item.
fn shape(request: &Request) -> Vec<String> {
    request.input.iter().enumerate().map(|(at, raw)| format!("{at:02}:{}", line(raw))).collect()
}

/// The prefix law: every request but for its items equals the one before it, and its items begin
/// with those, byte for byte.
fn assert_prefix_law(requests: &[Request]) {
    for pair in requests.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert_eq!(before.fields, after.fields);
        assert!(after.input.starts_with(&before.input), "{:#?}", (shape(before), shape(after)));
    }
}
