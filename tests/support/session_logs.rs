//! Logs of sessions as programs write them, in small: a failing test, a fix, a passing test.
#![allow(dead_code, reason = "each test binary uses a part")]

use serde_json::{Value, json};

/// Where the logged sessions say that they worked.
pub(crate) const FOLDER: &str = "/home/somebody/code/adder";

/// A rollout of Codex, line by line.
pub(crate) struct Codex {
    lines: Vec<String>,
    calls: u32,
}

impl Codex {
    /// A session in a folder, at a commit (none is logged where it is empty).
    pub(crate) fn new(folder: &str, commit: &str) -> Self {
        let mut log = Self { lines: Vec::new(), calls: 0 };
        let mut meta = json!({"id": "019e1625-789d-76c0-80ab-3724b5ddb799",
            "timestamp": "2026-03-02T09:00:00.000Z", "cwd": folder, "originator": "codex_exec",
            "cli_version": "0.149.0", "base_instructions": {"text": "You are an agent."}});
        if !commit.is_empty() {
            meta["git"] = json!({"commit_hash": commit, "branch": "main",
                "repository_url": "https://example.invalid/adder.git"});
        }
        log.line("session_meta", &meta);
        log.line("turn_context", &json!({"cwd": folder, "model": "gpt-5.5"}));
        log.message("developer", "input_text", "<permissions instructions>\n..");
        let context =
            format!("<environment_context>\n  <cwd>{folder}</cwd>\n</environment_context>");
        log.message("user", "input_text", &context);
        log
    }

    fn line(&mut self, kind: &str, payload: &Value) {
        let minute = self.lines.len();
        let line = json!({"timestamp": format!("2026-03-02T09:{minute:02}:00.000Z"), "type": kind,
            "payload": payload});
        self.lines.push(line.to_string());
    }

    fn message(&mut self, role: &str, part: &str, text: &str) {
        let content = json!([{"type": part, "text": text}]);
        let item = json!({"type": "message", "role": role, "content": content});
        self.line("response_item", &item);
    }

    pub(crate) fn user(&mut self, text: &str) {
        self.message("user", "input_text", text);
        self.line("event_msg", &json!({"type": "user_message", "message": text}));
    }

    pub(crate) fn says(&mut self, text: &str) {
        self.message("assistant", "output_text", text);
        self.count();
    }

    /// An item of any kind.
    pub(crate) fn item(&mut self, item: &Value) {
        self.line("response_item", item);
    }

    /// A command in a folder, with its exit code and output.
    pub(crate) fn runs(&mut self, cmd: &str, folder: &str, exit: i32, output: &str) {
        let id = self.id();
        let arguments = json!({"cmd": cmd, "workdir": folder, "yield_time_ms": 1000}).to_string();
        self.item(&json!({"type": "function_call", "name": "exec_command", "arguments": arguments,
            "call_id": id}));
        self.count();
        let text = format!(
            "Chunk ID: a21e41\nWall time: 0.1 seconds\nProcess exited with code {exit}\nOriginal token \
             count: 9\nOutput:\n{output}"
        );
        self.item(&json!({"type": "function_call_output", "call_id": id, "output": text}));
    }

    pub(crate) fn patches(&mut self, patch: &str) {
        let id = self.id();
        self.item(&json!({"type": "custom_tool_call", "status": "completed", "call_id": id,
            "name": "apply_patch", "input": patch}));
        self.count();
        let output = json!({"output": "Success. Updated the following files:\nM x\n",
            "metadata": {"exit_code": 0, "duration_seconds": 0.1}});
        self.item(&json!({"type": "custom_tool_call_output", "call_id": id,
            "output": output.to_string()}));
    }

    fn id(&mut self) -> String {
        self.calls += 1;
        format!("call_{}", self.calls)
    }

    fn count(&mut self) {
        let tokens = |n: usize| {
            json!({"input_tokens": 100 * n, "cached_input_tokens": 0, "output_tokens": n,
                "reasoning_output_tokens": 0, "total_tokens": 101 * n})
        };
        let info = json!({"total_token_usage": tokens(self.lines.len()),
            "last_token_usage": tokens(1), "model_context_window": 200_000});
        self.line("event_msg", &json!({"type": "token_count", "info": info}));
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// A session of Claude Code, line by line.
pub(crate) struct Claude {
    folder: String,
    lines: Vec<String>,
    calls: u32,
}

impl Claude {
    pub(crate) fn new(folder: &str) -> Self {
        Self { folder: folder.to_owned(), lines: Vec::new(), calls: 0 }
    }

    fn line(&mut self, kind: &str, message: &Value) {
        let number = self.lines.len();
        let parent = number.checked_sub(1).map(|number| format!("uuid-{number}"));
        let line = json!({"parentUuid": parent, "isSidechain": false, "userType": "external",
            "cwd": self.folder, "sessionId": "624a4a58-d1c2-4ea7-8fbc-2a5f0e4a5c11",
            "version": "2.0.76", "gitBranch": "main", "type": kind, "message": message,
            "uuid": format!("uuid-{number}"),
            "timestamp": format!("2026-03-02T09:{number:02}:00.000Z")});
        self.lines.push(line.to_string());
    }

    pub(crate) fn user(&mut self, text: &str) {
        self.line("user", &json!({"role": "user", "content": text}));
    }

    pub(crate) fn says(&mut self, text: &str) {
        self.answer(&json!({"type": "text", "text": text}));
    }

    fn answer(&mut self, block: &Value) {
        let id = format!("msg_{}", self.lines.len());
        self.line(
            "assistant",
            &json!({"id": id, "type": "message", "role": "assistant",
            "model": "claude-opus-4-5", "content": [block], "stop_reason": null,
            "usage": {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}}),
        );
    }

    /// A call and its result.
    pub(crate) fn uses(&mut self, tool: &str, input: &Value, result: &str, is_error: bool) {
        self.calls += 1;
        let id = format!("toolu_{}", self.calls);
        self.answer(&json!({"type": "tool_use", "id": id, "name": tool, "input": input}));
        let mut block = json!({"tool_use_id": id, "type": "tool_result", "content": result});
        if is_error {
            block["is_error"] = true.into();
        }
        self.line("user", &json!({"role": "user", "content": [block]}));
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}
