//! `requires:` names resolved to real programs of this machine.
//!
//! Version managers put shims on PATH that look for their state in HOME and fail in the sandbox;
//! so rustc and python3 are asked where they really live, and that folder is bound read-only at a
//! fixed path. They are asked from the root folder and with the HOME that the shim itself lies in:
//! what is found must not depend on the caller's folder and HOME. No message names a path of this
//! machine, since a skipped run says its reason in the journal.

use crate::sandbox::Program;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that a scenario requires, found on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The name in `requires`.
    pub name: String,
    /// First line of what it says of its version; empty where it says nothing. A fact of the
    /// machine, for `timing`, never for a journal.
    pub version: String,
    /// What must be bound; `None` where the system folders hold it.
    pub program: Option<Program>,
}

/// A required program that is not usable here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs {name}{}: {why}", if *present { ", which is here but not usable" } else { "" })]
pub struct MissingProgram {
    name: String,
    why: String,
    present: bool,
}

impl MissingProgram {
    /// It is not there.
    #[must_use]
    pub fn absent(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), why: why.into(), present: false }
    }

    pub(super) fn unusable(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), why: why.into(), present: true }
    }

    /// Whether it is there, but does not work: a broken machine, while one without the program
    /// only skips.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// The name in `requires`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Finds the required programs on `path` (the value of PATH).
///
/// # Errors
/// The first program that is absent or does not start.
pub fn resolve(requires: &[String], path: &OsStr) -> Result<Vec<Found>, MissingProgram> {
    let mut found: Vec<Found> = Vec::new();
    for name in requires {
        match name.as_str() {
            "rustc" => {
                found.push(rustc(path)?);
                // rustc links with the C compiler's driver.
                found.push(plain("cc", path).map_err(|error| {
                    let why = format!("its linker `cc`: {}", error.why);
                    MissingProgram { name: "rustc".into(), why, present: error.present }
                })?);
            }
            "python3" => found.push(python(path)?),
            other => found.push(plain(other, path)?),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|one| seen.insert(one.name.clone()));
    Ok(found)
}

fn rustc(path: &OsStr) -> Result<Found, MissingProgram> {
    let program = on_path("rustc", path)?;
    let sysroot = ask("rustc", &program, &["--print", "sysroot"], path)?;
    let version = ask("rustc", &program, &["--version"], path)?;
    let host = PathBuf::from(sysroot);
    if !host.join("bin/rustc").is_file() {
        let why = format!("{} holds no bin/rustc", host.display());
        return Err(MissingProgram::unusable("rustc", why));
    }
    Ok(Found { name: "rustc".into(), version, program: prefix(host, "/opt/rust") })
}

fn python(path: &OsStr) -> Result<Found, MissingProgram> {
    let program = on_path("python3", path)?;
    let prefix_of = ["-c", "import sys; print(sys.base_prefix)"];
    let host = PathBuf::from(ask("python3", &program, &prefix_of, path)?);
    let version = ask("python3", &program, &["--version"], path)?;
    Ok(Found { name: "python3".into(), version, program: prefix(host, "/opt/python") })
}

fn prefix(host: PathBuf, at: &str) -> Option<Program> {
    (!in_system(&host)).then(|| Program { host, at: at.into(), bin: "bin".into() })
}

fn plain(name: &str, path: &OsStr) -> Result<Found, MissingProgram> {
    let shown = on_path(name, path)?;
    let real = shown
        .canonicalize()
        .map_err(|error| MissingProgram::unusable(name, format!("{}: {error}", shown.display())))?;
    let version = ask(name, &shown, &["--version"], path).unwrap_or_default();
    let program = if in_system(&real) && in_system(&shown) {
        None
    } else {
        if real.file_name() != Some(OsStr::new(name)) {
            let why = format!("{} is a link to {}", shown.display(), real.display());
            return Err(MissingProgram::unusable(name, format!("{why}, which has another name")));
        }
        let host = real.parent().unwrap_or(Path::new("/")).to_owned();
        Some(Program { host, at: format!("/opt/{name}"), bin: ".".into() })
    };
    Ok(Found { name: name.to_owned(), version, program })
}

fn in_system(path: &Path) -> bool {
    path.starts_with("/usr") || path.starts_with("/bin")
}

/// Where a program is on `path` (the value of PATH).
///
/// # Errors
/// It is not there.
pub fn on_path(name: &str, path: &OsStr) -> Result<PathBuf, MissingProgram> {
    if name.is_empty() || name.contains('/') {
        return Err(MissingProgram::absent(name, "not the name of a program"));
    }
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
        .ok_or_else(|| MissingProgram::absent(name, "not found on PATH"))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// The first line of what the program prints: with the HOME that it lies in, if there is one, else
/// with the caller's.
fn ask(name: &str, program: &Path, args: &[&str], path: &OsStr) -> Result<String, MissingProgram> {
    let command = || {
        let mut command = Command::new(program);
        command.args(args).env("PATH", path).current_dir("/").stdin(Stdio::null());
        command
    };
    if let Some(home) = home_of(program)
        && let Ok(line) = first_line(name, args, command().env("HOME", home))
    {
        return Ok(line);
    }
    first_line(name, args, &mut command())
}

/// The folder above a hidden one, as in `HOME/.cargo/bin/rustc`: where version managers keep their
/// shims is where they keep their state.
fn home_of(program: &Path) -> Option<&Path> {
    let hidden = |folder: &&Path| {
        folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    program.ancestors().skip(1).find(hidden)?.parent()
}

/// The first line that a prepared command prints.
///
/// # Errors
/// It does not start, or fails.
pub fn first_line<S: AsRef<str>>(
    name: &str,
    args: &[S],
    command: &mut Command,
) -> Result<String, MissingProgram> {
    let output =
        command.output().map_err(|error| MissingProgram::unusable(name, error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().next() {
        Some(line) if output.status.success() => Ok(line.trim().to_owned()),
        _ => {
            let error = String::from_utf8_lossy(&output.stderr);
            let line = error.lines().next().unwrap_or("no output").trim();
            let what =
                format!("{name} {}", args.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" "));
            Err(MissingProgram::unusable(name, format!("`{what}` fails: {line}")))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn script(folder: &Path, name: &str, text: &str) {
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).expect("write");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    }

    fn names(wanted: &[&str]) -> Vec<String> {
        wanted.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_program_of_the_system_needs_no_binding() {
        let found = resolve(&names(&["sh"]), OsStr::new("/usr/bin:/bin")).expect("sh is there");
        assert_eq!((found.len(), &found[0].program), (1, &None));
    }

    #[test]
    fn programs_elsewhere_are_bound_at_fixed_paths() {
        let dir = tempfile::tempdir().expect("a folder");
        let real = dir.path().canonicalize().expect("a real path");
        let (shims, rust) = (real.join("shims"), real.join("rust"));
        for folder in [&shims, &rust.join("bin")] {
            std::fs::create_dir_all(folder).expect("mkdir");
        }
        script(&rust.join("bin"), "rustc", "");
        let sysroot = rust.display();
        script(&shims, "rustc", &format!("[ $1 = --print ] && echo {sysroot} || echo rustc 9"));
        script(&shims, "cc", "echo cc 1");
        script(&shims, "python3", "[ $1 = -c ] && echo /usr || echo Python 9");
        let found = resolve(&names(&["rustc", "python3"]), shims.as_os_str()).expect("all there");
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["rustc", "cc", "python3"]);
        assert_eq!(found[0].version, "rustc 9");
        let bound = found[0].program.clone().expect("bound");
        assert_eq!((bound.host, bound.at.as_str(), bound.bin.as_str()), (rust, "/opt/rust", "bin"));
        let bound = found[1].program.clone().expect("bound");
        assert_eq!((bound.host, bound.at.as_str()), (shims, "/opt/cc"));
        assert_eq!(found[2].program, None, "its prefix is /usr");
    }

    #[test]
    fn a_shim_is_asked_in_the_home_it_lies_in_and_else_in_the_callers() {
        let dir = tempfile::tempdir().expect("a folder");
        let real = dir.path().canonicalize().expect("a real path");
        let shims = real.join("home/.tool/shims");
        std::fs::create_dir_all(&shims).expect("mkdir");
        script(&shims, "python3", "[ $1 = -c ] && echo \"$HOME$PWD\" || echo Python 9");
        let resolved = |shims: &Path| resolve(&names(&["python3"]), shims.as_os_str());
        let host = |found: &[Found]| found[0].program.clone().expect("bound").host;
        let found = resolved(&shims).expect("there");
        assert_eq!(host(&found), PathBuf::from(format!("{}/home/", real.display())));
        script(&shims, "python3", "[ -d \"$HOME/.tool\" ] && exit 1; echo /elsewhere");
        assert_eq!(host(&resolved(&shims).expect("there")), Path::new("/elsewhere"));
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().as_os_str();
        let error = |name: &str| resolve(&names(&[name]), path).expect_err("missing").to_string();
        assert_eq!(error("rustc"), "needs rustc: not found on PATH");
        let python = || resolve(&names(&["python3"]), path).expect_err("missing");
        assert!(!python().is_present());
        script(dir.path(), "python3", "echo 'no state in HOME' >&2; exit 1");
        assert!(error("python3").ends_with("fails: no state in HOME"), "{}", error("python3"));
        assert!(python().is_present());
        symlink(dir.path().join("python3"), dir.path().join("tool")).expect("link");
        assert!(error("tool").ends_with("which has another name"), "{}", error("tool"));
    }
}
