//! Scenario folders for the tests of this room.

use super::{Scenario, ScenarioError};
use std::path::PathBuf;

/// A temporary folder of scenarios.
pub(super) struct Folder {
    dir: tempfile::TempDir,
}

/// What every scenario needs; tests append their keys.
pub(super) const MINIMAL: &str = "summary: x\nmessages: [{text: go}, {text: on}]\n\
    checks:\n  - name: works\n    run: {cmd: sh test.sh}\n    on_seed: {exit: 1}\n";

impl Folder {
    pub(super) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("mkdir");
        std::fs::write(path, text).expect("write");
    }

    /// A scenario with a seed of one file, and these keys besides the minimal ones.
    pub(super) fn scenario(&self, name: &str, keys: &str) {
        self.write(&format!("{name}/repo/test.sh"), "exit 1\n");
        self.write(&format!("{name}/scenario.yaml"), &format!("{MINIMAL}{keys}"));
    }

    pub(super) fn load(&self, name: &str) -> Result<Scenario, ScenarioError> {
        Scenario::load(&self.path(name))
    }
}
