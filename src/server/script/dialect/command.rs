//! What a `run` wants, before a tool is chosen.

/// A command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Command<'a> {
    pub(super) cmd: &'a str,
    pub(super) workdir: Option<&'a str>,
    pub(super) wait_for: Option<&'a str>,
    /// For tools that want to be told what a command is for.
    pub(super) about: &'a str,
}
