//! `read`, `write` and `view`: tools of their own where there are some, else a patch or the shell.

use super::arguments::Arguments;
use super::command::Command;
use super::path_tools::{PATHS, with_path, with_write_tool};
use super::quote::{quoted, write_command};
use super::{Dialect, NoTool, javascript};
use crate::scenario::{ReadAction, Verb, WriteAction};
use crate::server::script::mint::Draft;

pub(super) fn read(dialect: &Dialect<'_>, read: &ReadAction) -> Result<Vec<Draft>, NoTool> {
    if let Some((tool, path)) = with_path(&dialect.advertised, &["read", "read_file"]) {
        let arguments = Arguments::default().with(path, read.path.as_str());
        match (read.lines, tool.first_of(&["offset"]), tool.first_of(&["limit"])) {
            (None, ..) => return Ok(vec![arguments.call(tool, "Read a file")]),
            (Some((first, last)), Some(offset), Some(limit)) => {
                let arguments = arguments.with(offset, first).with(limit, last - first + 1);
                return Ok(vec![arguments.call(tool, "Read a file")]);
            }
            // A tool that reads whole files only: `sed` can do better.
            _ => {}
        }
    }
    let path = quoted(&read.path);
    let cmd = match read.lines {
        Some((first, last)) => format!("sed -n '{first},{last}p' {path}"),
        None => format!("cat {path}"),
    };
    let command = Command { cmd: &cmd, about: "Read a file", ..Command::default() };
    dialect.shell(Verb::Read, "`read`, `read_file` or a shell", &command)
}

pub(super) fn write(dialect: &Dialect<'_>, write: &WriteAction) -> Result<Vec<Draft>, NoTool> {
    if let Some(draft) = with_write_tool(&dialect.advertised, &write.path, &whole(&write.text)) {
        return Ok(vec![draft]);
    }
    // Of the ways to replace a file by a patch only this one is a single operation; the agents that
    // advertise `apply_patch` overwrite a file that is already there.
    let added: String = write.text.lines().map(|line| format!("+{line}\n")).collect();
    let patch = format!("*** Begin Patch\n*** Add File: {}\n{added}*** End Patch\n", write.path);
    if let Some(drafts) = super::patch::with_patch_tool(dialect, &patch) {
        return Ok(drafts);
    }
    let cmd = write_command(&write.path, &whole(&write.text));
    let command = Command { cmd: &cmd, about: "Write a file", ..Command::default() };
    dialect.shell(Verb::Write, "`write`, `write_file`, `apply_patch` or a shell", &command)
}

/// What a patch that adds the file leaves: every line ended by a line feed.
fn whole(text: &str) -> String {
    text.lines().map(|line| format!("{line}\n")).collect()
}

pub(super) fn view(dialect: &Dialect<'_>, path: &str) -> Result<Vec<Draft>, NoTool> {
    if let Some(tool) = dialect.advertised.function(&["view_image"]) {
        let name = tool.first_of(&PATHS).unwrap_or("path");
        return Ok(vec![Arguments::default().with(name, path).call(tool, "Look at an image")]);
    }
    if let Some(tool) = javascript::tool(&dialect.advertised, "view_image") {
        return Ok(vec![javascript::view_image(tool, path)]);
    }
    // Reading tools of agents without `view_image` show images too.
    if let Some((tool, name)) = with_path(&dialect.advertised, &["read", "read_file"]) {
        return Ok(vec![Arguments::default().with(name, path).call(tool, "Look at an image")]);
    }
    let word = quoted(path);
    let cmd = format!("wc -c {word} && head -c 16 {word} | od -A n -c");
    let command = Command { cmd: &cmd, about: "Size and kind of an image", ..Command::default() };
    dialect.shell(Verb::View, "`view_image`, `read` or a shell", &command)
}
