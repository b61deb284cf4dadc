//! The `apply_patch` tool: the published `*** Begin Patch` grammar, as a pure function over file
//! contents.

/// A parsed patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {}

/// What a patch does to one file. Paths are as written in the patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a new file (or overwrites one).
    Add {
        /// The file.
        path: String,
        /// Its content.
        content: String,
    },
    /// Removes a file.
    Delete {
        /// The file.
        path: String,
    },
    /// Changes a file, and perhaps moves it.
    Update {
        /// The file.
        path: String,
        /// Where it goes.
        move_to: Option<String>,
        /// Its new content.
        content: String,
    },
}

/// Why a patch does not parse or apply; the text is what the model reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatchError(pub String);

impl Patch {
    /// Parses a patch.
    pub fn parse(_text: &str) -> Result<Self, PatchError> {
        unimplemented!()
    }

    /// The files that must be read before [`Patch::apply`], in order of appearance.
    #[must_use]
    pub fn reads(&self) -> Vec<&str> {
        unimplemented!()
    }

    /// Computes every change from current contents (`None`: no such file). Nothing is half done: an
    /// error leaves all files as they are.
    pub fn apply(&self, _read: impl Fn(&str) -> Option<String>) -> Result<Vec<Change>, PatchError> {
        unimplemented!()
    }
}
