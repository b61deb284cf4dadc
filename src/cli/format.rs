//! How a command shows what it found: the values of `--format` that several commands share.

use clap::ValueEnum;

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs; docs/formats.md has the shape
    Json,
}

/// The same, or a part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PageFormat {
    /// For people
    Text,
    /// For programs; docs/formats.md has the shape
    Json,
    /// For a comment below a pull request
    Markdown,
}
