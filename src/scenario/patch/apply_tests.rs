use super::*;

/// Applies to files given as pairs.
fn apply(files: &[(&str, &str)], inner: &str) -> Result<Vec<Change>, String> {
    Patch::parse(&format!("*** Begin Patch\n{inner}*** End Patch\n"))
        .and_then(|patch| {
            patch.apply(|path| {
                files.iter().find(|(p, _)| *p == path).map(|(_, text)| (*text).to_owned())
            })
        })
        .map_err(|error| error.to_string())
}

fn update_of(path: &str, move_to: Option<&str>, content: &str) -> Change {
    Change::Update {
        path: path.into(),
        move_to: move_to.map(str::to_owned),
        content: content.into(),
    }
}

#[test]
fn adds_write_whole_files_over_old_ones() {
    let added = |content: &str| Change::Add { path: "a".into(), content: content.into() };
    assert_eq!(apply(&[], "*** Add File: a\n+x\n+\n+y\n"), Ok(vec![added("x\n\ny\n")]));
    assert_eq!(apply(&[("a", "old\n")], "*** Add File: a\n+x\n"), Ok(vec![added("x\n")]));
    assert_eq!(apply(&[], "*** Add File: a\n"), Ok(vec![added("")]));
}

#[test]
fn deletes_need_the_file() {
    let inner = "*** Delete File: d\n";
    assert_eq!(apply(&[("d", "")], inner), Ok(vec![Change::Delete { path: "d".into() }]));
    assert_eq!(apply(&[], inner).unwrap_err(), "failed to delete file d: no such file");
}

#[test]
fn updates_need_the_file() {
    assert_eq!(
        apply(&[], "*** Update File: x\n-a\n").unwrap_err(),
        "failed to read file to update x: no such file"
    );
}

#[test]
fn moves_carry_the_new_content() {
    let files = [("u", "a\nb"), ("v", "other\n")];
    assert_eq!(
        apply(&files, "*** Update File: u\n*** Move to: v\n@@\n-a\n+x\n"),
        Ok(vec![update_of("u", Some("v"), "x\nb\n")])
    );
    assert_eq!(
        apply(&files, "*** Update File: u\n*** Move to: w/u\n"),
        Ok(vec![update_of("u", Some("w/u"), "a\nb")])
    );
    assert_eq!(
        apply(&files, "*** Update File: u\n*** Move to: ./u\n-a\n").unwrap_err(),
        "failed to move u: the target is the file itself; leave out the `*** Move to:` line"
    );
}

#[test]
fn hunks_of_one_file_build_on_each_other() {
    assert_eq!(
        apply(&[("f", "a\nb\n")], "*** Update File: f\n-a\n+x\n*** Update File: ./f\n x\n-b\n+y\n"),
        Ok(vec![update_of("f", None, "x\nb\n"), update_of("./f", None, "x\ny\n")])
    );
    assert_eq!(
        apply(&[], "*** Add File: f\n+a\n*** Update File: f\n-a\n+b\n"),
        Ok(vec![
            Change::Add { path: "f".into(), content: "a\n".into() },
            update_of("f", None, "b\n")
        ])
    );
    assert_eq!(
        apply(&[("f", "a\n")], "*** Delete File: f\n*** Update File: f\n-a\n").unwrap_err(),
        "failed to read file to update f: no such file"
    );
}

#[test]
fn after_a_move_only_the_new_name_is_there() {
    let files = [("f", "a\nb\n")];
    let moved = "*** Update File: f\n*** Move to: g\n-a\n+x\n";
    assert_eq!(
        apply(&files, &format!("{moved}*** Update File: g\n-b\n+y\n")),
        Ok(vec![update_of("f", Some("g"), "x\nb\n"), update_of("g", None, "x\ny\n")])
    );
    assert_eq!(
        apply(&files, &format!("{moved}*** Delete File: f\n")).unwrap_err(),
        "failed to delete file f: no such file"
    );
}

#[test]
fn one_failing_hunk_refuses_the_whole_patch() {
    assert_eq!(
        apply(&[("f", "a\n")], "*** Add File: n\n+x\n*** Update File: f\n-b\n").unwrap_err(),
        "failed to find expected lines in f:\nb"
    );
}
