//! How much memory runs take: the long session within its bound, and no growth with trials.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![cfg(target_os = "linux")]

#[path = "support/program.rs"]
mod program;

use program::{Caller, scratch};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

/// What a run took, kB.
struct Taken {
    /// The largest resident set of the program or of anything it started and waited for.
    peak: i64,
    /// The program's own memory (`RssAnon`) when the first run had ended, the second, ..
    after: Vec<i64>,
}

#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and gives its peak")]
fn run(args: &[&str], out: &Path) -> Taken {
    let args = [&["run"], args, &["--out", out.to_str().unwrap()]].concat();
    let mut command = Caller::here().command(&args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    let mut after = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        // `[7/20] pass ..`, as runs end.
        if line.unwrap().starts_with('[') {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            // Gone when it has ended before we read its last words.
            let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
            after.extend(own.map(|own| own.trim().trim_end_matches(" kB").parse::<i64>().unwrap()));
        }
    }
    let mut status = 0;
    // SAFETY: a structure of integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call; nobody else waits for this child.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    assert_eq!((waited, status), (pid, 0), "unreel {args:?}");
    Taken { peak: usage.ru_maxrss, after }
}

#[test]
fn the_session_of_120_requests_stays_below_250_mb() {
    let out = scratch("memory-long").join("out");
    let peak = run(&["long-session"], &out).peak;
    let requests = std::fs::read_to_string(out.join("tables/requests.csv")).unwrap();
    assert_eq!(requests.lines().count(), 121);
    println!("long-session: peak {} MB", peak / 1024);
    assert!(peak < 250 * 1024, "{peak} kB");
}

#[test]
fn memory_does_not_grow_with_trials() {
    let base = scratch("memory-trials");
    let write = |path: &str, text: &str| {
        let path = base.join("scenarios/small").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    // A process that keeps its runs would grow by 30 kB of output and 50 kB of requests in each.
    write("repo/note", "one\n");
    write(
        "scenario.yaml",
        "summary: a note is read and mended\n\
         messages: [{text: Mend the note.}]\n\
         checks:\n\
         - name: the note is mended\n\
         \x20 file: {path: note, text: {equals: \"two\\n\"}}\n\
         \x20 on_seed: {contains: one}\n\
         budgets: {requests: 4, seconds: 60}\n",
    );
    write(
        "script.yaml",
        "steps:\n\
         - id: look\n\
         \x20 do:\n\
         \x20   - run: {cmd: cat note; head -c 30000 /dev/zero | tr '\\000' x}\n\
         - id: mend\n\
         \x20 do:\n\
         \x20   - run: {cmd: echo two > note}\n\
         - id: end\n\
         \x20 do: [{say: It is mended.}]\n",
    );
    let root = base.join("scenarios");
    let trials = |number: &str| {
        let args =
            ["--script", "--jobs", "2", "--trials", number, "--root", root.to_str().unwrap()];
        run(&args, &base.join(number))
    };
    let (few, many) = (trials("20"), trials("200"));
    // While they run: the first ones load the tokenizer and fill the allocator's arenas.
    assert!(many.after.len() > 190, "{:?}", many.after);
    let mean = |part: &[i64]| part.iter().sum::<i64>() / part.len() as i64;
    let (early, late) = (mean(&many.after[20..50]), mean(&many.after[many.after.len() - 30..]));
    println!("after 20 to 50 trials {early} kB, after the last 30 {late} kB");
    assert!(late - early < 6 * 1024, "{:?}", many.after);
    // With measures and tables.
    println!("peak of 20 trials {} kB, of 200 trials {} kB", few.peak, many.peak);
    assert!(many.peak - few.peak < 6 * 1024, "{} kB, then {} kB", few.peak, many.peak);
}
