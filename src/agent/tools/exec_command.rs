//! `exec_command`: a command line in the sandbox.
//!
//! A plain command is waited for to its end, so its output does not depend on the machine's speed.
//! `wait_for` makes it a session that returns on a text; `yield_time_ms` returns by time, which
//! makes the run unsettled.

use super::process::{Patience, wait};
use super::{Outcome, Room, arguments, function};
use crate::agent::folder::{join, shown, writable};
use crate::agent::host::Host;
use crate::sandbox::{Access, ExecSpec};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Args {
    cmd: String,
    workdir: Option<String>,
    wait_for: Option<String>,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<u64>,
}

pub(super) fn definition() -> Value {
    function(
        "exec_command",
        "Runs a command line with sh. Returns its output when it ends, or a session ID for further \
         input if it is still running when wait_for appears or yield_time_ms is over.",
        &["cmd"],
        json!({
            "cmd": {"type": "string", "description": "Command line to run."},
            "max_output_tokens": {
                "type": "number",
                "description": "Longer output is cut in the middle. At most and by default 10000.",
            },
            "wait_for": {
                "type": "string",
                "description": "Return as soon as this text is in the output, and leave the \
                                process running.",
            },
            "workdir": {
                "type": "string",
                "description": "Folder to run in, relative to the working folder.",
            },
            "yield_time_ms": {
                "type": "number",
                "description": "Return after so many milliseconds, and leave the process running. \
                                Without it the command is waited for to its end.",
            },
        }),
    )
}

pub(super) async fn run<H: Host>(room: &Room<'_, H>, text: &str) -> Outcome {
    let args: Args = match arguments(text) {
        Ok(args) => args,
        Err(outcome) => return *outcome,
    };
    execute(room, &args).await.command(&args.cmd)
}

async fn execute<H: Host>(room: &Room<'_, H>, args: &Args) -> Outcome {
    let workdir = join(room.folder, args.workdir.as_deref().unwrap_or("."));
    match room.host.is_dir(&workdir).await {
        Ok(true) => {}
        Ok(false) => {
            let shown = shown(&workdir);
            return Outcome::text(format!("exec_command failed: workdir {shown} is no folder"));
        }
        Err(error) => return Outcome::sandbox("exec_command", &error),
    }
    let spec = ExecSpec {
        cmd: args.cmd.clone(),
        workdir,
        access: writable(room.permissions).map_or(Access::Full, Access::Write),
        interactive: args.wait_for.is_some() || args.yield_time_ms.is_some(),
        network: false,
        env: Vec::new(),
    };
    let patience = Patience {
        wait_for: args.wait_for.clone(),
        yield_time_ms: args.yield_time_ms,
        max_output_tokens: args.max_output_tokens,
    };
    match room.host.start_process(&spec).await {
        Ok(process) => wait(room, "exec_command", process, None, patience).await,
        Err(error) => Outcome::sandbox("exec_command", &error),
    }
}
