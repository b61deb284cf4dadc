//! A seed out of a plain folder of files and links.
//!
//! It is read in sorted order; what is kept of a file is its bytes and whether its owner may
//! execute it, so that the umask of whoever cloned it changes nothing.

use super::{SeedContent, SeedFile, too_large};
use crate::scenario::error::ScenarioError;
use std::path::Path;

/// Everything below the folder, sorted by path. Refuses `.git` and `Cargo.toml`.
pub(super) fn read(root: &Path) -> Result<Vec<SeedFile>, ScenarioError> {
    if !root.is_dir() {
        return Err(ScenarioError::missing(root, "seed folder")
            .help("put the files of the repository there, as a plain folder without `.git`"));
    }
    let mut files = Vec::new();
    walk(root, root, "", &mut 0, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// `bytes` are those read so far: what is too large is refused before memory is full.
fn walk(
    root: &Path,
    folder: &Path,
    prefix: &str,
    bytes: &mut u64,
    out: &mut Vec<SeedFile>,
) -> Result<(), ScenarioError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| ScenarioError::io(&path, &error)
    };
    for entry in std::fs::read_dir(folder).map_err(fail(folder))? {
        let entry = entry.map_err(fail(folder))?;
        let host = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(ScenarioError::refused(&host, "a name in a seed must be UTF-8"));
        };
        refuse(&name, &host)?;
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(fail(&host))?;
        if kind.is_file() {
            *bytes += entry.metadata().map_err(fail(&host))?.len();
        }
        if let Some(why) = too_large(out.len() + 1, *bytes) {
            return Err(ScenarioError::refused(root, &why));
        }
        if kind.is_dir() {
            walk(root, &host, &format!("{path}/"), bytes, out)?;
        } else if kind.is_symlink() {
            let target = std::fs::read_link(&host).map_err(fail(&host))?;
            let Some(target) = target.to_str().map(str::to_owned) else {
                return Err(ScenarioError::refused(&host, "a link in a seed must be UTF-8"));
            };
            out.push(SeedFile { path, content: SeedContent::Link { target } });
        } else if kind.is_file() {
            let bytes = std::fs::read(&host).map_err(fail(&host))?.into();
            let executable = is_executable(&entry.metadata().map_err(fail(&host))?);
            out.push(SeedFile { path, content: SeedContent::File { bytes, executable } });
        } else {
            return Err(ScenarioError::refused(
                &host,
                "a seed holds files, folders and links only",
            ));
        }
    }
    Ok(())
}

fn refuse(name: &str, host: &Path) -> Result<(), ScenarioError> {
    match name {
        ".git" => Err(ScenarioError::refused(host, "a seed must not hold `.git`")
            .help("remove it: the repository is made anew for every run")),
        "Cargo.toml" => Err(ScenarioError::refused(host, "a seed must not hold `Cargo.toml`")
            .help("it would hide the seed from `cargo package`; build with rustc instead")),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &std::fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_seed_is_sorted_and_keeps_modes_and_links() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |path: &str| dir.path().join(path);
        std::fs::create_dir(at("b")).expect("mkdir");
        std::fs::write(at("b/x.sh"), "x").expect("write");
        std::fs::set_permissions(at("b/x.sh"), std::fs::Permissions::from_mode(0o700))
            .expect("chmod");
        std::fs::write(at("b.txt"), "y").expect("write");
        symlink("b.txt", at("a")).expect("link");
        let files = read(dir.path()).expect("a seed");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a", "b.txt", "b/x.sh"]);
        assert_eq!(files[0].content, SeedContent::Link { target: "b.txt".into() });
        let file = |bytes: &[u8], executable| SeedContent::File { bytes: bytes.into(), executable };
        assert_eq!(files[1].content, file(b"y", false));
        assert_eq!(files[2].content, file(b"x", true));
    }

    #[test]
    fn git_folders_and_cargo_manifests_are_refused_anywhere() {
        for name in [".git", "Cargo.toml"] {
            let dir = tempfile::tempdir().expect("a folder");
            std::fs::create_dir(dir.path().join("in")).expect("mkdir");
            std::fs::write(dir.path().join("in").join(name), "").expect("write");
            let error = read(dir.path()).expect_err("refused").to_string();
            assert!(error.contains(&format!("a seed must not hold `{name}`")), "{error}");
        }
    }
}
