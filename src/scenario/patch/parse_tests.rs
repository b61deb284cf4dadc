use super::*;
use proptest::prelude::*;

fn parsed(inner: &str) -> Vec<Hunk> {
    Patch::parse(&format!("*** Begin Patch\n{inner}*** End Patch")).unwrap().hunks
}

fn refused(text: &str) -> String {
    Patch::parse(text).unwrap_err().to_string()
}

fn refused_inner(inner: &str) -> String {
    refused(&format!("*** Begin Patch\n{inner}*** End Patch\n"))
}

fn context(text: &str) -> Line {
    Line::Context(text.into())
}

fn remove(text: &str) -> Line {
    Line::Remove(text.into())
}

fn add(text: &str) -> Line {
    Line::Add(text.into())
}

/// The chunks of the only hunk.
fn chunks(inner: &str) -> Vec<Chunk> {
    match parsed(&format!("*** Update File: f\n{inner}")).as_slice() {
        [Hunk::Update { chunks, .. }] => chunks.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_hunk_kind() {
    let hunks = parsed(
        "*** Add File: a b.txt\n+one\n+\n+ two\n*** Delete File: d\n*** Update File: u\n\
         *** Move to: v\n@@ fn f() {\n x\n-y\n+z\n*** End of File\n",
    );
    assert_eq!(
        hunks,
        [
            Hunk::Add {
                path: "a b.txt".into(),
                lines: vec!["one".into(), String::new(), " two".into()]
            },
            Hunk::Delete { path: "d".into() },
            Hunk::Update {
                path: "u".into(),
                move_to: Some("v".into()),
                chunks: vec![Chunk {
                    contexts: vec!["fn f() {".into()],
                    lines: vec![context("x"), remove("y"), add("z")],
                    end_of_file: true,
                }],
            },
        ]
    );
}

#[test]
fn an_added_file_may_be_empty_and_a_move_plain() {
    assert_eq!(
        parsed("*** Add File: a\n*** Update File: u\n*** Move to: v\n"),
        [
            Hunk::Add { path: "a".into(), lines: vec![] },
            Hunk::Update { path: "u".into(), move_to: Some("v".into()), chunks: vec![] },
        ]
    );
}

#[test]
fn headers_stack_and_the_first_chunk_needs_none() {
    let chunks = chunks("-a\n@@ class C\n@@   def m():\n-b\n@@\n+c\n");
    let contexts: Vec<_> = chunks.iter().map(|c| c.contexts.clone()).collect();
    assert_eq!(contexts, [vec![], vec!["class C".to_owned(), "  def m():".into()], vec![]]);
    assert_eq!(chunks[2].lines, [add("c")]);
}

#[test]
fn bare_empty_lines_are_context_inside_a_chunk() {
    assert_eq!(chunks("@@\n a\n\n-b\n")[0].lines, [context("a"), context(""), remove("b")]);
    assert_eq!(chunks("\n-b\n")[0].lines, [context(""), remove("b")]);
}

#[test]
fn blank_lines_between_chunks_and_hunks_separate() {
    let hunks = parsed(
        "\n*** Update File: f\n\n@@\n+x\n\n*** Update File: g\n@@\n-y\n*** End of File\n\n@@\n-z\n\n",
    );
    let Hunk::Update { chunks, .. } = &hunks[0] else { panic!() };
    assert_eq!(chunks[0].lines, [add("x")]);
    let Hunk::Update { chunks, .. } = &hunks[1] else { panic!() };
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[1].lines, [remove("z"), context("")]);
}

#[test]
fn markers_may_be_indented_and_lines_end_in_crlf() {
    let text =
        "\r\n  *** Begin Patch \r\n  *** Update File: f \r\n@@\r\n-a\r\n+b\r\n *** End Patch\r\n";
    let [Hunk::Update { path, chunks, .. }] = &Patch::parse(text).unwrap().hunks[..] else {
        panic!()
    };
    assert_eq!((path.as_str(), &chunks[0].lines[..]), ("f", &[remove("a"), add("b")][..]));
}

#[test]
fn stars_behind_a_sign_are_content() {
    assert_eq!(
        chunks("@@\n *** Update File: x\n+*** End Patch\n-@@ y\n")[0].lines,
        [context("*** Update File: x"), add("*** End Patch"), remove("@@ y")]
    );
    assert_eq!(chunks(" *** note ***\n-b\n")[0].lines[0], context("*** note ***"));
}

#[test]
fn a_heredoc_around_the_patch_is_taken_off() {
    let plain = "*** Begin Patch\n*** Delete File: d\n*** End Patch";
    let want = Patch::parse(plain).unwrap();
    for (open, close) in
        [("<<'EOF'", "EOF"), ("<<EOF", "EOF"), ("<<\"X\"", "X"), ("apply_patch <<-'P'", "P")]
    {
        assert_eq!(Patch::parse(&format!("{open}\n{plain}\n{close}\n")).as_ref(), Ok(&want));
    }
    assert_eq!(
        refused(&format!("<<'EOF'\n{plain}\nEND")),
        "invalid patch: the first line must be '*** Begin Patch', not '<<'EOF''"
    );
}

#[test]
fn errors_of_the_frame() {
    assert_eq!(refused(" \n"), "invalid patch: it is empty");
    assert_eq!(
        refused("--- a/x\n+++ b/x"),
        "invalid patch: the first line must be '*** Begin Patch', not '--- a/x'"
    );
    let open = "invalid patch: the last line must be '*** End Patch', not '";
    assert_eq!(refused("*** Begin Patch"), format!("{open}*** Begin Patch'"));
    assert_eq!(refused("*** Begin Patch\n*** Add File: a\n+x\n"), format!("{open}+x'"));
    assert_eq!(refused_inner("\n"), "invalid patch: it has no hunks");
}

#[test]
fn errors_name_the_line() {
    assert_eq!(
        refused_inner("*** Add File: a\n+x\nstray\n"),
        "invalid hunk at line 4, 'stray' is not a hunk header: use '*** Add File: path', \
         '*** Delete File: path' or '*** Update File: path'"
    );
    assert_eq!(refused_inner("*** Delete File: \n"), "invalid hunk at line 2, the path is missing");
    assert_eq!(
        refused_inner("*** Update File: a\n*** Move to:\n-x\n"),
        "invalid hunk at line 3, the path is missing"
    );
    assert_eq!(
        refused_inner("*** Update File: a\n*** Delete File: b\n"),
        "invalid hunk at line 2, the update of a has no chunks"
    );
    assert_eq!(
        refused_inner("*** Update File: a\n@@ f\n@@\n*** End of File\n"),
        "invalid hunk at line 3, the chunk has no lines"
    );
    assert_eq!(
        refused_inner("*** Update File: a\n@@\n-x\nfn y()\n"),
        "invalid hunk at line 5, 'fn y()' must start with ' ' (kept), '-' (removed), '+' (added) \
         or '@@'"
    );
    assert_eq!(
        refused_inner("*** Update File: a\n-x\n*** End of File\n\n-y\n"),
        "invalid hunk at line 6, '-y' is outside of a chunk: start one with '@@'"
    );
}

/// Lines that parsers stumble over.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "+",
            "-",
            "@@",
            "@@ a",
            "@",
            "***",
            "*** ",
            BEGIN,
            END,
            END_OF_FILE,
            ADD,
            MOVE,
            "*** Add File: a",
            "*** Delete File: a",
            "*** Update File: a",
            "*** Update File: b",
            "*** Move to: c",
            "<<EOF",
            "EOF",
            " a",
            "-a",
            "+a",
            "é",
            "\r",
            "+\u{2014}",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        _ = Patch::parse(&text);
    }

    #[test]
    fn no_sequence_of_lines_makes_it_panic(
        lines in prop::collection::vec(line(), 0..12),
        file in any::<Option<String>>(),
    ) {
        let text = format!("{BEGIN}\n{}\n{END}", lines.join("\n"));
        _ = Patch::parse(&lines.join("\n"));
        if let Ok(patch) = Patch::parse(&text) {
            _ = patch.apply(|_| file.clone());
            _ = patch.apply(|_| Some("a\n\na\r\nb".into()));
        }
    }
}
