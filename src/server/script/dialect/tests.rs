//! Verbs against tool lists as agents advertise them, cut down to what decides.

use super::Dialect;
use crate::scenario::{Action, DialectMap};
use crate::server::script::mint::Draft;
use crate::wire::Request;
use serde_json::{Value, json};

fn action(yaml: &str) -> Action {
    serde_yaml::from_str(yaml).expect("an action")
}

fn rendered(body: &Value, map: &DialectMap, yaml: &str) -> Result<Vec<Draft>, String> {
    let request = Request::parse(body.to_string().as_bytes()).expect("a request");
    let dialect = Dialect::of(&request, map);
    dialect.render(&action(yaml)).map_err(|error| error.to_string())
}

fn all(tools: &Value, yaml: &str) -> Vec<Draft> {
    let body = json!({"tools": tools, "input": []});
    rendered(&body, &DialectMap::default(), yaml).expect("a rendering")
}

fn one(tools: &Value, yaml: &str) -> Draft {
    let mut drafts = all(tools, yaml);
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    drafts.remove(0)
}

fn error(tools: &Value, yaml: &str) -> String {
    let body = json!({"tools": tools, "input": []});
    rendered(&body, &DialectMap::default(), yaml).expect_err("no rendering")
}

fn function(name: &str, required: &[&str], properties: &[(&str, &str)]) -> Value {
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, kind)| ((*name).to_owned(), json!({"type": kind}))).collect();
    json!({"type": "function", "name": name, "parameters": {
        "type": "object", "properties": properties, "required": required,
    }})
}

fn call(name: &str, arguments: &Value) -> Draft {
    Draft::Function { name: name.into(), namespace: None, arguments: arguments.to_string() }
}

fn custom(name: &str, input: &str) -> Draft {
    Draft::Custom { name: name.into(), namespace: None, input: input.into() }
}

fn codex() -> Value {
    json!([
        function(
            "exec_command",
            &["cmd"],
            &[
                ("cmd", "string"),
                ("tty", "boolean"),
                ("workdir", "string"),
                ("yield_time_ms", "number")
            ],
        ),
        function(
            "write_stdin",
            &["session_id"],
            &[("chars", "string"), ("session_id", "number"), ("yield_time_ms", "number")],
        ),
        function("request_user_input", &["questions"], &[("questions", "array")]),
        function("view_image", &["path"], &[("path", "string")]),
    ])
}

fn with(mut tools: Value, tool: Value) -> Value {
    tools.as_array_mut().expect("a list").push(tool);
    tools
}

fn bash() -> Value {
    function(
        "bash",
        &["command"],
        &[("command", "string"), ("timeout", "integer"), ("workdir", "string")],
    )
}

fn opencode() -> Value {
    let mut todowrite = function("todowrite", &["todos"], &[("todos", "array")]);
    todowrite["parameters"]["properties"]["todos"]["items"] = json!({
        "properties": {"content": {"type": "string"}, "status": {"type": "string"}, "priority": {"type": "string"}},
        "required": ["content", "status", "priority"],
    });
    json!([
        bash(),
        function(
            "edit",
            &["filePath", "oldString", "newString"],
            &[
                ("filePath", "string"),
                ("oldString", "string"),
                ("newString", "string"),
                ("replaceAll", "boolean")
            ],
        ),
        function(
            "read",
            &["filePath"],
            &[("filePath", "string"), ("offset", "integer"), ("limit", "integer")]
        ),
        todowrite,
        function(
            "write",
            &["content", "filePath"],
            &[("content", "string"), ("filePath", "string")]
        ),
    ])
}

/// Codex in code mode: one namespace that holds a tool which runs JavaScript.
fn code_mode() -> Value {
    let declares =
        |name: &str| format!("declare const tools: {{ {name}(args: {{}}): Promise<unknown>; }};\n");
    let description: String =
        ["exec_command", "apply_patch", "view_image", "write_stdin"].map(declares).concat();
    json!({"input": [{"type": "additional_tools", "role": "developer", "tools": [
        {"type": "namespace", "name": "functions", "tools": [
            {"type": "custom", "name": "exec", "description": format!("Runs JavaScript.\n{description}")},
        ]},
    ]}]})
}

const PATCH: &str = "patch: |\n  *** Begin Patch\n  *** Update File: a\n  @@\n   keep\n  -old\n  +new\n  *** End Patch\n";
const PATCH_TEXT: &str =
    "*** Begin Patch\n*** Update File: a\n@@\n keep\n-old\n+new\n*** End Patch\n";

#[test]
fn run_goes_to_whatever_runs_commands() {
    let run = "run: {cmd: make, workdir: sub}";
    let both = json!({"cmd": "make", "workdir": "sub"});
    assert_eq!(one(&codex(), run), call("exec_command", &both));
    let both = json!({"command": "make", "workdir": "sub"});
    assert_eq!(one(&opencode(), run), call("bash", &both));
    let shell_command =
        function("shell_command", &["command"], &[("command", "string"), ("workdir", "string")]);
    assert_eq!(one(&json!([shell_command]), run), call("shell_command", &both));
    let argv = function("shell", &["command"], &[("command", "array"), ("workdir", "string")]);
    let list = json!({"command": ["sh", "-c", "make"], "workdir": "sub"});
    assert_eq!(one(&json!([argv]), run), call("shell", &list));
    let command = ["sh", "-c", "make"].map(str::to_owned).to_vec();
    let local = Draft::LocalShell { command, folder: Some("sub".into()) };
    assert_eq!(one(&json!([{"type": "local_shell"}]), run), local);
    let hosted = Draft::Shell { command: "(cd sub || exit\nmake\n)".into() };
    assert_eq!(one(&json!([{"type": "shell"}]), run), hosted);
}

#[test]
fn an_unknown_tool_that_takes_one_command_will_do() {
    let tool = function(
        "cli",
        &["script", "why", "seconds"],
        &[("script", "string"), ("why", "string"), ("seconds", "integer")],
    );
    let arguments =
        json!({"script": "(cd 'a b' || exit\nls\n)", "why": "Run a command", "seconds": 0});
    assert_eq!(one(&json!([tool]), "run: {cmd: ls, workdir: a b}"), call("cli", &arguments));
    let other = function("cli", &["query"], &[("query", "string")]);
    assert_eq!(
        error(&json!([other]), "run: {cmd: ls}"),
        "the verb `run` needs a shell, such as `exec_command` or `bash`"
    );
}

#[test]
fn waiting_for_a_text_needs_a_tool_that_can() {
    let run = "run: {cmd: serve, wait_for: ready}";
    let waits = function("exec_command", &["cmd"], &[("cmd", "string"), ("wait_for", "string")]);
    let arguments = json!({"cmd": "serve", "wait_for": "ready"});
    assert_eq!(one(&json!([waits]), run), call("exec_command", &arguments));
    let arguments = json!({"cmd": "serve", "tty": true, "yield_time_ms": 2000});
    assert_eq!(one(&codex(), run), call("exec_command", &arguments));
    assert!(error(&opencode(), run).starts_with("the verb `run` needs a shell tool that leaves"));
}

#[test]
fn read_and_write_prefer_tools_of_their_own() {
    let (read, lines) = ("read: {path: a b}", "read: {path: a, lines: [3, 5]}");
    assert_eq!(one(&codex(), read), call("exec_command", &json!({"cmd": "cat 'a b'"})));
    assert_eq!(one(&codex(), lines), call("exec_command", &json!({"cmd": "sed -n '3,5p' a"})));
    assert_eq!(one(&opencode(), read), call("read", &json!({"filePath": "a b"})));
    let arguments = json!({"filePath": "a", "offset": 3, "limit": 3});
    assert_eq!(one(&opencode(), lines), call("read", &arguments));
    let write = "write: {path: d/f, text: \"x\\ny\"}";
    let arguments = json!({"filePath": "d/f", "content": "x\ny\n"});
    assert_eq!(one(&opencode(), write), call("write", &arguments));
    let cmd = "mkdir -p d &&\ncat > d/f <<'EOF'\nx\ny\nEOF\n";
    assert_eq!(one(&json!([bash()]), write), call("bash", &json!({"command": cmd})));
    let added = "*** Begin Patch\n*** Add File: d/f\n+x\n+y\n*** End Patch\n";
    let tools = with(codex(), json!({"type": "custom", "name": "apply_patch"}));
    assert_eq!(one(&tools, write), custom("apply_patch", added));
    let cmd = format!("apply_patch <<'EOF'\n{added}EOF\n");
    assert_eq!(one(&codex(), write), call("exec_command", &json!({"cmd": cmd})));
}

#[test]
fn patch_goes_whole_to_tools_that_take_patches() {
    let tools = with(codex(), json!({"type": "custom", "name": "apply_patch"}));
    assert_eq!(one(&tools, PATCH), custom("apply_patch", PATCH_TEXT));
    let tool = function("apply_patch", &["patchText"], &[("patchText", "string")]);
    let tools = json!([bash(), tool]);
    assert_eq!(one(&tools, PATCH), call("apply_patch", &json!({"patchText": PATCH_TEXT})));
    let cmd = format!("apply_patch <<'EOF'\n{PATCH_TEXT}EOF\n");
    assert_eq!(one(&codex(), PATCH), call("exec_command", &json!({"cmd": cmd})));
}

#[test]
fn the_hosted_patch_tool_gets_one_call_for_each_file() {
    let tools = json!([{"type": "apply_patch"}, {"type": "shell"}]);
    let several = "patch: |\n  *** Begin Patch\n  *** Update File: a\n  @@ fn\n   keep\n  -old\n  +new\n  *** End of File\n  *** Add File: b\n  +x\n  *** Delete File: c\n  *** End Patch\n";
    let operations: Vec<Draft> = [
        json!({"type": "update_file", "path": "a", "diff": "@@ fn\n keep\n-old\n+new\n*** End of File\n"}),
        json!({"type": "create_file", "path": "b", "diff": "+x\n"}),
        json!({"type": "delete_file", "path": "c"}),
    ]
    .into_iter()
    .map(|operation| Draft::ApplyPatch { operation })
    .collect();
    assert_eq!(all(&tools, several), operations);
    let moved =
        "patch: |\n  *** Begin Patch\n  *** Update File: a\n  *** Move to: b\n  *** End Patch\n";
    let shell = Draft::Shell { command: "(\nset -e\nmv -f a b\n)\n".into() };
    assert_eq!(one(&tools, moved), shell, "it cannot move files");
}

#[test]
fn edits_are_for_one_change_in_each_file_and_the_shell_for_the_rest() {
    let edit = json!({"filePath": "a", "oldString": "keep\nold\n", "newString": "keep\nnew\n"});
    assert_eq!(one(&opencode(), PATCH), call("edit", &edit));
    let with_file = PATCH.replace("  *** End", "  *** Add File: b\n  +x\n  *** End");
    let added = json!({"filePath": "b", "content": "x\n"});
    assert_eq!(all(&opencode(), &with_file), [call("edit", &edit), call("write", &added)]);
    for (from, to) in [
        ("  *** End", "  @@\n  -more\n  *** End"),
        ("  *** End", "  *** Delete File: c\n  *** End"),
        ("  @@\n", "  @@ fn\n"),
        ("   keep\n  -old\n", ""),
        ("  *** End", "  *** Update File: a\n  -x\n  *** End"),
    ] {
        let Draft::Function { name, .. } = one(&opencode(), &PATCH.replace(from, to)) else {
            panic!("a function call")
        };
        assert_eq!(name, "bash", "{to}");
    }
    // Without a shell there is no other way.
    let editor = json!([opencode()[1]]);
    let two = PATCH.replace("  *** End", "  @@\n  -more\n  +less\n  *** End");
    assert_eq!(all(&editor, &two).len(), 2);
    assert_eq!(
        error(&editor, &PATCH.replace("  @@\n", "  @@ fn\n")),
        "the verb `patch` needs `apply_patch`, `edit` or a shell"
    );
}

#[test]
fn a_patch_that_is_none_is_an_error_unless_a_tool_takes_it_whole() {
    let bad = "patch: nonsense";
    let message = error(&opencode(), bad);
    assert!(message.contains("`apply_patch`, since it is invalid patch"), "{message}");
    assert!(matches!(one(&codex(), bad), Draft::Function { .. }));
}

#[test]
fn a_plan_without_a_tool_is_printed_so_that_the_turn_goes_on() {
    let plan = "plan: ['completed: look', 'pending: it''s next']";
    let update = function("update_plan", &["plan"], &[("plan", "array")]);
    let steps = json!({"plan": [
        {"step": "look", "status": "completed"}, {"step": "it's next", "status": "pending"},
    ]});
    assert_eq!(one(&with(codex(), update), plan), call("update_plan", &steps));
    let todos = json!({"todos": [
        {"content": "look", "status": "completed", "priority": "medium"},
        {"content": "it's next", "status": "pending", "priority": "medium"},
    ]});
    assert_eq!(one(&opencode(), plan), call("todowrite", &todos));
    let cmd = "cat <<'EOF'\ncompleted: look\npending: it's next\nEOF\n";
    assert_eq!(one(&codex(), plan), call("exec_command", &json!({"cmd": cmd})));
}

#[test]
fn images_are_looked_at_or_at_least_measured() {
    let path = json!({"path": "p.png"});
    assert_eq!(one(&codex(), "view: p.png"), call("view_image", &path));
    let path = json!({"filePath": "p.png"});
    assert_eq!(one(&opencode(), "view: p.png"), call("read", &path));
    let cmd = "wc -c p.png && head -c 16 p.png | od -A n -c";
    assert_eq!(one(&json!([bash()]), "view: p.png"), call("bash", &json!({"command": cmd})));
}

#[test]
fn code_mode_calls_the_inner_tools() {
    let exec = |yaml: &str| {
        let drafts = rendered(&code_mode(), &DialectMap::default(), yaml).expect("a rendering");
        let [Draft::Custom { name, namespace, input }] = &drafts[..] else { panic!("{drafts:?}") };
        assert_eq!((name.as_str(), namespace.as_deref()), ("exec", Some("functions")));
        input.clone()
    };
    let run = "const result = await tools.exec_command({\"cmd\":\"ls \\\"x\\\"\",\"workdir\":\"d\"});\ntext(result.output);\n";
    assert!(exec("run: {cmd: 'ls \"x\"', workdir: d}").starts_with(run));
    let patch = Value::from(PATCH_TEXT);
    assert_eq!(exec(PATCH), format!("text(await tools.apply_patch({patch}));\n"));
    assert!(exec("view: p").ends_with("image(result.image_url);\n"));
    assert_eq!(exec("plan: ['pending: a']"), "text(\"pending: a\");\n");
    assert!(exec("run: {cmd: x, wait_for: y}").contains("store(\"session\""));
    let stdin =
        "raw: {tool: write_stdin, arguments: '{\"session_id\": 1000, \"chars\": \"a\\n\"}'}";
    assert!(exec(stdin).contains("load(\"session\"), \"chars\": \"a\\n\""));
    let malformed = "raw: {tool: exec_command, arguments: '{\"cmd\": \"ls\"'}";
    assert_eq!(exec(malformed), "text(await tools.exec_command({\"cmd\": \"ls\"));\n");
}

#[test]
fn raw_calls_of_built_in_tools_go_to_their_equivalents() {
    let malformed = "raw: {tool: exec_command, arguments: '{\"cmd\": \"ls\"'}";
    let draft = |name: &str, arguments: &str| Draft::Function {
        name: name.into(),
        namespace: None,
        arguments: arguments.into(),
    };
    assert_eq!(one(&codex(), malformed), draft("exec_command", "{\"cmd\": \"ls\""));
    assert_eq!(one(&opencode(), malformed), draft("bash", "{\"command\": \"ls\""));
    let plan = "raw: {tool: update_plan, arguments: '{\"plan\": 1}'}";
    assert_eq!(one(&opencode(), plan), draft("todowrite", "{\"todos\": 1}"));
    assert_eq!(one(&codex(), plan), draft("update_plan", "{\"plan\": 1}"), "unknown there");
    let unknown = "raw: {tool: read_file, arguments: '{}'}";
    assert_eq!(one(&opencode(), unknown), draft("read_file", "{}"));
    let patch = "raw: {tool: apply_patch, input: nonsense}";
    let tool = function("apply_patch", &["patchText"], &[("patchText", "string")]);
    let arguments = json!({"patchText": "nonsense"});
    assert_eq!(one(&json!([tool]), patch), call("apply_patch", &arguments));
    assert_eq!(one(&opencode(), patch), custom("apply_patch", "nonsense"), "nothing fits");
}

#[test]
fn input_goes_to_the_session_that_the_agent_named() {
    let said = "Chunk ID: 1\nProcess running with session ID 87347\nOutput:\nPier: ";
    let body = json!({"tools": codex(), "input": [
        {"type": "function_call_output", "call_id": "c", "output": said},
    ]});
    let raw = "raw: {tool: write_stdin, arguments: '{\"session_id\": 1000, \"chars\": \"x\", \"close\": true}'}";
    let arguments = json!({"session_id": 87347, "chars": "x", "yield_time_ms": 2000});
    let drafts = rendered(&body, &DialectMap::default(), raw);
    assert_eq!(drafts, Ok(vec![call("write_stdin", &arguments)]));
    // A session that never was stays one.
    let raw = raw.replace("1000", "4242");
    let drafts = rendered(&body, &DialectMap::default(), &raw).expect("verbatim");
    let Draft::Function { arguments, .. } = &drafts[0] else { panic!("{drafts:?}") };
    assert!(arguments.contains("4242"));
}

#[test]
fn an_agent_file_goes_first() {
    let map: DialectMap = serde_yaml::from_str(
        "run: {tool: go, arguments: {line: 'sh: {cmd}', in: '{workdir}', deep: ['{cmd}']}}\n\
         patch: {tool: mend, input: '<{patch}>'}\n\
         read: {tool: show, arguments: {file: '{path}', from: '{first}', lines: '{count}'}}\n",
    )
    .expect("a map");
    let tools = json!([
        function("go", &["line", "why"], &[("line", "string"), ("why", "string")]),
        {"type": "custom", "name": "mend"},
        bash(),
    ]);
    let body = json!({"tools": tools, "input": []});
    let render = |yaml: &str| rendered(&body, &map, yaml);
    let arguments = json!({"line": "sh: ls {x}", "deep": ["ls {x}"], "why": "run"});
    assert_eq!(render("run: {cmd: 'ls {x}'}"), Ok(vec![call("go", &arguments)]));
    assert_eq!(render("patch: p"), Ok(vec![custom("mend", "<p>")]));
    assert_eq!(
        render("read: {path: a}"),
        Err("the verb `read` needs the function tool `show` of the agent file".to_owned())
    );
    let shown = json!([function("show", &["file"], &[("file", "string")])]);
    let body = json!({"tools": shown, "input": []});
    let arguments = json!({"file": "a", "from": 2, "lines": 3});
    let drafts = rendered(&body, &map, "read: {path: a, lines: [2, 4]}");
    assert_eq!(drafts, Ok(vec![call("show", &arguments)]));
    // Verbs that it does not name are rendered as ever.
    assert!(render("write: {path: a, text: b}").is_ok());
}
