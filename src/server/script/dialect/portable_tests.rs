use super::command;
use crate::scenario::patch::{Change, Patch};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

type Files = BTreeMap<String, String>;

/// Runs the command in a folder with these files: what it leaves, or its error.
fn run(shell: &str, files: &Files, patch: &Patch) -> Result<Files, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in files {
        write(&folder.path().join(path), content);
    }
    let output = Command::new(shell)
        .arg("-c")
        .arg(command(patch))
        .current_dir(folder.path())
        .output()
        .expect("sh runs");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut left = Files::new();
    collect(folder.path(), folder.path(), &mut left);
    Ok(left)
}

fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    std::fs::write(path, content).expect("written");
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
}

/// What the built-in tool leaves.
fn apply(files: &Files, patch: &Patch) -> Result<Files, String> {
    let changes =
        patch.apply(|path| files.get(path).cloned()).map_err(|error| error.to_string())?;
    let mut left = files.clone();
    for change in changes {
        match change {
            Change::Add { path, content } => _ = left.insert(path, content),
            Change::Delete { path } => _ = left.remove(&path),
            Change::Update { path, move_to, content } => {
                left.remove(&path);
                left.insert(move_to.unwrap_or(path), content);
            }
        }
    }
    Ok(left)
}

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn patch(inner: &str) -> Patch {
    Patch::parse(&format!("*** Begin Patch\n{inner}*** End Patch\n")).expect("a patch")
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped counterpart is named")]
fn it_leaves_what_the_built_in_tool_leaves() {
    let before = files(&[
        ("a.sh", "one\ntwo\nfn f() {\n  x\n}\nfn g() {\n  x\n}\n\nlast"),
        ("b's/c d.txt", "x\ny\nx\n"),
        ("gone.txt", "g\n"),
        ("empty.txt", ""),
    ]);
    for inner in [
        "*** Update File: a.sh\n@@\n-two\n+zwei $HOME `id` 'quoted' \\n\n@@ fn g() {\n-  x\n+  y\n",
        "*** Update File: a.sh\n@@\n one\n+more\n@@ fn f() {\n+  inserted\n@@\n+at the end\n",
        "*** Update File: a.sh\n@@\n-last\n+LAST\n*** End of File\n",
        "*** Update File: b's/c d.txt\n@@\n-x\n+z\n*** End of File\n",
        "*** Update File: b's/c d.txt\n*** Move to: new/place.txt\n@@\n-y\n",
        "*** Update File: b's/c d.txt\n*** Move to: plain.txt\n",
        "*** Delete File: gone.txt\n*** Add File: x/y/z.txt\n+EOF\n+it's\n",
        "*** Add File: a.sh\n+over\n",
        "*** Add File: nothing.txt\n",
        "*** Update File: empty.txt\n@@\n+first\n",
        "*** Update File: gone.txt\n@@\n-g\n+h\n\n*** Update File: empty.txt\n@@\n+e\n",
        "*** Update File: a.sh\n@@\n one\n-two\n \n",
    ] {
        let patch = patch(inner);
        let expected = apply(&before, &patch);
        assert!(expected.is_ok(), "{inner}: {expected:?}");
        for shell in ["sh", "bash"] {
            if Command::new(shell).arg("-c").arg(":").status().is_err() {
                println!("SKIPPED: no {shell}");
                continue;
            }
            assert_eq!(run(shell, &before, &patch), expected, "{shell}: {inner}");
        }
    }
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    let before = files(&[("a", "one\ntwo\n")]);
    for (inner, message) in [
        ("*** Update File: a\n@@\n-three\n+3\n", "failed to find expected lines in a:\nthree\n\n"),
        ("*** Update File: a\n@@\n-tw\n+2\n", "failed to find expected lines in a:\ntw\n\n"),
        ("*** Update File: a\n@@ nope\n-two\n", "failed to find context 'nope' in a\n"),
        ("*** Update File: b\n@@\n-two\n", "failed to read file to update b: no such file\n"),
        (
            "*** Update File: a\n@@\n-two\n@@\n-one\n",
            "failed to find expected lines in a:\none\n\n",
        ),
    ] {
        let patch = patch(inner);
        assert!(apply(&before, &patch).is_err(), "{inner}");
        assert_eq!(run("sh", &before, &patch), Err(message.to_owned()), "{inner}");
    }
}

#[test]
fn a_shell_that_is_kept_is_left_as_it_was() {
    let line = command(&patch("*** Update File: a\n@@\n-x\n+y\n"));
    let script = format!("{line}echo \"code $?\"; type swap || echo gone");
    let output = Command::new("sh").arg("-c").arg(script).current_dir("/").output().expect("runs");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("code 1\nswap: not found\ngone\n"));
}

/// Lines from a small alphabet, so that repeated and blank ones are frequent.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ab]{1,2}",
        1 => Just(String::new()),
        1 => prop::sample::select(vec!["$x", "'", "\"q\"", "\\", "*", "  [a]", "%s", "-n"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Random chunks over random lines: where both find the old lines they leave the same file, and
    /// where one does not neither does the other. Lines have no white space at their ends, so that
    /// the looser comparisons of the built-in tool find nothing else.
    #[test]
    fn generated_patches_agree(
        file in prop::collection::vec(line(), 0..9),
        feed in any::<bool>(),
        chunks in prop::collection::vec(
            (
                prop::option::weighted(0.3, line().prop_filter("not blank", |l| !l.trim().is_empty())),
                0usize..9, 0usize..4, 0usize..4, prop::collection::vec(line(), 1..3), any::<bool>(),
            ),
            1..4,
        ),
    ) {
        let mut inner = String::from("*** Update File: f\n");
        for (context, at, keep, cut, new, end) in &chunks {
            inner.push_str(&context.as_ref().map_or("@@\n".into(), |c| format!("@@ {c}\n")));
            let old: Vec<&String> = file.iter().skip(*at).take(keep + cut).collect();
            for (index, line) in old.iter().enumerate() {
                let sign = if index < *keep { ' ' } else { '-' };
                inner.push_str(&format!("{sign}{line}\n"));
            }
            new.iter().for_each(|line| inner.push_str(&format!("+{line}\n")));
            if *end {
                inner.push_str("*** End of File\n");
            }
        }
        let mut text = file.join("\n");
        if feed && !file.is_empty() {
            text.push('\n');
        }
        let before = files(&[("f", &text)]);
        let patch = patch(&inner);
        let (ours, theirs) = (apply(&before, &patch), run("sh", &before, &patch));
        match (&ours, &theirs) {
            (Ok(_), _) => prop_assert_eq!(&theirs, &ours, "{}", inner),
            (Err(_), theirs) => prop_assert!(theirs.is_err(), "{}", inner),
        }
    }
}
