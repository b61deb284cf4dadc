//! A small conversation, written as a recording: what a test changes in it is all that changes.
#![allow(dead_code, reason = "each test binary uses a part")]

use serde_json::{Value, json};
use unreel::recording::{Answered, Delivery, Exchange, Header, Outcome, Recorder, Recording};
use unreel::wire::{Ending, Endpoint, Raw, Request, Usage};

/// What a conversation is made of.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) instructions: String,
    pub(crate) tools: Vec<Value>,
    pub(crate) agents_md: String,
    pub(crate) user: String,
    /// The command of the first call, and what it gave.
    pub(crate) command: String,
    pub(crate) output: String,
    /// Whether the second answer, a patch, is given at all.
    pub(crate) patches: bool,
    pub(crate) said: String,
    /// What ids of answers begin with.
    pub(crate) ids: String,
    /// Whether the last answer came to its end.
    pub(crate) ending: Ending,
}

impl Default for Talk {
    fn default() -> Self {
        let tool = |name: &str, what: &str| json!({"type": "function", "name": name, "description": what, "parameters": {}});
        Self {
            instructions: "You work in a repository.\nRead before you write.\n\
                           Run the tests before you answer.\nBe brief."
                .into(),
            tools: vec![
                tool("exec_command", "Runs a command line."),
                json!({"type": "custom", "name": "apply_patch", "description": "Patches files."}),
                tool("view_image", "Looks at an image."),
            ],
            agents_md: "# AGENTS.md instructions for /workspace\nNever touch vendor/.".into(),
            user: "Change hello to goodbye in a.txt.".into(),
            command: "cat a.txt".into(),
            output: "hello\nworld\n".into(),
            patches: true,
            said: "The word is changed; nothing else was touched.".into(),
            ids: "x".into(),
            ending: Ending::Completed,
        }
    }
}

impl Talk {
    /// The recording.
    pub(crate) fn recording(&self) -> Recording {
        let mut recorder =
            Recorder::new(Header::new("scripted", "toy 1.0", "toy-1", "greeting", "base"));
        let id = |name: &str| format!("{}_{name}", self.ids);
        let context = [
            json!({"role": "developer", "content": "<permissions instructions>\nRead only."}),
            json!({"role": "user", "content": self.agents_md}),
            json!({"role": "user", "content": self.user}),
        ];
        let look = [
            json!({"type": "reasoning", "id": id("r0"), "summary":
                [{"type": "summary_text", "text": "I want to see the file first."}]}),
            json!({"type": "function_call", "id": id("f0"), "call_id": id("c0"),
                "name": "exec_command", "arguments": json!({"cmd": self.command}).to_string()}),
        ];
        let read = json!({"type": "function_call_output", "call_id": id("c0"), "output": format!(
            "Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n{}", self.output)});
        let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-hello\n+goodbye\n*** End Patch";
        let mend = [json!({"type": "custom_tool_call", "id": id("f1"), "call_id": id("c1"),
            "name": "apply_patch", "input": patch})];
        let mended = json!({"type": "custom_tool_call_output", "call_id": id("c1"),
            "output": "Exit code: 1\nWall time: 0 seconds\nOutput:\nno such line: hello"});
        let say = [json!({"type": "message", "id": id("m2"), "role": "assistant",
            "content": [{"type": "output_text", "text": self.said}]})];
        let mut input = context.to_vec();
        self.push(&mut recorder, 0, &input, &look, &Ending::Completed);
        input.extend(look.into_iter().chain([read]));
        if self.patches {
            self.push(&mut recorder, 1, &input, &mend, &Ending::Completed);
            input.extend(mend.into_iter().chain([mended]));
        }
        self.push(&mut recorder, 2, &input, &say, &self.ending);
        recorder.finish()
    }

    /// The text of its file.
    pub(crate) fn jsonl(&self) -> String {
        self.recording().to_jsonl()
    }

    fn push(
        &self,
        recorder: &mut Recorder,
        seq: u32,
        input: &[Value],
        output: &[Value],
        ending: &Ending,
    ) {
        let body = json!({
            "model": "toy-1", "instructions": self.instructions, "tools": self.tools,
            "input": input, "stream": true,
        });
        let exchange = Exchange {
            seq,
            thread: 0,
            endpoint: Endpoint::Responses,
            request: Request::parse(body.to_string().as_bytes()).unwrap(),
            delivery: Delivery::default(),
            wire_bytes: 0,
            status: 200,
            outcome: Outcome::from(ending),
            incomplete: None,
            output: output.iter().map(Raw::from_value).collect(),
            usage: Some(Usage::new(300 + u64::from(seq) * 50, u64::from(seq) * 100, 0, 20, 0)),
            error: None,
            response_id: String::new(),
        };
        let id = format!("resp_{}{seq}", self.ids);
        let answered = Answered { ending, response_id: &id, answered_by: "", sent: None };
        recorder.push(&exchange, &answered);
    }
}
