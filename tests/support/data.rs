//! Where the real sessions and traces are that some tests read. They are third-party material and
//! no part of the repository: a test that finds none says so and returns.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder below the data, or `None` after a line that says `SKIPPED` and why.
#[allow(dead_code, reason = "not every test crate that has this module reads single files")]
pub(crate) fn data(place: &str) -> Option<PathBuf> {
    let Some(root) = root() else {
        skipped(
            "no data: UNREEL_TEST_DATA is not set, and no folder beside the checkout has data/sessions",
        );
        return None;
    };
    let path = root.join(place);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("the data holds no {place}"));
    None
}

/// Past the capture of a test's output: a test that was skipped passes, and would say nothing.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// All files below a folder of the data whose name ends so, in sorted order; none after a line that
/// says `SKIPPED`.
#[allow(dead_code, reason = "not every test crate that has this module reads whole folders")]
pub(crate) fn files(place: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(folder) = data(place) {
        walk(&folder, end, &mut found);
    }
    found
}

fn walk(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() {
            walk(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
}

/// `UNREEL_TEST_DATA`, else the first `*/data` beside the checkout that holds sessions.
fn root() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("UNREEL_TEST_DATA") {
        return Some(named.into());
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(beside).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| folder.join("data"))
        .find(|data| data.join("sessions").is_dir())
}
