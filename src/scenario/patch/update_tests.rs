use super::super::Patch;
use super::*;
use crate::scenario::patch::Change;

/// `text` after the chunks `inner`.
fn updated(text: &str, inner: &str) -> Result<String, String> {
    let patch = format!("*** Begin Patch\n*** Update File: f\n{inner}*** End Patch\n");
    let changes = Patch::parse(&patch)
        .and_then(|patch| patch.apply(|_| Some(text.to_owned())))
        .map_err(|error| error.to_string())?;
    match &changes[..] {
        [Change::Update { content, .. }] => Ok(content.clone()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn gives(text: &str, inner: &str, want: &str) {
    assert_eq!(updated(text, inner).as_deref(), Ok(want));
}

#[test]
fn chunks_apply_in_order_each_after_the_last() {
    gives("a\nx\nb\nx\nc\n", "@@\n-x\n+1\n@@\n-x\n+2\n", "a\n1\nb\n2\nc\n");
}

#[test]
fn headers_choose_among_equal_lines() {
    let text = "class A\n  def f\n    x\nclass B\n  def g\n    x\n  def f\n    x\n";
    gives(
        text,
        "@@ class B\n@@ def f\n-    x\n+    y\n",
        "class A\n  def f\n    x\nclass B\n  def g\n    x\n  def f\n    y\n",
    );
}

#[test]
fn insertions_go_to_the_end_or_behind_the_header() {
    gives("a\nb\n", "@@\n+c\n", "a\nb\nc\n");
    gives("a\nb\n", "@@ a\n+x\n", "a\nx\nb\n");
    gives("a\nb\n", "@@ a\n+x\n*** End of File\n", "a\nb\nx\n");
    gives("", "@@\n+first\n", "first\n");
    gives("a\nb\n", "@@\n+end\n@@\n-a\n", "b\nend\n");
    gives("a\nb\n", "@@ a\n+x\n@@\n-b\n+y\n", "a\nx\ny\n");
}

#[test]
fn the_end_is_tried_first_when_asked() {
    gives("x\ny\nx\n", "@@\n-x\n+z\n*** End of File\n", "x\ny\nz\n");
    gives("x\ny\n", "@@\n-x\n+z\n*** End of File\n", "z\ny\n");
}

#[test]
fn an_updated_file_ends_with_a_line_feed() {
    gives("a\nb", "@@\n-a\n+x\n", "x\nb\n");
    gives("a\nb", "@@\n-b\n+x\n", "a\nx\n");
    gives("a\nb", "@@\n+c\n", "a\nb\nc\n");
    gives("a", "@@\n-a\n", "");
    gives("a\n\n", "@@\n-a\n+b\n", "b\n\n");
}

#[test]
fn line_endings_stay_and_new_lines_follow_the_first() {
    gives("a\r\nb\r\nc\r\n", "@@\n a\n-b\n+x\n+y\n c\n", "a\r\nx\r\ny\r\nc\r\n");
    gives("a\r\nb\nc", "@@\n-b\n+x\n", "a\r\nx\r\nc\r\n");
    gives("a\nb\r\n", "@@\n-a\n+x\n", "x\nb\r\n");
}

#[test]
fn loosely_matched_context_keeps_the_text_of_the_file() {
    gives("  say “hi”  \n\told\n", "@@\n say \"hi\"\n-old\n+\tnew\n", "  say “hi”  \n\tnew\n");
}

#[test]
fn a_blank_last_line_may_stand_for_the_end() {
    gives("a\nb\n", "@@\n-b\n+c\n\n", "a\nc\n");
    gives("a\nb\n", "@@\n a\n-b\n-\n+c\n", "a\nc\n");
    gives("a\n\nb\n", "@@\n a\n\n+c\n", "a\n\nc\nb\n");
    gives("", "@@\n-\n+c\n", "c\n");
}

#[test]
fn lines_that_are_missing_are_named() {
    assert_eq!(
        updated("a\nb\n", "@@\n-x\n-y\n").unwrap_err(),
        "failed to find expected lines in f:\nx\ny"
    );
    assert_eq!(
        updated("a\nb\nc\n", "@@\n a\n b\n-x\n").unwrap_err(),
        "failed to find expected lines in f:\na\nb\nx\n(nearest: line 1 fits, but line 3 is 'c')"
    );
    assert_eq!(
        updated("a\nb\n", "@@\n a\n b\n c\n-d\n").unwrap_err(),
        "failed to find expected lines in f:\na\nb\nc\nd\n\
         (nearest: line 2 fits, but the file ends after it)"
    );
    assert_eq!(
        updated("a\nb\n", "@@\n-b\n@@\n-a\n").unwrap_err(),
        "failed to find expected lines in f:\na\n\
         (found at line 1, but chunks must follow the order of the file)"
    );
    assert_eq!(
        updated("a\nb\n", "@@\n-\n+x\n").unwrap_err(),
        "failed to find expected lines in f:\n"
    );
}

#[test]
fn headers_that_are_missing_are_named() {
    assert_eq!(
        updated("a\n", "@@ fn f()\n+x\n").unwrap_err(),
        "failed to find context 'fn f()' in f"
    );
    assert_eq!(
        updated("a\nb\n", "@@ b\n@@ a\n+x\n").unwrap_err(),
        "failed to find context 'a' in f\n\
         (found at line 1, but chunks must follow the order of the file)"
    );
}

#[test]
fn sources_split_at_every_line_feed() {
    let told: Vec<(&str, &str)> = "a\r\n\n\rb\r\r\nc\r"
        .split_inclusive('\n')
        .map(|line| {
            let Source { text, ending } = source(line);
            (text, ending)
        })
        .collect();
    assert_eq!(told, [("a", "\r\n"), ("", "\n"), ("\rb\r", "\r\n"), ("c\r", "")]);
}
