//! A folder for runs whose journals nobody keeps.

use crate::run::{OutDir, RunError};

/// The folder; gone when this is dropped.
pub(super) struct Scratch(OutDir);

impl Scratch {
    /// Makes one in the folder for temporary files.
    pub(super) fn new(what: &str) -> Result<Self, RunError> {
        let name = format!("unreel-{what}-{}", std::process::id());
        Ok(Self(OutDir::prepare(&std::env::temp_dir().join(name))?))
    }

    /// Where the runs go.
    pub(super) fn out(&self) -> &OutDir {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind lies among temporary files.
        let _ = std::fs::remove_dir_all(self.0.path());
    }
}
