//! `apply_patch` against `git apply`: one random edit script, written once as a unified diff and once as
//! a patch of ours, must give the same file.
//!
//! The generator knows what the formats cannot express: our grammar has no line numbers, so each chunk
//! must be found by its text. Lines are therefore drawn from a small alphabet (blank and repeated lines
//! are frequent), and a chunk whose old lines stand earlier in the rest of the file, where a search would
//! rightly stop first, is merged with the change before it until it is unambiguous.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use unreel::scenario::patch::{Change, Patch};

/// What happens to one line of the old file.
#[derive(Clone, Debug)]
enum Op {
    Keep,
    Remove,
    /// New lines in front of the old one, which stays.
    Insert(Vec<String>),
    /// New lines in the place of the old one.
    Replace(Vec<String>),
}

/// One line of a diff with its sign.
type Signed = (char, String);

#[derive(Clone, Debug)]
struct Case {
    old: Vec<String>,
    ops: Vec<Op>,
    /// New lines behind the last one.
    append: Vec<String>,
    crlf: bool,
    final_feed: bool,
    /// Write empty context lines without their space.
    bare: bool,
    move_to: bool,
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        3 => prop::sample::select(vec!["{", "}", "    return", "end", "--", "++ x", "@@", "*** y"])
            .prop_map(str::to_owned),
        6 => "[a-e]{1,2}",
        2 => "[ -~]{0,12}",
        1 => "\\PC{1,6}".prop_filter("one line", |s| s.lines().count() == 1),
    ]
    // Trailing white space and a carriage return are not told apart by the looser comparisons.
    .prop_map(|s| s.trim_end().to_owned())
}

fn op() -> impl Strategy<Value = Op> {
    let lines = || prop::collection::vec(line(), 1..4);
    prop_oneof![
        8 => Just(Op::Keep),
        1 => Just(Op::Remove),
        1 => lines().prop_map(Op::Insert),
        1 => lines().prop_map(Op::Replace),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let file = prop::collection::vec((line(), op()), 1..40);
    let append = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(line(), 1..3)];
    (file, append, any::<[bool; 4]>()).prop_map(
        |(file, append, [crlf, final_feed, bare, moved])| {
            let (old, ops): (Vec<String>, _) = file.into_iter().unzip();
            // An empty last line without a line feed is no line, and one line without one has no style.
            let final_feed = final_feed || old.last().is_some_and(String::is_empty);
            let crlf = crlf && (final_feed || old.len() > 1);
            Case { old, ops, append, crlf, final_feed, bare, move_to: moved }
        },
    )
}

impl Case {
    /// The whole file as one list of signed lines.
    fn script(&self) -> Vec<Signed> {
        let mut script = Vec::new();
        let mut push = |sign: char, text: &str| script.push((sign, text.to_owned()));
        for (text, op) in self.old.iter().zip(&self.ops) {
            match op {
                Op::Keep => push(' ', text),
                Op::Remove => push('-', text),
                Op::Insert(new) => {
                    new.iter().for_each(|new| push('+', new));
                    push(' ', text);
                }
                Op::Replace(new) => {
                    push('-', text);
                    new.iter().for_each(|new| push('+', new));
                }
            }
        }
        self.append.iter().for_each(|new| push('+', new));
        script
    }

    fn feed(&self) -> &'static str {
        if self.crlf { "\r\n" } else { "\n" }
    }

    fn old_text(&self) -> String {
        let text: String = self.old.iter().map(|line| format!("{line}{}", self.feed())).collect();
        match text.strip_suffix(self.feed()) {
            Some(cut) if !self.final_feed => cut.to_owned(),
            _ => text,
        }
    }
}

/// The ranges of the script that become chunks: changes with three lines of context, merged where they
/// touch, and grown backwards over the change before where the text alone would be found too early.
fn chunks(script: &[Signed]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (at, (sign, _)) in script.iter().enumerate() {
        if *sign == ' ' {
            continue;
        }
        let range = (at.saturating_sub(3), (at + 4).min(script.len()));
        match ranges.last_mut() {
            Some(last) if range.0 <= last.1 => last.1 = range.1,
            _ => ranges.push(range),
        }
    }
    let mut at = 0;
    while at < ranges.len() {
        let from = if at == 0 { 0 } else { ranges[at - 1].1 };
        if found_at(script, from, ranges[at]) {
            at += 1;
        } else if at > 0 {
            let (_, end) = ranges.remove(at);
            at -= 1;
            ranges[at].1 = end;
        } else if ranges[0].0 > 0 {
            ranges[0].0 -= 1;
        } else {
            at += 1;
        }
    }
    ranges
}

/// Whether a search for the chunk's old lines from `from` on ends at the chunk itself.
fn found_at(script: &[Signed], from: usize, (start, end): (usize, usize)) -> bool {
    let old = |from: usize, to: usize| -> Vec<&str> {
        script[from..to].iter().filter(|(s, _)| *s != '+').map(|(_, t)| t.trim()).collect()
    };
    let wanted = old(start, end);
    let rest = old(from, script.len());
    let before = old(from, start).len();
    // Without old lines the chunk would be an insertion at the end; only right if it is there.
    if wanted.is_empty() {
        return before == rest.len();
    }
    rest.windows(wanted.len()).position(|window| window == wanted) == Some(before)
}

/// The patch in our grammar.
fn our_patch(case: &Case, script: &[Signed], target: Option<&str>) -> String {
    let mut patch = String::from("*** Begin Patch\n*** Update File: file.txt\n");
    if let Some(target) = target {
        writeln!(patch, "*** Move to: {target}").unwrap();
    }
    for (start, end) in chunks(script) {
        patch.push_str("@@\n");
        let solid = script[start..end].iter().any(|(s, text)| *s != '+' && !text.is_empty());
        for (sign, text) in &script[start..end] {
            let bare = case.bare && solid && *sign == ' ' && text.is_empty();
            writeln!(patch, "{}{text}", if bare { String::new() } else { sign.to_string() })
                .unwrap();
        }
    }
    patch + "*** End Patch\n"
}

/// The same as a unified diff over the whole file. A missing final line feed is added, as ours does.
fn unified(case: &Case, script: &[Signed]) -> String {
    let mut lines: Vec<(char, String)> = Vec::new();
    let last_old = script.iter().rposition(|(sign, _)| *sign != '+');
    let feed = if case.crlf { "\r" } else { "" };
    for (at, (sign, text)) in script.iter().enumerate() {
        if Some(at) == last_old && !case.final_feed {
            lines.push(('-', format!("{text}\n\\ No newline at end of file")));
            if *sign == ' ' {
                lines.push(('+', format!("{text}{feed}")));
            }
        } else {
            lines.push((*sign, format!("{text}{feed}")));
        }
    }
    let count = |skip: char| lines.iter().filter(|(sign, _)| *sign != skip).count();
    let (old, new) = (count('+'), count('-'));
    let start = |n: usize| usize::from(n > 0);
    let mut diff = format!(
        "--- a/file.txt\n+++ b/file.txt\n@@ -{},{old} +{},{new} @@\n",
        start(old),
        start(new)
    );
    for (sign, text) in &lines {
        writeln!(diff, "{sign}{text}").unwrap();
    }
    diff
}

/// Runs `git apply` in `folder`, with no configuration but git's own.
fn git_apply(folder: &Path, diff: &str) {
    fs::write(folder.join("diff"), diff).unwrap();
    let output = Command::new("git")
        .args([
            "-c",
            "core.autocrlf=false",
            "apply",
            "--whitespace=nowarn",
            "--unidiff-zero",
            "diff",
        ])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        // Otherwise a repository above the temporary folder would be searched for paths.
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{diff}");
    fs::remove_file(folder.join("diff")).unwrap();
}

/// Applies our patch to the folder, as the loop would.
fn ours(folder: &Path, patch: &str) {
    let patch = Patch::parse(patch).unwrap_or_else(|error| panic!("{error}\n{patch}"));
    let changes = patch
        .apply(|path| fs::read_to_string(folder.join(path)).ok())
        .unwrap_or_else(|error| panic!("{error}\n{patch:?}"));
    let write = |path: &str, content: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for change in changes {
        match change {
            Change::Add { path, content } => write(&path, &content),
            Change::Delete { path } => fs::remove_file(folder.join(path)).unwrap(),
            Change::Update { path, move_to, content } => {
                write(move_to.as_ref().unwrap_or(&path), &content);
                if move_to.is_some() {
                    fs::remove_file(folder.join(path)).unwrap();
                }
            }
        }
    }
}

/// Paths and contents of all files below `folder`, sorted.
fn tree(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Two folders with the same files: ours and git's.
fn twins(files: &[(&str, &str)]) -> [tempfile::TempDir; 2] {
    [(); 2].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_edits_give_the_file_that_git_gives(case in case()) {
        let script = case.script();
        prop_assume!(script.iter().any(|(sign, _)| *sign != ' '));
        let old = case.old_text();
        let [mine, gits] = twins(&[("file.txt", &old)]);
        let target = case.move_to.then_some("moved/to.txt");
        let patch = our_patch(&case, &script, target);
        ours(mine.path(), &patch);
        git_apply(gits.path(), &unified(&case, &script));
        if let Some(target) = target {
            fs::create_dir(gits.path().join("moved")).unwrap();
            fs::rename(gits.path().join("file.txt"), gits.path().join(target)).unwrap();
        }
        prop_assert_eq!(tree(mine.path()), tree(gits.path()), "{}", patch);
    }
}

#[test]
fn adds_deletes_and_moves_give_the_tree_that_git_gives() {
    let [mine, gits] =
        twins(&[("keep.txt", "k\n"), ("gone.txt", "g\n"), ("old/name.txt", "a\nb\nc\n")]);
    ours(
        mine.path(),
        "*** Begin Patch\n*** Add File: new/deep/file.txt\n+one\n+\n+two\n*** Delete File: gone.txt\n\
         *** Update File: old/name.txt\n*** Move to: fresh/name.txt\n@@\n a\n-b\n+B\n c\n*** End Patch",
    );
    git_apply(
        gits.path(),
        "diff --git a/new/deep/file.txt b/new/deep/file.txt\nnew file mode 100644\n--- /dev/null\n\
         +++ b/new/deep/file.txt\n@@ -0,0 +1,3 @@\n+one\n+\n+two\n\
         diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\n--- a/gone.txt\n+++ /dev/null\n\
         @@ -1 +0,0 @@\n-g\n\
         diff --git a/old/name.txt b/fresh/name.txt\nsimilarity index 60%\nrename from old/name.txt\n\
         rename to fresh/name.txt\n--- a/old/name.txt\n+++ b/fresh/name.txt\n@@ -1,3 +1,3 @@\n a\n-b\n\
         +B\n c\n",
    );
    assert_eq!(tree(mine.path()), tree(gits.path()));
    assert_eq!(tree(mine.path()).len(), 3);
}
