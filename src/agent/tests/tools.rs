//! What the tools give, errors included.

use super::Bench;
use super::fake_server::{call, custom, run, say, whole};
use crate::sandbox::Access;
use crate::scenario::{Permissions, SandboxMode, Volatile};
use serde_json::{Value, json};

/// Runs these calls in one response and gives their outputs.
async fn outputs(bench: &mut Bench) -> Vec<String> {
    bench.done(1, "GO").await;
    bench.outputs().await
}

async fn of(calls: &[Value]) -> Vec<String> {
    outputs(&mut Bench::new(vec![whole(calls), whole(&[say("done")])]).await).await
}

#[tokio::test]
async fn every_error_is_a_text() {
    let outputs = of(&[
        call("1", "shell", json!({})),
        custom("2", "edit", "x"),
        call("3", "exec_command", json!("{\"cmd\":")),
        call("4", "exec_command", json!({"command": "x"})),
        call("5", "write_stdin", json!({"session_id": 1000})),
        call("6", "exec_command", json!({"cmd": "print x", "workdir": "nowhere"})),
        call("7", "update_plan", json!({"plan": [{"step": "a", "status": "begun"}]})),
        call("8", "view_image", json!({"path": "none.png"})),
        custom("9", "apply_patch", "nonsense"),
        custom("10", "apply_patch", "*** Begin Patch\n*** Delete File: none\n*** End Patch"),
    ])
    .await;
    assert_eq!(outputs[0], "unsupported call: shell");
    assert_eq!(outputs[1], "unsupported custom tool call: edit");
    assert!(outputs[2].starts_with("failed to parse function arguments: EOF while parsing"));
    assert!(outputs[3].starts_with("failed to parse function arguments: missing field `cmd`"));
    assert_eq!(outputs[4], "write_stdin: unknown session id 1000");
    assert_eq!(outputs[5], "exec_command failed: workdir nowhere is no folder");
    assert!(outputs[6].starts_with("failed to parse function arguments: unknown variant `begun`"));
    assert_eq!(outputs[7], "unable to locate image at none.png: no such file");
    assert!(outputs[8].starts_with("apply_patch verification failed: "));
    assert!(outputs[9].starts_with("apply_patch verification failed: "));
    assert_eq!(outputs.len(), 10);
}

#[tokio::test]
async fn commands_give_code_and_output() {
    let calls = [
        run("a", "print hello"),
        run("b", "exit 3"),
        run("c", "bytes"),
        call("d", "exec_command", json!({"cmd": "flood 1000", "max_output_tokens": 10})),
        call("e", "update_plan", json!({"plan": [{"step": "a", "status": "pending"}]})),
    ];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[])]).await;
    let outputs = outputs(&mut bench).await;
    assert!(
        outputs[0]
            .ends_with("Process exited with code 0\nOriginal token count: 2\nOutput:\nhello\n")
    );
    assert!(outputs[1].ends_with("Process exited with code 3\nOriginal token count: 0\nOutput:\n"));
    assert!(outputs[2].ends_with("Output:\na\0\u{fffd}z"));
    assert!(outputs[3].contains("Output:\nWarning: truncated output (original token count: "));
    assert!(outputs[3].contains("Total output lines: 1000\n\nline 0\n"));
    assert_eq!(outputs[4], "Plan updated");
    assert_eq!(bench.agent.commands(), ["print hello", "exit 3", "bytes", "flood 1000"]);
    let events = bench.journal.outputs();
    assert_eq!(events.iter().map(|event| event.exit).collect::<Vec<_>>()[..2], [Some(0), Some(3)]);
    assert_eq!(bench.journal.text(events[0].output), outputs[0]);
    assert!(events[3].raw_bytes > 7000);
}

#[tokio::test]
async fn sessions_go_on_until_they_end() {
    let write = |id: &str, more: Value| {
        let mut arguments = json!({"session_id": 1000});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(id, "write_stdin", arguments)
    };
    let answers = vec![
        whole(&[call("a", "exec_command", json!({"cmd": "serve", "wait_for": "ready"}))]),
        whole(&[write("b", json!({"chars": "ping\n", "wait_for": "ping"}))]),
        whole(&[write("c", json!({"chars": "bye\n", "close": true}))]),
        whole(&[write("d", json!({}))]),
        whole(&[]),
    ];
    let mut bench = Bench::new(answers).await;
    let outputs = outputs(&mut bench).await;
    assert!(outputs[0].contains("Process running with session ID 1000\n"));
    assert!(outputs[1].contains("session ID 1000\n") && outputs[1].ends_with("ping\n"));
    assert!(outputs[2].contains("Process exited with code 7\n"));
    assert_eq!(outputs[3], "write_stdin: unknown session id 1000");
    assert_eq!(bench.agent.unsettled(), None);
    assert!(bench.host.started.lock().unwrap()[0].interactive);
}

#[tokio::test]
async fn returns_by_time_and_left_processes_are_unsettled() {
    let by_time = call("a", "exec_command", json!({"cmd": "hang", "yield_time_ms": 1}));
    let calls = [by_time, run("b", "leave")];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[])]).await;
    let outputs = outputs(&mut bench).await;
    assert!(outputs[0].contains("Process running with session ID 1000"));
    let reasons: Vec<_> = bench.journal.outputs().into_iter().map(|o| o.unsettled).collect();
    assert!(reasons[0].as_ref().unwrap().contains("after 1 ms"));
    assert!(reasons[1].as_ref().unwrap().contains("left processes behind"));
    assert_eq!(bench.agent.unsettled(), reasons[0].as_deref());
}

#[tokio::test]
async fn volatile_text_never_enters_the_history() {
    let calls = [run("a", "print finished in 0.0123s")];
    let mut bench = Bench::with(vec![whole(&calls), whole(&[])], |config| {
        let pattern = r"in [0-9.]+s".into();
        config.volatile = vec![Volatile { pattern, replace: "in TIME".into() }];
    })
    .await;
    let outputs = outputs(&mut bench).await;
    assert!(outputs[0].ends_with("Original token count: 5\nOutput:\nfinished in TIME\n"));
    assert_eq!(bench.journal.outputs()[0].raw_bytes, "finished in TIME\n".len() as u64);
}

#[tokio::test]
async fn patches_keep_the_executable_bit() {
    let patch = "*** Begin Patch\n*** Update File: run.sh\n*** Move to: bin/run.sh\n@@\n-old\n+new\n\
                 *** Update File: b\n@@\n-old\n+new\n*** Add File: c\n+see\n*** Delete File: d\n\
                 *** End Patch";
    let answers = vec![whole(&[custom("a", "apply_patch", patch)]), whole(&[])];
    let mut bench = Bench::with(answers, |config| config.folder = "app".into()).await;
    for file in ["run.sh", "b", "d"] {
        bench.host.put(&format!("app/{file}"), "old\n");
    }
    bench.host.files.lock().unwrap().get_mut("/workspace/app/run.sh").unwrap().1 = true;
    let outputs = outputs(&mut bench).await;
    assert_eq!(
        outputs[0],
        "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\n\
         A c\nM bin/run.sh\nM b\nD d\n"
    );
    assert_eq!(bench.host.get("app/bin/run.sh"), Some(("new\n".into(), true)));
    assert_eq!(bench.host.get("app/run.sh"), None);
    assert_eq!(bench.host.get("app/b"), Some(("new\n".into(), false)));
    let changed =
        ["M app/b", "A app/bin/run.sh", "A app/c", "D app/d", "D app/run.sh"].map(str::to_owned);
    assert_eq!(bench.journal.outputs()[0].changed, changed);
    assert_eq!(bench.agent.patched(), changed.map(|line| line[2..].to_owned()));
}

#[tokio::test]
async fn binary_files_are_deleted_but_not_changed() {
    let patch = |body: &str| format!("*** Begin Patch\n{body}\n*** End Patch");
    let calls = [
        custom("a", "apply_patch", &patch("*** Update File: b\n@@\n-x\n+y")),
        custom("b", "apply_patch", &patch("*** Delete File: b")),
    ];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[])]).await;
    bench.host.files.lock().unwrap().insert("/workspace/b".into(), (vec![b'x', 0xff], false));
    let outputs = outputs(&mut bench).await;
    assert_eq!(outputs[0], "apply_patch verification failed: b is not UTF-8 text");
    assert!(outputs[1].ends_with("D b\n"));
    assert_eq!(bench.host.get("b"), None);
}

#[tokio::test]
async fn permissions_bind_patches_and_commands() {
    let add = |path: &str| format!("*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch");
    let calls = [
        custom("a", "apply_patch", &add("../escaped")),
        custom("b", "apply_patch", &add("/srv/ok")),
        run("c", "print x"),
    ];
    let write = Permissions { writable: vec!["/srv".into()], ..Permissions::default() };
    let read = Permissions { sandbox: SandboxMode::ReadOnly, ..Permissions::default() };
    let full = Permissions { sandbox: SandboxMode::DangerFullAccess, ..Permissions::default() };
    let mut seen = Vec::new();
    for permissions in [write, read, full] {
        let answers = vec![whole(&calls), whole(&[])];
        let mut bench = Bench::with(answers, |config| config.permissions = permissions).await;
        let outputs = outputs(&mut bench).await;
        let access = bench.host.started.lock().unwrap()[0].access.clone();
        seen.push((outputs[0].clone(), outputs[1].starts_with("Exit code: 0"), access));
    }
    let outside =
        "patch rejected: ../escaped is outside of the writable folders (/workspace, /srv)";
    let roots = vec!["/workspace".to_owned(), "/srv".to_owned()];
    assert_eq!(seen[0], (outside.into(), true, Access::Write(roots)));
    let read_only = "patch rejected: the sandbox is read-only";
    assert_eq!(seen[1], (read_only.into(), false, Access::Write(Vec::new())));
    assert!(seen[2].0.starts_with("Exit code: 0") && seen[2].1 && seen[2].2 == Access::Full);
}

/// Hosted tools are not advertised; a model that calls them all the same reads so, in their form.
#[tokio::test]
async fn calls_of_hosted_tools_are_answered_in_their_own_form() {
    let action = json!({"type": "exec", "command": ["ls"], "env": {}});
    let calls = [
        json!({"type": "local_shell_call", "id": "l", "call_id": "a", "status": "completed",
            "action": action}),
        json!({"type": "shell_call", "id": "s", "call_id": "b", "status": "completed",
            "action": {"commands": ["ls"]}}),
        json!({"type": "apply_patch_call", "id": "p", "call_id": "c", "status": "completed",
            "operation": {"type": "delete_file", "path": "x"}}),
        json!({"type": "web_search_call", "id": "w", "status": "completed",
            "action": {"type": "search", "query": "q"}}),
    ];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[])]).await;
    let outputs = outputs(&mut bench).await;
    let outputs: Vec<&str> = outputs.iter().map(|text| text.trim()).collect();
    let expected = ["local_shell", "shell", "apply_patch"];
    assert_eq!(outputs, expected.map(|name| format!("unsupported call: {name}")));
    let sent = bench.server.requests().await.pop().unwrap();
    let last: Vec<Value> = sent.input.iter().rev().take(3).map(|raw| raw.value()).collect();
    assert_eq!(last[2]["id"], "a", "a local shell output has the id of its call");
    assert_eq!(last[1]["output"][0]["outcome"]["exit_code"], 1);
    assert_eq!(last[0]["status"], "failed");
}

#[tokio::test]
async fn images_come_as_data_urls() {
    let calls = [
        call("a", "view_image", json!({"path": "p.png"})),
        call("b", "view_image", json!({"path": "t.txt"})),
    ];
    let mut bench = Bench::new(vec![whole(&calls), whole(&[])]).await;
    let png = b"\x89PNG\r\n\x1a\n".to_vec();
    bench.host.files.lock().unwrap().insert("/workspace/p.png".into(), (png, false));
    bench.host.put("t.txt", "text");
    bench.done(1, "GO").await;
    let request = &bench.server.requests().await[1];
    let image = request.input[5].value();
    let url = "data:image/png;base64,iVBORw0KGgo=";
    assert_eq!(image["output"], json!([{"type": "input_image", "image_url": url}]));
    assert!(request.input[6].item().text().starts_with("unable to process image at t.txt"));
}

#[tokio::test]
async fn a_call_id_is_never_taken_twice() {
    let answers = vec![whole(&[run("a", "print x"), run("a", "print y")]), whole(&[say("ok")])];
    let mut bench = Bench::new(answers).await;
    assert_eq!(bench.failed(1, "GO").await, "the model sent the call id \"a\" a second time");
    assert_eq!(bench.done(2, "AGAIN").await, "ok", "the history was not poisoned");
}
