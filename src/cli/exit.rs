//! Exit codes, a public list.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is as expected.
    Good,
    /// Some run failed, passed unexpectedly, was unstable, or some scenario does not verify.
    Failed,
    /// The command line or a file of the user is wrong; nothing was run.
    Usage,
    /// The harness could not do its part: sandbox refused, a required program broken, port or
    /// folder not usable. A run that ended so outweighs runs that failed.
    Harness,
    /// Stopped by ctrl-C; what was done is in the journal.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Harness => 3,
            Self::Interrupted => 130,
        }
    }
}
