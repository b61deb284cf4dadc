//! The files of a pack, and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path};

/// A file, with all that a seed keeps of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// Where it lies, with `/`.
    pub path: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Or its bytes, where they are no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Or where the link leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether its owner may execute it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

impl Packed {
    /// A text file.
    #[must_use]
    pub fn text(path: &str, text: String) -> Self {
        Self { path: path.into(), text: Some(text), base64: None, link: None, executable: false }
    }
}

/// All files of a folder, sorted by path, as if it lay at `at`.
///
/// # Errors
/// What the system says.
pub fn collect(folder: &Path, at: &str) -> std::io::Result<Vec<Packed>> {
    let mut found = Vec::new();
    walk(folder, at, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, at: &str, found: &mut Vec<Packed>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{at}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &path, found)?;
        } else if kind.is_symlink() {
            let target = std::fs::read_link(entry.path())?.to_string_lossy().into_owned();
            found.push(Packed {
                text: None,
                link: Some(target),
                ..Packed::text(&path, String::new())
            });
        } else {
            let mut file = match String::from_utf8(std::fs::read(entry.path())?) {
                Ok(text) => Packed::text(&path, text),
                Err(bytes) => Packed {
                    text: None,
                    base64: Some(STANDARD.encode(bytes.as_bytes())),
                    ..Packed::text(&path, String::new())
                },
            };
            file.executable = is_executable(&entry.metadata()?);
            found.push(file);
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

/// Writes files below a folder. A pack may come from anywhere: no name leads out of it, and none
/// lies below a link, so that nothing is made through one.
pub(super) fn unpack(files: &[Packed], folder: &Path) -> Result<(), String> {
    let (links, plain): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.link.is_some());
    let through = |path: &Path| {
        let below = |link: &&Packed| path != Path::new(&link.path) && path.starts_with(&link.path);
        links.iter().any(below)
    };
    // Before anything is made.
    for file in files {
        let path = Path::new(&file.path);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("the name {:?} leads out of the pack", file.path));
        }
        if through(path) {
            return Err(format!("the name {:?} leads through a link", file.path));
        }
    }
    for file in plain.into_iter().chain(links.iter().copied()) {
        let path = folder.join(&file.path);
        write(file, &path).map_err(|error| format!("{}: {error}", file.path))?;
    }
    Ok(())
}

fn write(file: &Packed, path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let bytes = match (&file.text, &file.base64, &file.link) {
        (Some(text), None, None) => text.clone().into_bytes(),
        (None, Some(base64), None) => {
            let wrong = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
            STANDARD.decode(base64).map_err(wrong)?
        }
        (None, None, Some(target)) => return link(target, path),
        _ => {
            let what = "a file has exactly one of text, base64, link";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
        }
    };
    std::fs::write(path, bytes)?;
    mode(path, file.executable)
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn mode(path: &Path, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn mode(_: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Packed, collect, unpack};

    #[test]
    fn what_is_collected_is_unpacked_as_it_was() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = Packed { executable: true, ..Packed::text("a/run.sh", "true\n".into()) };
        let bytes = Packed {
            text: None,
            base64: Some("/wA=".into()),
            ..Packed::text("a/b/x.bin", String::new())
        };
        let link = Packed {
            text: None,
            link: Some("b/x.bin".into()),
            ..Packed::text("a/to", String::new())
        };
        let files = vec![bytes, script, link];
        unpack(&files, one.path()).unwrap();
        let found = collect(&one.path().join("a"), "a").unwrap();
        assert_eq!(found, files);
        unpack(&found, two.path()).unwrap();
        assert_eq!(collect(two.path(), "").unwrap(), collect(one.path(), "").unwrap());
    }

    #[test]
    fn no_name_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        for path in ["../x", "/tmp/x", "a/../../x"] {
            let error = unpack(&[Packed::text(path, "x".into())], &inside).unwrap_err();
            assert!(error.contains("leads out"), "{error}");
        }
        let link = |path: &str, target: &str| Packed {
            text: None,
            link: Some(target.into()),
            ..Packed::text(path, String::new())
        };
        for below in [Packed::text("l/x", "x".into()), link("l/x", "y"), link("l/d/x", "y")] {
            let error = unpack(&[link("l", ".."), below], &inside).unwrap_err();
            assert!(error.contains("leads through a link"), "{error}");
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was made");
    }
}
