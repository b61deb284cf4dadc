//! The environment of every command: fixed, nothing inherited.

use super::super::spec::SandboxSpec;
use super::places::{HOME, Places, TEMPORARY};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// Name, value. Chosen so that tools print no colour, no date, no locale and ask nothing.
const FIXED: [(&str, &str); 26] = [
    ("USER", "agent"),
    ("LOGNAME", "agent"),
    ("SHELL", "/bin/sh"),
    ("TZ", "UTC"),
    ("LC_ALL", "C.UTF-8"),
    ("LANG", "C.UTF-8"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("RUST_TEST_THREADS", "1"),
    ("TERM", "dumb"),
    ("COLUMNS", "80"),
    ("NO_COLOR", "1"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_AUTHOR_NAME", "unreel"),
    ("GIT_AUTHOR_EMAIL", "unreel@example.invalid"),
    ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
    ("GIT_COMMITTER_NAME", "unreel"),
    ("GIT_COMMITTER_EMAIL", "unreel@example.invalid"),
    ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("PAGER", "cat"),
    ("HOME", HOME),
    ("TMPDIR", TEMPORARY),
];

const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The variables of a command in `workdir` (a real path). Paths are moved to where they really are.
pub(super) fn environment(
    spec: &SandboxSpec,
    places: &Places,
    workdir: &Path,
    own: &[(String, String)],
) -> BTreeMap<String, OsString> {
    let mut path = String::new();
    for program in &spec.programs {
        path.push_str(program.at.trim_end_matches('/'));
        if !program.bin.is_empty() {
            path.push('/');
            path.push_str(&program.bin);
        }
        path.push(':');
    }
    path.push_str(SYSTEM_PATH);
    let fixed = FIXED.iter().map(|&(name, value)| (name, value));
    let added = spec.env.iter().chain(own).map(|(name, value)| (name.as_str(), value.as_str()));
    let mut variables: BTreeMap<_, _> = fixed
        .chain([("PATH", path.as_str())])
        .chain(added)
        .map(|(name, value)| (name.to_owned(), places.in_value(value)))
        .collect();
    variables.insert("PWD".to_owned(), workdir.into());
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Limits, Mode, Program};

    #[test]
    fn programs_come_first_and_additions_win() {
        let spec = SandboxSpec {
            mode: Mode::BestEffort,
            programs: vec![Program {
                host: "/h/r".into(),
                at: "/opt/rust".into(),
                bin: "bin".into(),
            }],
            env: vec![("LANG".into(), "C".into()), ("CARGO_HOME".into(), "/home/agent/c".into())],
            limits: Limits::default(),
            scratch: "/s".into(),
            listen: None,
        };
        let variables = environment(&spec, &Places::Fixed, Path::new("/workspace/a"), &[]);
        assert_eq!(variables["PATH"], "/opt/rust/bin:/usr/local/bin:/usr/bin:/bin");
        assert_eq!(
            (variables["LANG"].to_str(), variables["PWD"].to_str()),
            (Some("C"), Some("/workspace/a"))
        );
        assert_eq!(variables.len(), FIXED.len() + 3);
        let places = Places::Folder { root: "/s/u".into(), programs: spec.programs.clone() };
        let moved = environment(&spec, &places, Path::new("/s/u/workspace"), &[]);
        assert_eq!(moved["PATH"], "/h/r/bin:/usr/local/bin:/usr/bin:/bin");
        assert_eq!(moved["CARGO_HOME"], "/s/u/home/agent/c");
        assert_eq!(moved["TMPDIR"], "/s/u/tmp");
    }
}
