//! Patch text to hunks.
//!
//! Strict where a guess could change the wrong lines, lenient where nothing can go wrong: a heredoc
//! around the patch, blank lines between hunks, indented markers, CRLF.

use super::errors::{PatchError, quoted};

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";
const ADD: &str = "*** Add File:";
const DELETE: &str = "*** Delete File:";
const UPDATE: &str = "*** Update File:";
const MOVE: &str = "*** Move to:";
const END_OF_FILE: &str = "*** End of File";

/// A parsed patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// One for each header, in order.
    pub hunks: Vec<Hunk>,
}

/// What a patch does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hunk {
    /// A new file, or a new content for one.
    Add {
        /// The file.
        path: String,
        /// Its lines, without their line feeds.
        lines: Vec<String>,
    },
    /// The file goes.
    Delete {
        /// The file.
        path: String,
    },
    /// The file changes.
    Update {
        /// The file.
        path: String,
        /// Where it goes.
        move_to: Option<String>,
        /// In file order; none for a plain move.
        chunks: Vec<Chunk>,
    },
}

/// One place of change in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Texts of the `@@` headers: lines to be passed, one after the other, before the chunk.
    pub contexts: Vec<String>,
    /// Kept, removed and added lines in order.
    pub lines: Vec<Line>,
    /// The chunk stands at the end of the file.
    pub end_of_file: bool,
}

/// One line of a chunk, without its sign and line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Stays.
    Context(String),
    /// Goes.
    Remove(String),
    /// Comes.
    Add(String),
}

impl Line {
    /// The text that must stand in the file, if any must.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        match self {
            Line::Context(text) | Line::Remove(text) => Some(text),
            Line::Add(_) => None,
        }
    }

    /// The text that stands there afterwards, if any does.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        match self {
            Line::Context(text) | Line::Add(text) => Some(text),
            Line::Remove(_) => None,
        }
    }
}

impl Patch {
    /// Parses a patch.
    ///
    /// # Errors
    /// Names the line (from 1) that does not fit, and what would. Never panics, on any text.
    pub fn parse(text: &str) -> Result<Self, PatchError> {
        let mut cursor = Cursor { lines: body(text)?, at: 0 };
        let mut hunks = Vec::new();
        while let Some((number, line)) = cursor.peek() {
            let header = line.trim();
            cursor.at += 1;
            if header.is_empty() {
                continue;
            }
            hunks.push(if let Some(rest) = header.strip_prefix(ADD) {
                Hunk::Add { path: path(number, rest)?, lines: cursor.added() }
            } else if let Some(rest) = header.strip_prefix(DELETE) {
                Hunk::Delete { path: path(number, rest)? }
            } else if let Some(rest) = header.strip_prefix(UPDATE) {
                cursor.update(number, path(number, rest)?)?
            } else {
                return Err(PatchError::hunk(
                    number,
                    &format!(
                        "'{}' is not a hunk header: use '{ADD} path', '{DELETE} path' or \
                         '{UPDATE} path'",
                        quoted(header)
                    ),
                ));
            });
        }
        if hunks.is_empty() {
            return Err(PatchError::patch("it has no hunks"));
        }
        Ok(Self { hunks })
    }
}

/// The numbered lines between the begin and end markers.
fn body(text: &str) -> Result<Vec<(usize, &str)>, PatchError> {
    let all: Vec<(usize, &str)> = text.lines().enumerate().map(|(at, l)| (at + 1, l)).collect();
    let lines = inside_heredoc(trimmed(&all));
    let ([(_, first), rest @ ..], Some((_, last))) = (lines, lines.last()) else {
        return Err(PatchError::patch("it is empty"));
    };
    if first.trim() != BEGIN {
        return Err(PatchError::patch(&format!(
            "the first line must be '{BEGIN}', not '{}'",
            quoted(first.trim())
        )));
    }
    match rest {
        [inner @ .., (_, end)] if end.trim() == END => Ok(inner.to_vec()),
        _ => Err(PatchError::patch(&format!(
            "the last line must be '{END}', not '{}'",
            quoted(last.trim())
        ))),
    }
}

/// Without blank lines at both ends.
fn trimmed<'a, 'b>(mut lines: &'b [(usize, &'a str)]) -> &'b [(usize, &'a str)] {
    while let [(_, first), rest @ ..] = lines
        && first.trim().is_empty()
    {
        lines = rest;
    }
    while let [rest @ .., (_, last)] = lines
        && last.trim().is_empty()
    {
        lines = rest;
    }
    lines
}

/// Models that know the shell form write `<<'EOF'` around the patch, some with the command in front.
fn inside_heredoc<'a, 'b>(lines: &'b [(usize, &'a str)]) -> &'b [(usize, &'a str)] {
    let [(_, first), inner @ .., (_, last)] = lines else { return lines };
    let first = first.trim();
    let opening = first.strip_prefix("apply_patch").map_or(first, str::trim_start);
    let Some(word) = opening.strip_prefix("<<") else { return lines };
    let word = word.strip_prefix('-').unwrap_or(word).trim();
    let word =
        ['\'', '"'].iter().find_map(|q| word.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(word);
    if word.is_empty() || last.trim() != word { lines } else { trimmed(inner) }
}

fn path(number: usize, rest: &str) -> Result<String, PatchError> {
    match rest.trim() {
        "" => Err(PatchError::hunk(number, "the path is missing")),
        path => Ok(path.to_owned()),
    }
}

/// Whether a hunk starts here; the markers may be indented.
fn is_header(line: &str) -> bool {
    [ADD, DELETE, UPDATE].iter().any(|marker| line.trim_start().starts_with(marker))
}

struct Cursor<'a> {
    lines: Vec<(usize, &'a str)>,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<(usize, &'a str)> {
        self.lines.get(self.at).copied()
    }

    /// The next line that is not blank.
    fn peek_solid(&self) -> Option<&'a str> {
        self.lines.iter().skip(self.at).map(|(_, l)| *l).find(|l| !l.trim().is_empty())
    }

    /// The `+` lines of an added file.
    fn added(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some((_, line)) = self.peek()
            && let Some(text) = line.strip_prefix('+')
        {
            lines.push(text.to_owned());
            self.at += 1;
        }
        lines
    }

    fn update(&mut self, number: usize, file: String) -> Result<Hunk, PatchError> {
        let mut move_to = None;
        if let Some((number, line)) = self.peek()
            && let Some(rest) = line.trim().strip_prefix(MOVE)
        {
            move_to = Some(path(number, rest)?);
            self.at += 1;
        }
        let mut chunks = Vec::new();
        loop {
            // Blank lines in front of a marker separate; others are empty context lines.
            match self.peek_solid() {
                None => break,
                Some(next) if next.starts_with("@@") => self.skip_blank(),
                Some(next) if next.starts_with("***") || is_header(next) => break,
                Some(_) if !chunks.is_empty() => self.skip_blank(),
                Some(_) => {}
            }
            let chunk = self.chunk(chunks.is_empty())?;
            chunks.push(chunk);
        }
        if chunks.is_empty() && move_to.is_none() {
            return Err(PatchError::hunk(number, &format!("the update of {file} has no chunks")));
        }
        Ok(Hunk::Update { path: file, move_to, chunks })
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(|(_, line)| line.trim().is_empty()) {
            self.at += 1;
        }
    }

    /// One chunk. Only the first of a file may do without an `@@` header.
    fn chunk(&mut self, first: bool) -> Result<Chunk, PatchError> {
        let mut chunk = Chunk::default();
        let start = self.at;
        while let Some((_, line)) = self.peek()
            && let Some(rest) = line.strip_prefix("@@")
        {
            if !rest.trim().is_empty() {
                chunk.contexts.push(rest.strip_prefix(' ').unwrap_or(rest).to_owned());
            }
            self.at += 1;
        }
        if self.at == start
            && !first
            && let Some((number, line)) = self.peek()
        {
            return Err(PatchError::hunk(
                number,
                &format!("'{}' is outside of a chunk: start one with '@@'", quoted(line)),
            ));
        }
        let mut bare = 0;
        while let Some((number, line)) = self.peek() {
            let (sign, text) = match line.chars().next() {
                None => (' ', ""),
                Some(sign) => (sign, &line[sign.len_utf8()..]),
            };
            match sign {
                ' ' => chunk.lines.push(Line::Context(text.to_owned())),
                '-' => chunk.lines.push(Line::Remove(text.to_owned())),
                '+' => chunk.lines.push(Line::Add(text.to_owned())),
                '@' if line.starts_with("@@") => break,
                '*' if line.trim_end() == END_OF_FILE && !chunk.lines.is_empty() => {
                    self.at += 1;
                    chunk.end_of_file = true;
                    return Ok(chunk);
                }
                '*' if line.starts_with("***") => break,
                _ => {
                    return Err(PatchError::hunk(
                        number,
                        &format!(
                            "'{}' must start with ' ' (kept), '-' (removed), '+' (added) or '@@'",
                            quoted(line)
                        ),
                    ));
                }
            }
            bare = if line.is_empty() { bare + 1 } else { 0 };
            self.at += 1;
        }
        // A blank line between an insertion and the next hunk is no context to search for.
        let solid = chunk.lines.len() - bare;
        if self.peek().is_none_or(|(_, line)| line.starts_with("***"))
            && solid > 0
            && chunk.lines[..solid].iter().all(|line| line.before().is_none())
        {
            chunk.lines.truncate(solid);
        }
        if chunk.lines.is_empty() {
            let number = self.lines.get(start).map_or(0, |(number, _)| *number);
            return Err(PatchError::hunk(number, "the chunk has no lines"));
        }
        Ok(chunk)
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
