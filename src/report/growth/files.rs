//! `growth.html` and the pictures in `growth/`.

use super::page::{SHOWN, page};
use super::picture::picture;
use crate::measure::growth::Curves;
use crate::report::ReportError;
use crate::report::files::text;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

/// The folder of the pictures.
const FOLDER: &str = "growth";

/// Writes the page and the pictures; nothing without a session.
pub fn write_growth(out: &Path, all: &[Curves]) -> Result<(), ReportError> {
    if all.is_empty() {
        return Ok(());
    }
    let folder = out.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|cause| ReportError::new(&folder, cause))?;
    let mut files = Vec::new();
    let mut taken = BTreeSet::new();
    for at in shown(all) {
        let file = format!("{FOLDER}/{}.svg", free(&all[at].name, &mut taken));
        text(&out.join(&file), &picture(&all[at]))?;
        files.push((at, file));
    }
    text(&out.join("growth.html"), &page(all, &files))
}

/// The sessions with a picture, in their order: the longest, of equally long ones the first.
fn shown(all: &[Curves]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    places.sort_by_key(|at| Reverse(all[*at].points.len()));
    places.truncate(SHOWN);
    places.sort_unstable();
    places
}

/// A name that every file system takes, and that no other picture has.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| if c.is_alphanumeric() || "@+-_.".contains(c) { c } else { '-' };
    let plain: String = name.chars().map(plain).take(80).collect();
    let mut free = plain.clone();
    let mut number = 1;
    // Some file systems know no difference of case.
    while !taken.insert(free.to_lowercase()) {
        number += 1;
        free = format!("{plain}-{number}");
    }
    free
}

#[cfg(test)]
mod tests {
    use super::free;
    use std::collections::BTreeSet;

    #[test]
    fn names_of_pictures_are_plain_and_different() {
        let mut taken = BTreeSet::new();
        let names = ["a/long@b.jsonl", "x\\Long@b.jsonl", "s@v#2", "é d"];
        let made = names.map(|name| free(name, &mut taken));
        assert_eq!(made, ["long@b.jsonl", "Long@b.jsonl-2", "s@v-2", "é-d"]);
    }
}
