//! Same inputs, same bytes: whatever the number of jobs, the surroundings, the user, the place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const UNREEL: &str = env!("CARGO_BIN_EXE_unreel");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Scenarios for the axes that cost a run each: paths, long and binary output, a changed folder,
/// sealed reasoning, parallel calls.
const FEW: [&str; 5] =
    ["fix-failing-test", "huge-output", "change-folder", "tool-errors", "parallel-calls"];

/// Every file below a folder but the timing, by relative path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.file_name().unwrap().to_string_lossy().starts_with("timing.") {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn assert_same(a: &Path, b: &Path, what: &str) {
    let (a, b) = (files(a), files(b));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b), "{what}: other files");
    let differing: Vec<_> = a.iter().filter(|(name, bytes)| b[*name] != **bytes).collect();
    assert!(
        differing.is_empty(),
        "{what}: {:?} differ",
        differing.iter().map(|(n, _)| n).collect::<Vec<_>>()
    );
}

/// `unreel run ARGS --out OUT` in the repository.
fn run(out: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(UNREEL);
    command.current_dir(ROOT).arg("run").args(args).arg("--out").arg(out);
    command
}

fn done(output: Output, what: &str) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{what}: {}\n{text}", output.status);
    text
}

#[test]
fn jobs_twice_and_script_or_recording() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    done(run(&at("one"), &["--jobs", "1"]).output().unwrap(), "one job");
    done(run(&at("eight"), &["--jobs", "8"]).output().unwrap(), "eight jobs");
    assert_same(&at("one"), &at("eight"), "1 and 8 jobs");
    // Measuring the journal again changes nothing.
    let again = Command::new(UNREEL).arg("report").arg(at("eight")).output().unwrap();
    done(again, "report");
    assert_same(&at("one"), &at("eight"), "measured again");
    // A script gives what its recording replays, but for the provenance.
    done(run(&at("script"), &["--jobs", "2", "--script"]).output().unwrap(), "script");
    let journal = |name: &str| {
        let text = std::fs::read_to_string(at(name).join("journal.jsonl")).unwrap();
        text.replace("\"provenance\":\"recorded (scripted)\"", "\"provenance\":\"scripted\"")
    };
    assert!(journal("one") == journal("script"), "the journals of script and replay differ");
    // Nothing of this machine got in.
    let temporary = dir.path().to_string_lossy().into_owned();
    for (name, bytes) in files(&at("one")) {
        let text = String::from_utf8_lossy(&bytes);
        for trace in [ROOT, temporary.as_str(), "127.0.0.1"] {
            assert!(!text.contains(trace), "{} holds {trace}", name.display());
        }
    }
}

#[test]
fn surroundings_and_place() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    done(run(&at("plain"), &FEW).output().unwrap(), "plain");
    let home = at("home");
    std::fs::create_dir_all(home.join("tmp")).unwrap();
    let hostile = "[core]\n\tautocrlf = true\n\thooksPath = /nowhere\n[init]\n\tdefaultBranch = \
                   odd\n\ttemplateDir = /nowhere\n[commit]\n\tgpgsign = true\n[user]\n\tname = X\n";
    std::fs::write(home.join(".gitconfig"), hostile).unwrap();
    let place = at("a place with spaces");
    for folder in ["scenarios", "recordings"] {
        copy(&Path::new(ROOT).join(folder), &place.join(folder));
    }
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 077; exec \"$0\" \"$@\"", UNREEL, "run"])
        .args(FEW)
        .arg("--out")
        .arg(at("hostile"))
        .current_dir(&place)
        .env("HOME", &home)
        .env("TMPDIR", home.join("tmp"))
        .env("TZ", "Asia/Tokyo")
        .env("LANG", "tr_TR.UTF-8")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"))
        .env("POLARS_MAX_THREADS", "1")
        .env("RAYON_NUM_THREADS", "3");
    done(command.output().unwrap(), "hostile surroundings");
    assert_same(&at("plain"), &at("hostile"), "hostile surroundings");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { drop(std::fs::copy(&path, &target)) }
    }
}

#[test]
fn without_namespaces() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    done(run(&at("plain"), &FEW).output().unwrap(), "plain");
    // Inside a user namespace that allows no further one, and without any capability.
    let refuse = "echo 0 > /proc/sys/user/max_user_namespaces && \
                  exec setpriv --bounding-set -all --inh-caps -all --ambient-caps -all \"$@\"";
    let refused = |out: &Path, more: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["-Ur", "sh", "-c", refuse, "refuse", UNREEL, "run"]).args(FEW).args(more);
        command.arg("--out").arg(out).current_dir(ROOT).output()
    };
    match refused(&at("probe"), &["--help"]) {
        Ok(output) if output.status.success() => {}
        _ => {
            eprintln!("SKIPPED: namespaces cannot be refused here (unshare, setpriv)");
            return;
        }
    }
    let told = done(refused(&at("refused"), &[]).unwrap(), "without namespaces");
    assert_same(&at("plain"), &at("refused"), "without namespaces");
    let losses = told.lines().filter(|line| line.starts_with("sandbox: ")).count();
    assert!(losses >= 3, "each loss is named, once:\n{told}");
    let required = refused(&at("required"), &["--sandbox", "require"]).unwrap();
    assert_eq!(required.status.code(), Some(3));
    // No sandbox at all, on purpose, gives the same where nothing is to be denied.
    let one = |out: &Path, mode: &str| {
        done(run(out, &["fix-failing-test", "--sandbox", mode]).output().unwrap(), mode);
    };
    one(&at("full"), "best-effort");
    one(&at("none"), "none");
    assert_same(&at("full"), &at("none"), "--sandbox none");
}

#[test]
fn any_order_in_which_parallel_calls_finish() {
    let dir = tempfile::tempdir().unwrap();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut names = Vec::new();
    for (number, order) in orders.iter().enumerate() {
        let path = dir.path().join(format!("order{number}.yaml"));
        std::fs::write(&path, format!("completion_order: {order:?}\n")).unwrap();
        names.push(path.to_string_lossy().into_owned());
    }
    let out = dir.path().join("out");
    let variants = names.join(",");
    done(run(&out, &["parallel-calls", "--variant", &variants]).output().unwrap(), "orders");
    let mut journals = Vec::new();
    for number in 0..orders.len() {
        let run = out.join(format!("runs/parallel-calls@order{number}#1/events.jsonl"));
        let text = std::fs::read_to_string(run).unwrap();
        // The first event names the variant.
        journals.push(text.split_once('\n').unwrap().1.to_owned());
    }
    assert!(journals.iter().all(|journal| *journal == journals[0]), "an order shows");
}
