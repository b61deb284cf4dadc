//! The chunks of one update, applied to the text of one file.

use super::errors::{PatchError, quoted};
use super::parse::{Chunk, Line};
use super::seek;

/// A line of the file. Lines that stay keep their own line ending, so that a file with mixed endings
/// changes only where the patch changes it.
struct Source<'a> {
    text: &'a str,
    ending: &'a str,
}

/// `len` lines from `at` on give way to `lines`.
struct Edit<'p> {
    at: usize,
    len: usize,
    lines: Vec<Out<'p>>,
}

enum Out<'p> {
    Kept(usize),
    New(&'p str),
}

/// The text of the file `path` after all chunks.
pub(super) fn update(path: &str, text: &str, chunks: &[Chunk]) -> Result<String, PatchError> {
    let sources: Vec<Source<'_>> = text.split_inclusive('\n').map(source).collect();
    let mut edits = place(path, &sources, chunks)?;
    // Stable: insertions at one place stay in the order of the patch.
    edits.sort_by_key(|edit| edit.at);

    let ending = match sources.first() {
        Some(first) if !first.ending.is_empty() => first.ending,
        _ => "\n",
    };
    let mut result = String::with_capacity(text.len());
    let keep = |result: &mut String, at: usize| {
        let Source { text, ending: own } = &sources[at];
        result.push_str(text);
        // As in the Codex tool, an updated file ends with a line feed even if it did not before.
        result.push_str(if own.is_empty() { ending } else { own });
    };
    let mut next = 0;
    for edit in edits {
        (next..edit.at).for_each(|at| keep(&mut result, at));
        for line in edit.lines {
            match line {
                Out::Kept(at) => keep(&mut result, at),
                Out::New(text) => {
                    result.push_str(text);
                    result.push_str(ending);
                }
            }
        }
        next = edit.at + edit.len;
    }
    (next..sources.len()).for_each(|at| keep(&mut result, at));
    Ok(result)
}

fn source(line: &str) -> Source<'_> {
    let text = line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l));
    Source { text, ending: &line[text.len()..] }
}

/// Finds the place of each chunk, each after the one before: edits never overlap.
fn place<'p>(
    path: &str,
    sources: &[Source<'_>],
    chunks: &'p [Chunk],
) -> Result<Vec<Edit<'p>>, PatchError> {
    let texts: Vec<&str> = sources.iter().map(|s| s.text).collect();
    let mut edits = Vec::new();
    let mut cursor = 0;
    for chunk in chunks {
        for context in &chunk.contexts {
            let wanted = [context.as_str()];
            let Some(at) = seek::find(&texts, &wanted, cursor, false) else {
                let hint = earlier(&texts, &wanted, cursor).unwrap_or_default();
                return Err(PatchError::context_missing(path, context, &hint));
            };
            cursor = at + 1;
        }
        let mut lines: Vec<&Line> = chunk.lines.iter().collect();
        if lines.iter().all(|line| line.before().is_none()) {
            let after_context = !chunk.contexts.is_empty() && !chunk.end_of_file;
            let at = if after_context { cursor } else { texts.len() };
            edits.push(edit(&lines, at, 0));
            continue;
        }
        let (at, len) = loop {
            let wanted: Vec<&str> = lines.iter().filter_map(|line| line.before()).collect();
            if let Some(at) = seek::find(&texts, &wanted, cursor, chunk.end_of_file) {
                break (at, wanted.len());
            }
            if wanted.is_empty() && texts.is_empty() {
                break (0, 0);
            }
            // A blank last line may stand for the final line feed, or for the gap before the next
            // hunk: try without it.
            let last = lines.iter().rposition(|line| line.before().is_some());
            match last {
                Some(last) if lines[last].before() == Some("") => _ = lines.remove(last),
                _ => return Err(missing(path, &texts, chunk, cursor)),
            }
        };
        edits.push(edit(&lines, at, len));
        cursor = at + len;
    }
    Ok(edits)
}

/// The edit that puts `lines` at `at`, where their `len` old lines were found.
fn edit<'p>(lines: &[&'p Line], at: usize, len: usize) -> Edit<'p> {
    let mut old = at..at + len;
    let mut out = Vec::new();
    for line in lines {
        match line {
            // Where the match was loose, the file's own text is the better one.
            Line::Context(_) => out.extend(old.next().map(Out::Kept)),
            Line::Remove(_) => _ = old.next(),
            Line::Add(text) => out.push(Out::New(text)),
        }
    }
    Edit { at, len, lines: out }
}

/// The error for old lines that are not there, with the place that comes nearest.
fn missing(path: &str, texts: &[&str], chunk: &Chunk, cursor: usize) -> PatchError {
    let wanted: Vec<&str> = chunk.lines.iter().filter_map(Line::before).collect();
    let hint = earlier(texts, &wanted, cursor).or_else(|| {
        let (at, fit) = seek::nearest(texts, &wanted, cursor)?;
        let line = at + fit;
        Some(match texts.get(line) {
            Some(text) => {
                let (fits, differs) = (at + 1, line + 1);
                let text = quoted(text);
                format!("\n(nearest: line {fits} fits, but line {differs} is '{text}')")
            }
            None => format!("\n(nearest: line {line} fits, but the file ends after it)"),
        })
    });
    PatchError::lines_missing(path, &wanted, &hint.unwrap_or_default())
}

/// Says so if the lines stand before the place where the search began.
fn earlier(texts: &[&str], wanted: &[&str], cursor: usize) -> Option<String> {
    let at = seek::find(texts, wanted, 0, false).filter(|_| cursor > 0)?;
    let line = at + 1;
    Some(format!("\n(found at line {line}, but chunks must follow the order of the file)"))
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
