//! Seeds out of git: exactly the files of a commit, whatever the repository's configuration says.

#[path = "support/repository.rs"]
mod repository;
#[path = "support/world.rs"]
mod world;

use repository::Repository;
use world::{SCRIPT, TINY, World};

/// A repository beside the scenarios, with one of every kind of file; the commit.
fn kinds(world: &World) -> (Repository, String) {
    let repository = Repository::new(world.path("project"));
    repository.write("a.txt", "hello\n");
    repository.write("bin/run.sh", "echo run\n");
    repository.executable("bin/run.sh");
    repository.write("data/crlf.txt", "one\r\ntwo\r\n");
    repository.write("data/\u{e9} b.bin", [0_u8, 255, 10, 13]);
    repository.write("kept.log", "tracked, though ignored\n");
    repository.write("Cargo.toml", "[package]\n");
    repository.write(".gitignore", "*.log\n");
    std::os::unix::fs::symlink("../a.txt", repository.path.join("data/link")).unwrap();
    let commit = repository.commit("first");
    (repository, commit)
}

/// A scenario whose seed is that, with a check that tells the tree of its commit.
fn scenario(world: &World, seed: &str, tree: &str) {
    let yaml = format!(
        "{TINY}  - name: the tree is the commit's\n    run: {{cmd: 'git rev-parse HEAD^{{tree}}', output: {{contains: ['{tree}']}}}}\n    on_seed: {{holds: \
         true}}\n  - name: clean\n    run: {{cmd: 'git stash -q; git status --short', output: \
         {{equals: ''}}}}\n    on_seed: {{holds: true}}\nseed: {seed}\n"
    );
    world.write("scenarios/tiny/scenario.yaml", yaml);
    world.write("scenarios/tiny/script.yaml", SCRIPT);
    world.write(
        "scenarios/tiny/solution.patch",
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-hello\n+goodbye\n",
    );
    let _ = std::fs::remove_dir_all(world.path("scenarios/tiny/repo"));
}

/// Runs the script, which must pass; what is said besides.
fn passes(world: &World) -> String {
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let lines = ran.err.lines().filter(|line| !line.starts_with("[1/1]"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn journal_tree(world: &World) -> (String, String) {
    let journal = world.read("reports/latest/journal.jsonl");
    let field = |name: &str| {
        let at = journal.find(&format!("\"{name}\":\"")).unwrap() + name.len() + 4;
        journal[at..].split('"').next().unwrap().to_owned()
    };
    (field("scenario_digest"), field("tree"))
}

#[test]
fn a_commit_of_a_repository_becomes_the_workspace() {
    let world = World::new();
    let (repository, commit) = kinds(&world);
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    scenario(&world, &format!("{{git: ../../project, commit: {commit}}}"), &tree);
    assert_eq!(passes(&world), "");
    let first = journal_tree(&world);
    // What comes after the commit, and what is not committed, does not count. The second is said.
    repository.write("a.txt", "changed\n");
    repository.write("new.txt", "new\n");
    assert_eq!(
        passes(&world),
        "tiny: the working copy has uncommitted changes (a.txt, new.txt); the seed is the commit, \
         without them\n"
    );
    assert_eq!(journal_tree(&world), first);
    repository.commit("second");
    let ran = world.unreel(&["verify"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(world.names("tmp").is_empty(), "the repository that was read from is gone");
}

#[test]
fn bundle_bare_repository_worktree_and_plain_folder_give_the_same_tree() {
    let world = World::new();
    let (repository, commit) = kinds(&world);
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let bundle = world.path("scenarios/tiny/seed.bundle");
    repository.git(&["bundle", "create", "-q", &bundle.display().to_string(), "main"]);
    let bare = world.path("bare.git").display().to_string();
    repository.git(&["clone", "-q", "--bare", ".", &bare]);
    let other = world.path("other").display().to_string();
    repository.git(&["worktree", "add", "-q", "--detach", &other]);
    let mut trees = Vec::new();
    for seed in [
        format!("{{bundle: seed.bundle, commit: {commit}}}"),
        format!("{{git: ../../bare.git, commit: {commit}}}"),
        format!("{{git: ../../other, commit: {commit}}}"),
        format!("{{git: '{}', commit: {commit}}}", repository.path.display()),
    ] {
        scenario(&world, &seed, &tree);
        assert_eq!(passes(&world), "", "{seed}");
        trees.push(journal_tree(&world).1);
    }
    trees.dedup();
    assert_eq!(trees.len(), 1, "the digest of the final files");
    // A plain folder of the same files: what its .gitignore names belongs to no commit.
    std::fs::remove_dir_all(repository.path.join(".git")).unwrap();
    std::fs::remove_file(repository.path.join("Cargo.toml")).unwrap();
    world.write("scenarios/tiny/scenario.yaml", format!("{TINY}seed: ../../project\n"));
    assert_eq!(passes(&world), "");
}

#[test]
fn nothing_of_the_repositorys_configuration_is_believed() {
    let world = World::new();
    let (repository, _) = kinds(&world);
    repository.write(".gitattributes", "* filter=evil diff=evil text=auto\n");
    repository.git(&["config", "core.attributesFile", "/dev/null"]);
    let commit = repository.commit("attributes");
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let trace = world.path("trace");
    let touch = format!("touch {}", trace.display());
    for key in [
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "uploadpack.packObjectsHook",
        "alias.cat-file",
    ] {
        repository.git(&["config", key, &touch]);
    }
    repository.git(&["config", "core.hooksPath", "hooks"]);
    for hook in ["post-checkout", "post-index-change", "pre-commit", "reference-transaction"] {
        repository.write(&format!("hooks/{hook}"), format!("#!/bin/sh\n{touch}\n"));
        repository.executable(&format!("hooks/{hook}"));
    }
    // Another commit in the place of the one that is meant.
    let plain = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];
    let git = |args: &[&str]| repository.git(&[&plain[..], args].concat());
    let empty = git(&["commit-tree", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"]);
    git(&["replace", &commit, &empty]);
    // A configuration that git itself does not get past.
    let config = repository.path.join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[extensions]\n\tunheardOf = true\n[core\n")).unwrap();
    let _ = std::fs::remove_file(&trace);
    scenario(&world, &format!("{{git: ../../project, commit: {commit}}}"), &tree);
    world.write("project/a.txt", "dirty\n");
    // The attributes hold in the workspace too: what git would make of crlf.txt is not asked here.
    let ran = world.unreel(&["run", "--script"]);
    assert!(ran.err.starts_with("tiny: the working copy has uncommitted changes ("), "{}", ran.err);
    assert!(!ran.out.contains("ERROR"), "{}", ran.out);
    assert!(!trace.exists(), "a program of the repository was started");
}

/// What is said of a seed that cannot be had.
fn refused(world: &World, seed: &str) -> String {
    scenario(world, seed, "x");
    let ran = world.unreel(&["run", "--script"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err
}

#[test]
fn what_is_wrong_with_a_seed_is_said_at_its_place() {
    let world = World::new();
    let (repository, commit) = kinds(&world);
    let none = "0123456789012345678901234567890123456789";
    insta::assert_snapshot!(refused(&world, &format!("{{git: ../nowhere, commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:8: there is no such folder (at seed/git)
       |
    14 | seed: {git: ../nowhere, commit: 0123456789012345678901234567890123456789}
       |        ^
    help: the root of a working copy or a bare repository, relative to the scenario's folder
    ");
    insta::assert_snapshot!(refused(&world, &format!("{{git: .., commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:8: there is no git repository here: no `.git`, and it is not a bare one (at seed/git)
       |
    14 | seed: {git: .., commit: 0123456789012345678901234567890123456789}
       |        ^
    help: the root of a working copy or a bare repository, relative to the scenario's folder
    ");
    insta::assert_snapshot!(refused(&world, &format!("{{git: ../../project, commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:28: the repository does not have this commit (at seed/commit)
       |
    14 | seed: {git: ../../project, commit: 0123456789012345678901234567890123456789}
       |                            ^
    help: fetch it, or look at `git log` for the right one
    ");
    insta::assert_snapshot!(refused(&world, "{git: ../../project, commit: main}"), @r"
    error: scenarios/tiny/scenario.yaml:14:28: `main` is not the full id of a commit (at seed/commit)
       |
    14 | seed: {git: ../../project, commit: main}
       |                            ^
    help: 40 or 64 hexadecimal digits, since names move: git rev-parse 'main^{commit}'
    ");
    insta::assert_snapshot!(refused(&world, "{git: ../../project}"), @r"
    error: scenarios/tiny/scenario.yaml:14:8: the key `commit` is missing
       |
    14 | seed: {git: ../../project}
       |        ^
    ");
    insta::assert_snapshot!(refused(&world, &format!("{{commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:1: neither `git` nor `bundle` (at seed)
       |
    14 | seed: {commit: 0123456789012345678901234567890123456789}
       | ^
    help: the commit is in one place: a repository (`git`) or a file (`bundle`)
    ");
    insta::assert_snapshot!(refused(&world, &format!("{{git: a, bundle: b, commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:1: `git` and `bundle` at once (at seed)
       |
    14 | seed: {git: a, bundle: b, commit: 0123456789012345678901234567890123456789}
       | ^
    help: the commit is in one place: a repository (`git`) or a file (`bundle`)
    ");
    insta::assert_snapshot!(refused(&world, &format!("{{gti: a, commit: {none}}}")), @r"
    error: scenarios/tiny/scenario.yaml:14:8: unknown key `gti`
       |
    14 | seed: {gti: a, commit: 0123456789012345678901234567890123456789}
       |        ^
    help: did you mean `git`?
    ");
    insta::assert_snapshot!(refused(&world, "[a]"), @r"
    error: scenarios/tiny/scenario.yaml:14:1: invalid type: sequence, expected a folder, or `{git: PATH, commit: ID}`, or `{bundle: FILE, commit: ID}`
       |
    14 | seed: [a]
       | ^
    ");
    insta::assert_snapshot!(refused(&world, "../nowhere"), @r"
    error: scenarios/tiny/scenario.yaml:14:1: there is no such folder (at seed)
       |
    14 | seed: ../nowhere
       | ^
    ");
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let says = refused(&world, &format!("{{git: ../../project, commit: {tree}}}"));
    assert!(says.contains("this is the id of a tree, not of a commit"), "{says}");
    repository.git(&["tag", "-a", "-m", "x", "v1"]);
    let tag = repository.git(&["rev-parse", "v1"]);
    let says = refused(&world, &format!("{{git: ../../project, commit: {tag}}}"));
    assert!(says.contains("this is the id of a tag, not of a commit"), "{says}");
    // Both at once.
    scenario(&world, &format!("{{git: ../../project, commit: {commit}}}"), "x");
    world.write("scenarios/tiny/repo/a.txt", "hello\n");
    let says = world.unreel(&["verify"]).err;
    assert!(says.contains("and there is a folder `repo` beside this file too"), "{says}");
}

#[test]
fn shallow_clones_bundles_and_submodules_say_what_is_missing() {
    let world = World::new();
    let (repository, first) = kinds(&world);
    repository.write("a.txt", "hello\nagain\n");
    let second = repository.commit("second");
    let url = format!("file://{}", repository.path.display());
    let shallow = world.path("shallow").display().to_string();
    repository.git(&["clone", "-q", "--depth", "1", &url, &shallow]);
    let says = refused(&world, &format!("{{git: ../../shallow, commit: {first}}}"));
    assert!(says.contains("does not have this commit: it is a shallow clone"), "{says}");
    let partial = world.path("partial").display().to_string();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    repository.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, &partial]);
    let says = refused(&world, &format!("{{git: ../../partial, commit: {second}}}"));
    assert!(says.contains("objects of this commit are missing"), "{says}");

    let bundle = |name: &str| world.path(&format!("scenarios/tiny/{name}")).display().to_string();
    repository.git(&["bundle", "create", "-q", &bundle("part"), &format!("{first}..main")]);
    let says = refused(&world, &format!("{{bundle: part, commit: {second}}}"));
    assert!(says.contains(": the bundle builds upon commits that are not in it"), "{says}");
    repository.git(&["bundle", "create", "-q", &bundle("whole"), "main"]);
    let third = "0123456789012345678901234567890123456789";
    let says = refused(&world, &format!("{{bundle: whole, commit: {third}}}"));
    assert!(says.contains("the bundle does not have this commit"), "{says}");
    let says = refused(&world, &format!("{{bundle: none, commit: {third}}}"));
    assert!(says.contains("there is no such file (at seed/bundle)"), "{says}");
    world.write("scenarios/tiny/text", "no bundle\n");
    let says = refused(&world, &format!("{{bundle: text, commit: {third}}}"));
    assert!(says.contains("this is not a git bundle"), "{says}");

    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},lib/other")]);
    repository.git(&["commit", "-q", "-m", "submodule"]);
    let commit = repository.git(&["rev-parse", "HEAD"]);
    let says = refused(&world, &format!("{{git: ../../project, commit: {commit}}}"));
    assert!(says.contains("lib/other is a submodule: a seed holds files and links only"), "{says}");
}

#[test]
fn pointers_of_large_files_are_named() {
    let world = World::new();
    let (repository, _) = kinds(&world);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    repository.write("big.bin", pointer);
    let commit = repository.commit("pointer");
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    scenario(&world, &format!("{{git: ../../project, commit: {commit}}}"), &tree);
    assert_eq!(
        passes(&world),
        "tiny: Git LFS: of big.bin the seed has the pointer only, as the commit has\n"
    );
}

#[test]
fn an_extending_scenario_uses_the_commit_of_its_base() {
    let world = World::new();
    let (repository, commit) = kinds(&world);
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    scenario(&world, &format!("{{git: ../../project, commit: {commit}}}"), &tree);
    world.write("scenarios/more/scenario.yaml", "extends: tiny\nmodel: unreel-2\n");
    repository.write("a.txt", "hello\n\n");
    let later = repository.commit("later");
    // Its own seed starts at its own folder, as any path of a file does.
    world.write(
        "elsewhere/own/scenario.yaml",
        "extends: base\nseed: {git: ../../project, commit: COMMIT}\n".replace("COMMIT", &later),
    );
    world.write("elsewhere/base/scenario.yaml", TINY);
    world.write("elsewhere/base/script.yaml", SCRIPT);
    world.write("elsewhere/base/repo/a.txt", "other\n");
    let ran = world.unreel(&["run", "--script", "more", "./elsewhere/own"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
