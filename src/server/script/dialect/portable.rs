//! A patch as a command line for agents that have a shell and nothing else.
//!
//! `git apply` cannot carry it out: a patch of ours has no line numbers, and without them
//! (`--unidiff-zero --recount`) each hunk is looked for from the top of the file, not behind the one
//! before it, so repeated lines change in the wrong place. So the command is a small program for any
//! POSIX `sh`: it keeps what it has `seen` of a file apart from the `rest`, and replaces the first
//! place of the rest where the old lines stand. It needs `cat`, `tail`, `mkdir`, `mv` and `rm`; with
//! `tail`, since `${hay#*OLD}` takes minutes for half a megabyte in some shells.
//!
//! Lines are compared exactly; the looser comparisons of [`crate::scenario::patch`] are not tried,
//! and carriage returns count. A patch that fails in its second file has changed the first.

use super::quote::{quoted, write_command};
use crate::scenario::patch::{Chunk, Hunk, Line, Patch};

/// `take OLD NEW` replaces the first place, `swap` takes the first of several pairs that fits,
/// `last` the same at the end of the file, `pass` goes behind a line.
const FUNCTIONS: &str = r#"set -e
LC_ALL=C
nl='
'
fail() { echo "$1" >&2; exit 1; }
open() {
file=$1 seen= tail= at_end= empty=
[ -f "$file" ] || fail "failed to read file to update $file: no such file"
rest=$(cat "$file"; echo .)
rest=${rest%.}
case $rest in '') empty=yes ;; *"$nl") ;; *) rest=$rest$nl ;; esac
}
put() {
[ -z "$head" ] || seen=$seen${head#"$nl"}$nl
seen=$seen$1
}
take() {
if [ -z "$1" ]; then [ -n "$empty" ] && append "$2"; return; fi
hay=$nl$rest
case $at_end$hay in end*"$nl$1") head=${hay%"$nl$1"} rest=; put "$2"; return ;; esac
case $hay in *"$nl$1"*) ;; *) return 1 ;; esac
head=${hay%%"$nl$1"*}
rest=$(printf %s "$hay" | tail -c "+$((${#head} + ${#1} + 2))"; echo .)
rest=${rest%.}
put "$2"
}
swap() {
old=$1
while [ $# -gt 0 ]; do take "$1" "$2" && return; shift 2; done
fail "failed to find expected lines in $file:$nl$old"
}
last() { at_end=end; swap "$@"; at_end=; }
append() { tail=$tail$1; }
insert() { if [ -n "$rest" ]; then seen=$seen$1; else append "$1"; fi; }
pass() { take "$1$nl" "$1$nl" || fail "failed to find context '$1' in $file"; }
save() { printf %s "$seen$rest$tail" > "$file"; }
"#;

/// The command line.
pub(super) fn command(patch: &Patch) -> String {
    let mut body = String::new();
    for hunk in &patch.hunks {
        match hunk {
            Hunk::Add { path, lines } => {
                let content: String = lines.iter().map(|line| format!("{line}\n")).collect();
                body.push_str(&write_command(path, &content));
            }
            Hunk::Delete { path } => body.push_str(&format!("rm {}\n", quoted(path))),
            Hunk::Update { path, move_to, chunks } => {
                let target = move_to.as_ref().unwrap_or(path);
                if let Some(target) = move_to {
                    if let Some((folder, _)) = target.rsplit_once('/') {
                        body.push_str(&format!("mkdir -p {}\n", quoted(folder)));
                    }
                    body.push_str(&format!("mv -f {} {}\n", quoted(path), quoted(target)));
                }
                if !chunks.is_empty() {
                    body.push_str(&format!("open {}\n", quoted(target)));
                    chunks.iter().for_each(|chunk| body.push_str(&steps(chunk)));
                    body.push_str("save\n");
                }
            }
        }
    }
    let searches = patch
        .hunks
        .iter()
        .any(|hunk| matches!(hunk, Hunk::Update { chunks, .. } if !chunks.is_empty()));
    let functions = if searches { FUNCTIONS } else { "set -e\n" };
    // A subshell: some tools keep one shell for all commands.
    format!("(\n{functions}{body})\n")
}

fn steps(chunk: &Chunk) -> String {
    let mut steps = String::new();
    for context in &chunk.contexts {
        steps.push_str(&format!("pass {}\n", text(context)));
    }
    let fits = fits(chunk);
    if fits.is_empty() {
        let new: String = chunk.lines.iter().filter_map(Line::after).map(ended).collect();
        let at_end = chunk.contexts.is_empty() || chunk.end_of_file;
        let verb = if at_end { "append" } else { "insert" };
        steps.push_str(&format!("{verb} {}\n", text(&new)));
        return steps;
    }
    let verb = if chunk.end_of_file { "last" } else { "swap" };
    let pairs: Vec<String> =
        fits.iter().map(|(old, new)| format!(" {} {}", text(old), text(new))).collect();
    steps.push_str(&format!("{verb}{}\n", pairs.concat()));
    steps
}

/// Old and new text of a chunk; then without a blank last old line each, which may stand for the
/// final line feed, or for the gap before the next hunk. No old text at all fits an empty file.
fn fits(chunk: &Chunk) -> Vec<(String, String)> {
    let mut lines: Vec<&Line> = chunk.lines.iter().collect();
    let mut fits = Vec::new();
    loop {
        let old: String = lines.iter().filter_map(|line| line.before()).map(ended).collect();
        let new: String = lines.iter().filter_map(|line| line.after()).map(ended).collect();
        let nothing = old.is_empty();
        if !(nothing && fits.is_empty()) {
            fits.push((old, new));
        }
        if nothing {
            return fits;
        }
        match lines.iter().rposition(|line| line.before().is_some()) {
            Some(last) if lines[last].before() == Some("") => _ = lines.remove(last),
            _ => return fits,
        }
    }
}

fn ended(line: &str) -> String {
    format!("{line}\n")
}

/// A text as one word.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
#[path = "portable_tests.rs"]
mod tests;
