//! The same bytes whatever the number of jobs, the environment, the folder, the user, the sandbox
//! and the order in which parallel calls end.
//!
//! One run of everything with one job is compared with one run of everything in which all that can
//! be varied at once is varied: eight jobs, a copy of the tree, HOME, locale, umask, git
//! configuration. What excludes each other is varied with a few scenarios.
#![cfg(target_os = "linux")]

#[path = "support/program.rs"]
mod program;

use program::{Caller, assert_same, assert_same_files, results, root, scratch, skipped, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Scenarios for what is tried one thing at a time: commands, patches, git, parallel calls; sh only.
const FEW: [&str; 2] = ["fix-failing-test", "parallel-calls"];

/// A git configuration that changes whatever git does.
const HOSTILE: &str = "\
[core]
	autocrlf = true
	hooksPath = /nonexistent/hooks
	abbrev = 20
	quotePath = false
	fileMode = false
	pager = false
[init]
	defaultBranch = hostile
	templateDir = /nonexistent/template
	defaultObjectFormat = sha256
[commit]
	gpgsign = true
[user]
	name = Hostile
	email = hostile@example.invalid
[diff]
	noprefix = true
	mnemonicPrefix = true
	external = false
[color]
	ui = always
[alias]
	status = log
[apply]
	whitespace = fix
[safe]
	bareRepository = explicit
";

/// Everything, one job at a time, as the tests were started.
fn everything() -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| {
        let out = scratch("everything").join("out");
        Caller::here().env("POLARS_MAX_THREADS", "1").runs(&["--jobs", "1"], &out);
        out
    })
}

/// A few scenarios as the tests were started.
fn few() -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| {
        let out = scratch("few").join("out");
        Caller::here().env("POLARS_MAX_THREADS", "2").runs(&FEW, &out);
        out
    })
}

fn am_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether a program does its part here.
fn works(words: &[&str]) -> bool {
    let output = Command::new(words[0]).args(&words[1..]).output();
    output.is_ok_and(|output| output.status.success())
}

/// The program, scenarios and recordings in another place.
fn clone_to(folder: &Path) -> Caller {
    std::fs::create_dir_all(folder).unwrap();
    let program = folder.join("unreel");
    std::fs::copy(env!("CARGO_BIN_EXE_unreel"), &program).unwrap();
    for part in ["scenarios", "recordings"] {
        let target = folder.join(part);
        let copied = Command::new("cp").arg("-R").arg(root().join(part)).arg(target).status();
        assert!(copied.unwrap().success());
    }
    Caller { program, folder: folder.to_owned(), ..Caller::here() }
}

#[test]
fn eight_jobs_in_another_place_and_environment_give_the_same_bytes() {
    let base = scratch("elsewhere");
    let path = |name: &str| {
        let path = base.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    let (home, temporary, out) = (path("a home"), path("a tmp"), base.join("an out"));
    let config = base.join("gitconfig");
    std::fs::write(&config, HOSTILE).unwrap();
    let mut elsewhere = clone_to(&path("a clone"))
        .env("HOME", &home)
        .env("TMPDIR", &temporary)
        .env("TZ", "Asia/Kathmandu")
        .env("LANG", "tr_TR.UTF-8")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("USER", "zaphod-b")
        .env("LOGNAME", "zaphod-b")
        .env("GIT_CONFIG_GLOBAL", &config)
        .env("POLARS_MAX_THREADS", "2")
        .env("RAYON_NUM_THREADS", "3")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("COLUMNS", "31")
        .behind(&["sh", "-c", "umask 077; exec \"$@\"", "sh"]);
    let renamed = ["unshare", "--uts", "sh", "-c", "hostname beeblebrox-7; exec \"$@\"", "sh"];
    if am_root() && works(&[&renamed[..], &["true"]].concat()) {
        elsewhere = elsewhere.behind(&renamed);
    } else {
        skipped("another host name needs root");
    }
    elsewhere.runs(&["--jobs", "8"], &out);
    let files = results(&out);
    assert_same_files(&results(everything()), &files);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "left behind in TMPDIR");

    // Nor does anything of this machine show in them.
    let mut private = vec!["127.0.0.1".to_owned(), "zaphod-b".into(), "beeblebrox-7".into()];
    private.extend([root(), &base].map(|path| path.to_str().unwrap().to_owned()));
    for (name, bytes) in &files {
        let content = text(bytes);
        for word in &private {
            assert!(!content.contains(word.as_str()), "{name} contains {word}");
        }
    }
}

#[test]
fn scripts_give_the_journal_of_their_recordings_but_for_provenance() {
    let out = scratch("scripts").join("out");
    Caller::here().env("RAYON_NUM_THREADS", "1").runs(&["--script", "--jobs", "2"], &out);
    let (mut scripted, mut replayed) = (results(&out), results(everything()));
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    for (files, kept, from, count) in [
        (&mut scripted, &mut ours, r#""provenance":"scripted""#, 18),
        (&mut replayed, &mut theirs, r#""provenance":"recorded (scripted)""#, 18),
    ] {
        let journal = text(&files["journal.jsonl"]);
        assert!(journal.matches(from).count() >= count, "{from}");
        let journal = journal.replace(from, r#""provenance":"-""#);
        kept.insert("journal.jsonl".to_owned(), journal.into_bytes());
        files.retain(|name, _| name.starts_with("objects/"));
        kept.append(files);
    }
    assert_same_files(&ours, &theirs);
}

#[test]
fn the_same_command_twice_and_callers_git_give_the_same_bytes() {
    let base = scratch("git");
    Caller::here().env("POLARS_MAX_THREADS", "1").runs(&FEW, &base.join("again"));
    assert_same(few(), &base.join("again"));
    // Nor does measuring the same journal again change anything.
    let again = base.join("again");
    let report = Caller::here().command(&["report", again.to_str().unwrap()]).output().unwrap();
    assert!(report.status.success(), "{}", text(&report.stderr));
    assert_same(few(), &again);

    let hidden = base.join("home/.config/git");
    std::fs::create_dir_all(&hidden).unwrap();
    for config in [hidden.join("config"), base.join("home/.gitconfig")] {
        std::fs::write(config, HOSTILE).unwrap();
    }
    // As from a hook of another repository.
    let caller = Caller::here()
        .env("HOME", base.join("home"))
        .env("XDG_CONFIG_HOME", base.join("home/.config"))
        .env("GIT_DIR", base.join("other.git"))
        .env("GIT_WORK_TREE", base.join("other"))
        .env("GIT_INDEX_FILE", base.join("other.git/index"))
        .env("GIT_TEMPLATE_DIR", base.join("template"))
        .env("GIT_AUTHOR_NAME", "Hostile")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "user.name")
        .env("GIT_CONFIG_VALUE_0", "Hostile");
    // The configuration works, outside.
    let hostile = Command::new("git")
        .args(["config", "--global", "init.defaultBranch"])
        .env("HOME", base.join("home"))
        .env_remove("GIT_CONFIG_GLOBAL")
        .output()
        .unwrap();
    assert_eq!(text(&hostile.stdout), "hostile\n");
    caller.without("GIT_CONFIG_GLOBAL").runs(&FEW, &base.join("out"));
    assert_same(few(), &base.join("out"));
}

#[test]
fn another_user_gets_the_same_bytes() {
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    if !am_root() || !works(&[&nobody[..], &["true"]].concat()) {
        return skipped("another user: needs root and setpriv");
    }
    // Below the temporary folder, which that user can enter.
    let base = tempfile::tempdir().unwrap();
    let open = |path: &Path| {
        std::fs::create_dir_all(path).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(path, mode).unwrap();
    };
    open(base.path());
    let tree = base.path().join("tree");
    let caller = clone_to(&tree)
        .env("HOME", "/nonexistent")
        .env("USER", "nobody")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .without("TMPDIR")
        .behind(&nobody);
    let ran = caller.command(&["--version"]).output();
    if !ran.is_ok_and(|output| output.status.success()) {
        return skipped("another user: cannot enter the temporary folder");
    }
    let out = base.path().join("results");
    open(&out);
    caller.runs(&FEW, &out.join("out"));
    assert_same(few(), &out.join("out"));
}

#[test]
fn without_namespaces_the_bytes_are_the_same_and_each_loss_is_named_once() {
    let base = scratch("refused");
    let off = Caller::here().runs(&[&FEW[..], &["--sandbox=none"]].concat(), &base.join("none"));
    assert_same(few(), &base.join("none"));
    let all =
        ["fixed-path", "private-files", "no-network", "process-tree", "identity", "write-limits"];
    assert_eq!(missing(&off), all);

    let inner = "echo 0 > /proc/sys/user/max_user_namespaces; \
                 exec setpriv --bounding-set -all --inh-caps -all \"$@\"";
    let refusing = ["unshare", "-Ur", "sh", "-c", inner, "sh"];
    if !works(&[&refusing[..], &["true"]].concat()) {
        return skipped("namespaces refused: needs unshare -Ur and setpriv");
    }
    let caller = Caller::here().behind(&refusing);
    let noted = caller.runs(&[&FEW[..], &["--sandbox=best-effort"]].concat(), &base.join("best"));
    assert_same(few(), &base.join("best"));
    let lost = missing(&noted);
    for sure in ["fixed-path", "private-files", "process-tree", "identity"] {
        assert!(lost.contains(&sure), "{sure} in {noted}");
    }

    // Required, it refuses before it touches what is there.
    let before = results(&base.join("best"));
    let refused = caller.run(&[&FEW[..], &["--sandbox=require"]].concat(), &base.join("best"));
    assert_eq!(refused.status.code(), Some(3));
    let noted = text(&refused.stderr);
    assert!(noted.starts_with("error: the sandbox cannot give every guarantee here"), "{noted}");
    for name in lost {
        assert_eq!(noted.matches(&format!("{name}:")).count(), 1, "{name} in {noted}");
    }
    assert_eq!(results(&base.join("best")), before);
    // What is there is not refused.
    let few = [&FEW[..1], &["--sandbox=require"]].concat();
    if works(&["unshare", "-Urmpn", "true"]) {
        assert_eq!(missing(&Caller::here().runs(&few, &base.join("require"))), [""; 0]);
    }
}

/// The guarantees that standard error says are missing, in its order; each once.
fn missing(noted: &str) -> Vec<&str> {
    let lines = noted.lines().filter_map(|line| line.strip_prefix("sandbox: missing "));
    let names: Vec<&str> = lines.map(|line| line.split(':').next().unwrap()).collect();
    let mut once = names.clone();
    once.dedup();
    assert_eq!(names, once, "{noted}");
    names
}

/// All orders of three.
const ORDERS: [[u32; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Runs one scenario under a variant for each order; everything but the name of the variant must
/// be the same, and the objects those of a run without any order.
fn under_all_orders(base: &Path, args: &[&str], extra: impl Fn([u32; 3]) -> String) {
    let mut paths = Vec::new();
    for order in ORDERS {
        let path = base.join(format!("o{}{}{}.yaml", order[0], order[1], order[2]));
        std::fs::write(&path, format!("completion_order: {order:?}\n{}", extra(order))).unwrap();
        paths.push(path.to_str().unwrap().to_owned());
    }
    let variants = paths.join(",");
    let caller = Caller::here();
    caller.runs(&[args, &["--jobs", "3", "--variant", &variants]].concat(), &base.join("orders"));
    caller.runs(args, &base.join("plain"));
    let orders = results(&base.join("orders"));
    let plain = results(&base.join("plain"));
    let of = |files: &BTreeMap<String, Vec<u8>>, kind: &str| -> BTreeMap<String, Vec<u8>> {
        let wanted = files.iter().filter(|(name, _)| name.starts_with(kind));
        wanted.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    };
    assert_same_files(&of(&orders, "objects/"), &of(&plain, "objects/"));
    let events: Vec<String> =
        of(&orders, "runs/").values().map(|bytes| after_start(bytes)).collect();
    assert_eq!(events.len(), 6);
    let plain = of(&plain, "runs/").into_values().next().unwrap();
    for events in events {
        assert_eq!(events, after_start(&plain));
    }
}

/// The events without the first, which names the variant.
fn after_start(events: &[u8]) -> String {
    let events = text(events);
    let (first, rest) = events.split_once('\n').unwrap();
    assert!(first.starts_with(r#"{"event":"run_started""#) && rest.lines().count() > 9);
    rest.to_owned()
}

#[test]
fn the_order_in_which_parallel_calls_end_changes_nothing() {
    let base = scratch("orders");
    under_all_orders(&base, &["parallel-calls"], |_| String::new());
}

/// Here the calls do end in the order given: each waits for the one before it. They know the order
/// from a file that git ignores, so that the repositories are otherwise the same.
#[test]
fn calls_that_wait_for_each_other_give_the_same_bytes_in_every_order() {
    let base = scratch("waiting");
    let write = |path: &str, text: &str| {
        let path = base.join("scenarios/waiting").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("repo/.gitignore", "order\nended\nbusy\n");
    write("repo/order", "0 1 2\n");
    write(
        "repo/turn.sh",
        "before=\n\
         for each in $(cat order); do [ $each = $1 ] && break; before=$each; done\n\
         while [ \"$before\" ] && ! grep -qsx \"$before\" ended; do sleep 0.02; done\n\
         echo \"turn of $1\"\n\
         echo $1 >> ended\n",
    );
    write(
        "scenario.yaml",
        "summary: three calls that wait for each other\n\
         messages: [{text: Start the three turns at once.}]\n\
         checks:\n\
         - name: they ended in the order that was asked for\n\
         \x20 run: {cmd: test \"$(tr '\\n' ' ' < ended)\" = \"$(cat order) \"}\n\
         \x20 on_seed: {exit: 1}\n\
         budgets: {requests: 4, seconds: 60}\n",
    );
    write(
        "script.yaml",
        "steps:\n\
         - id: start\n\
         \x20 do:\n\
         \x20   - run: {cmd: sh turn.sh 0}\n\
         \x20   - run: {cmd: sh turn.sh 1}\n\
         \x20   - run: {cmd: sh turn.sh 2}\n\
         - id: end\n\
         \x20 do: [{say: All three are done.}]\n",
    );
    let root = base.join("scenarios");
    let args = ["waiting", "--script", "--root", root.to_str().unwrap()];
    under_all_orders(&base, &args, |[a, b, c]| format!("files: {{order: \"{a} {b} {c}\\n\"}}\n"));
}
