//! Errors in files that people write: every one names file, line and column, shows the line, and
//! says how to mend it where that can be known.

use std::path::{Path, PathBuf};

/// Why a scenario, script, variant, agent file or `unreel.toml` is not usable.
///
/// Reads `scenarios/x/scenario.yaml:12:3: unknown key `mesages``, then the snippet with a caret,
/// then `help: ..`.
#[derive(Debug, thiserror::Error)]
#[error("{inner}")]
pub struct ScenarioError {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: ScenarioErrorKind,
    path: Option<PathBuf>,
    at: Option<(u64, u64)>,
    snippet: Option<String>,
    help: Option<String>,
}

/// The kinds of [`ScenarioError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioErrorKind {
    /// A file or folder that must be there is not.
    #[error("there is no {0}")]
    Missing(String),
    /// The system refused to read something.
    #[error("cannot read: {0}")]
    Io(String),
    /// The text is not YAML (`unreel.toml`: not TOML), or a value has another type than the key wants.
    #[error("{0}")]
    Yaml(String),
    /// A key or a name from a fixed list that is not on the list.
    #[error("unknown {what} `{found}`")]
    Unknown {
        /// `key`, `value`.
        what: &'static str,
        /// What stands there.
        found: String,
    },
    /// A key that must be there is not.
    #[error("the key `{0}` is missing")]
    MissingKey(String),
    /// A key stands twice in one mapping.
    #[error("the key `{0}` stands twice")]
    DuplicateKey(String),
    /// A value that is well-formed but cannot be meant.
    #[error("{what} (at {pointer})")]
    Invalid {
        /// What is wrong.
        what: String,
        /// Where, as a path of keys: `checks/0/run`.
        pointer: String,
    },
    /// Something in the seed that must not be there.
    #[error("{0}")]
    Refused(String),
    /// No scenario of this name.
    #[error("unknown scenario `{0}`")]
    UnknownScenario(String),
    /// A folder without scenarios.
    #[error("no scenarios here")]
    NoScenarios,
    /// Two scenarios of one run share a name.
    #[error("two scenarios are named `{0}`")]
    SameName(String),
    /// No variant of this name.
    #[error("unknown variant `{0}`")]
    UnknownVariant(String),
}

impl ScenarioError {
    pub(crate) fn new(kind: ScenarioErrorKind) -> Self {
        Self { inner: Box::new(Inner { kind, path: None, at: None, snippet: None, help: None }) }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::new(ScenarioErrorKind::Io(error.to_string())).in_file(path)
    }

    pub(super) fn missing(path: &Path, what: impl Into<String>) -> Self {
        Self::new(ScenarioErrorKind::Missing(what.into())).in_file(path)
    }

    pub(super) fn refused(path: &Path, why: &str) -> Self {
        Self::new(ScenarioErrorKind::Refused(why.into())).in_file(path)
    }

    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.inner.path = Some(path.to_owned());
        self
    }

    /// Points at line and column (from 1) of `text` and cuts the snippet out of it.
    pub(crate) fn at(mut self, text: &str, line: u64, column: u64) -> Self {
        self.inner.at = Some((line, column));
        self.inner.snippet = snippet(text, line, column);
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.inner.help = Some(help.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ScenarioErrorKind {
        &self.inner.kind
    }

    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.inner.at.map(|(line, _)| line)
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.inner.at.map(|(_, column)| column)
    }

    /// The line of the file with a caret below it.
    #[must_use]
    pub fn snippet(&self) -> Option<&str> {
        self.inner.snippet.as_deref()
    }
}

impl std::fmt::Display for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}", path.display())?;
            if let Some((line, column)) = self.at {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.kind)?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n{snippet}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

/// Longest part of a line that a snippet shows, in characters.
const WIDTH: usize = 90;

fn snippet(text: &str, line: u64, column: u64) -> Option<String> {
    let index = usize::try_from(line.checked_sub(1)?).ok()?;
    let before = usize::try_from(column.checked_sub(1)?).ok()?;
    let source = text.lines().nth(index)?;
    // A long line is shown from a little before the column on.
    let skipped = if before > WIDTH { before - WIDTH / 2 } else { 0 };
    let shown: String = source.chars().skip(skipped).take(WIDTH).collect();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(before - skipped);
    Some(format!("{margin} |\n{number} | {shown}\n{margin} | {indent}^"))
}

/// `did you mean ..?` when some of `names` is near `word`, else the list of them.
pub(crate) fn suggest(word: &str, names: &[&str]) -> String {
    match similar::get_close_matches(word, names, 1, 0.6).first() {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there are none".into(),
        None => format!("one of: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let text = format!("{}X{}", "a".repeat(200), "b".repeat(200));
        let shown = snippet(&text, 1, 201).expect("the line is there");
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[2].find('^').expect("a caret");
        assert_eq!(&lines[1][caret..=caret], "X");
        assert!(lines[1].len() < 100);
    }

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_gets_the_list() {
        assert_eq!(suggest("mesages", &["messages", "model"]), "did you mean `messages`?");
        assert_eq!(suggest("zzz", &["messages", "model"]), "one of: messages, model");
    }
}
