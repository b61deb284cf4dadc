//! `run`: a command line, in whatever runs commands.

use super::advertised::{Advertised, Tool, ToolKind};
use super::arguments::Arguments;
use super::command::Command;
use super::javascript;
use super::quote::quoted;
use crate::server::script::mint::Draft;
use serde_json::json;

/// Function tools that run a command line, most telling first. Any other function with exactly one
/// required text of a name in [`COMMANDS`] will do as well.
const NAMES: [&str; 8] = [
    "exec_command",
    "shell_command",
    "bash",
    "shell",
    "local_shell",
    "run_command",
    "run_shell_command",
    "execute_command",
];

const COMMANDS: [&str; 3] = ["cmd", "command", "script"];

const FOLDERS: [&str; 5] = ["workdir", "working_directory", "workingDirectory", "cwd", "dir"];

/// How long a tool that can only wait by time is given to show what `wait_for` waits for.
const PATIENCE_MS: u32 = 2_000;

/// What runs commands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shell<'a> {
    Function {
        tool: &'a Tool,
        command: &'static str,
        folder: Option<&'static str>,
    },
    /// The hosted tool `local_shell`.
    Local,
    /// The hosted tool `shell`.
    Hosted,
    /// A tool that runs JavaScript, which calls `exec_command`.
    Code(&'a Tool),
}

impl<'a> Shell<'a> {
    pub(super) fn of(advertised: &'a Advertised) -> Option<Self> {
        if let Some(tool) = advertised.function(&NAMES) {
            return Some(Self::function(tool));
        }
        if advertised.of(ToolKind::LocalShell).is_some() {
            return Some(Self::Local);
        }
        if advertised.of(ToolKind::Shell).is_some() {
            return Some(Self::Hosted);
        }
        if let Some(tool) = javascript::tool(advertised, "exec_command") {
            return Some(Self::Code(tool));
        }
        advertised.all().find(|tool| takes_one_command(tool)).map(Self::function)
    }

    fn function(tool: &'a Tool) -> Self {
        // Without a schema it is a tool that everybody knows, or a guess.
        let by_name = if tool.name == "exec_command" { "cmd" } else { "command" };
        let command = tool.first_of(&COMMANDS).unwrap_or(by_name);
        let folder = match tool.schema.is_null() {
            true => Some("workdir"),
            false => tool.first_of(&FOLDERS),
        };
        Self::Function { tool, command, folder }
    }

    /// The call, or what the tool would have to be able to do.
    pub(super) fn run(&self, command: &Command<'_>) -> Result<Draft, &'static str> {
        match *self {
            Self::Function { tool, command: name, folder } => {
                in_function(tool, name, folder, command)
            }
            Self::Code(tool) => Ok(javascript::exec_command(tool, command, PATIENCE_MS)),
            Self::Local | Self::Hosted if command.wait_for.is_some() => Err(WAITS),
            Self::Local => Ok(Draft::LocalShell {
                command: ["sh", "-c", command.cmd].map(str::to_owned).to_vec(),
                folder: command.workdir.map(str::to_owned),
            }),
            Self::Hosted => Ok(Draft::Shell { command: in_folder(command) }),
        }
    }
}

/// What `wait_for` needs.
const WAITS: &str = "a shell tool that leaves a process running: `exec_command` with `wait_for`, or \
                     with `tty` and `yield_time_ms`";

fn in_function(
    tool: &Tool,
    name: &str,
    folder: Option<&str>,
    command: &Command<'_>,
) -> Result<Draft, &'static str> {
    let line = match folder {
        Some(_) => command.cmd.to_owned(),
        None => in_folder(command),
    };
    let mut arguments = match tool.takes(name, "array") && !tool.takes(name, "string") {
        true => Arguments::default().with(name, json!(["sh", "-c", line])),
        false => Arguments::default().with(name, line),
    };
    if let (Some(folder), Some(workdir)) = (folder, command.workdir) {
        arguments.set(folder, workdir);
    }
    if let Some(text) = command.wait_for {
        if tool.schema.is_null() || tool.property("wait_for").is_some() {
            arguments.set("wait_for", text);
        } else if tool.first_of(&["tty"]).is_some() && tool.first_of(&["yield_time_ms"]).is_some() {
            // By time is the only way here. Without a terminal the input would be closed.
            arguments.set("tty", true);
            arguments.set("yield_time_ms", PATIENCE_MS);
        } else {
            return Err(WAITS);
        }
    }
    Ok(arguments.call(tool, command.about))
}

/// A command line that goes to its folder itself; in a subshell, since some tools keep one shell
/// for all commands.
fn in_folder(command: &Command<'_>) -> String {
    match command.workdir {
        None => command.cmd.to_owned(),
        Some(folder) => format!("(cd {} || exit\n{}\n)", quoted(folder), command.cmd),
    }
}

fn takes_one_command(tool: &Tool) -> bool {
    let required = tool.required();
    let commands = required.iter().filter(|name| COMMANDS.contains(*name));
    tool.kind == ToolKind::Function
        && commands.filter(|name| tool.takes(name, "string")).count() == 1
}
