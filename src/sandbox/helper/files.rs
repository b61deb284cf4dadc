//! File operations in the workspace.
//!
//! Pipes and devices are refused before they are opened: reading one would stop the event loop.

use super::super::protocol::Answer;
use super::super::spec::{Entry, EntryKind};
use crate::wire::Digest;
use std::fs::{self, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

const EXECUTE: u32 = 0o111;

/// Writes a file, making its parents.
pub(super) fn write(path: &Path, content: &[u8], executable: bool) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::metadata(path) {
        Ok(found) => regular(&found)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

/// A file's content and whether it is executable; `None` if there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<(Vec<u8>, bool)>> {
    let mut file = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Ok(file) => file,
        Err(error) if absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = file.metadata()?;
    regular(&found)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(Some((content, executable(&found))))
}

/// Removes a file or link; whether there was one.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if absent(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Everything below a folder; see `Sandbox::list`.
pub(super) fn list(name: &str, folder: &Path) -> Answer {
    let mut entries = Vec::new();
    match walk(folder, "", &mut entries) {
        Ok(()) => {
            entries.sort();
            Answer::Entries(entries)
        }
        Err((path, error)) if path.is_empty() => Answer::file(name, error),
        Err((path, error)) => Answer::file(&format!("{name}/{path}"), error),
    }
}

/// Removes a folder whatever the modes inside it are.
pub(super) fn remove_tree(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            open_up(folder)?;
            fs::remove_dir_all(folder)
        }
        done => done,
    }
}

fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

fn walk(folder: &Path, above: &str, entries: &mut Vec<Entry>) -> Result<(), (String, io::Error)> {
    let here = |error| (above.to_owned(), error);
    for found in fs::read_dir(folder).map_err(here)? {
        let found = found.map_err(here)?;
        let name = found.file_name();
        if name == ".git" {
            continue;
        }
        let name = name.to_string_lossy();
        let path = if above.is_empty() { name.into_owned() } else { format!("{above}/{name}") };
        let failed = |error| (path.clone(), error);
        let data = match found.metadata() {
            // A running command removed it meanwhile.
            Err(error) if absent(&error) => continue,
            data => data.map_err(failed)?,
        };
        let (kind, digest) = if data.is_dir() {
            (EntryKind::Dir, None)
        } else if data.is_symlink() {
            let target = fs::read_link(found.path()).map_err(failed)?;
            (EntryKind::Link, Some(Digest::of(target.as_os_str().as_bytes())))
        } else if data.is_file() {
            let content = fs::read(found.path()).map_err(failed)?;
            (EntryKind::File, Some(Digest::of(content)))
        } else {
            continue;
        };
        if kind == EntryKind::Dir {
            walk(&found.path(), &path, entries)?;
        }
        let executable = kind == EntryKind::File && executable(&data);
        entries.push(Entry { path, kind, executable, digest });
    }
    Ok(())
}

fn executable(data: &Metadata) -> bool {
    data.permissions().mode() & EXECUTE != 0
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn regular(data: &Metadata) -> io::Result<()> {
    match data {
        data if data.is_file() => Ok(()),
        data if data.is_dir() => Err(io::Error::other("is a folder")),
        _ => Err(io::Error::other("is not a regular file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_read_list_remove() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        write(&at("b/c/run.sh"), b"echo\n", true).unwrap();
        write(&at("b/.git/HEAD"), b"x", false).unwrap();
        write(&at("a-a"), b"", true).unwrap();
        write(&at("a-a"), b"\xff", false).unwrap();
        std::os::unix::fs::symlink("nowhere", at("b/link")).unwrap();
        assert_eq!(read(&at("b/c/run.sh")).unwrap(), Some((b"echo\n".to_vec(), true)));
        assert_eq!(read(&at("a-a")).unwrap(), Some((b"\xff".to_vec(), false)));
        assert_eq!(read(&at("a-a/below")).unwrap(), None);
        assert!(read(&at("b")).is_err() && write(&at("b"), b"", false).is_err());
        let Answer::Entries(entries) = list(".", folder.path()) else { panic!("no list") };
        let seen: Vec<_> =
            entries.iter().map(|e| (e.path.as_str(), e.kind, e.executable)).collect();
        assert_eq!(
            seen,
            [
                ("a-a", EntryKind::File, false),
                ("b", EntryKind::Dir, false),
                ("b/c", EntryKind::Dir, false),
                ("b/c/run.sh", EntryKind::File, true),
                ("b/link", EntryKind::Link, false),
            ]
        );
        assert_eq!(entries[0].digest, Some(Digest::of(b"\xff")));
        assert_eq!(entries[4].digest, Some(Digest::of(b"nowhere")));
        assert!(remove(&at("b/link")).unwrap() && !remove(&at("b/link")).unwrap());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let answer = list("none", &folder.path().join("none"));
        assert!(matches!(answer, Answer::Failed { path: Some(path), .. } if path == "none"));
    }
}
