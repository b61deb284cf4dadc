//! The descendants of a process, and their end.
//!
//! Reapers are subreapers, so whatever a command starts, however often it forks and whatever
//! session it opens, stays below its reaper. `/proc` may be that of an outer pid namespace; the
//! number that `kill` takes here is then the one of our own level in `NSpid`.

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the tree is read again before we give up: it shrinks as killed processes are reaped.
const ROUNDS: u32 = 2000;

/// A process in `/proc`.
#[derive(Debug, PartialEq)]
struct Seen {
    parent: i32,
    /// Its number at each level of namespaces, from that of `/proc` inwards.
    numbers: Vec<i32>,
    dead: bool,
}

/// Kills the session of a reaper: all that can be found without `/proc`.
#[cfg(not(target_os = "linux"))]
pub(super) fn kill_below(root: Pid, _spared: &[Pid]) {
    if root != rustix::process::getpid() {
        // It may be empty already.
        let _ = rustix::process::kill_process_group(root, Signal::KILL);
    }
    reap();
}

/// Kills everything below `root`, `root` itself excepted, and nothing below its `spared` children.
#[cfg(target_os = "linux")]
pub(super) fn kill_below(root: Pid, spared: &[Pid]) {
    for round in 0..ROUNDS {
        let living = below(root, spared).unwrap_or_default();
        if living.is_empty() {
            return;
        }
        for pid in living {
            // It may have ended meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
        reap();
        if round > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Reaps dead children. The end of a reaper is known by its pipe, so nobody needs the status.
pub(super) fn reap() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

/// The living processes below `root`, parents before children.
fn below(root: Pid, spared: &[Pid]) -> Option<Vec<Pid>> {
    let table = table();
    let own = std::fs::read_link("/proc/self").ok()?.to_str()?.parse().ok()?;
    let level = table.get(&own)?.numbers.len() - 1;
    let pid = |seen: &Seen| seen.numbers.get(level).copied().and_then(Pid::from_raw);
    let outer = if root == rustix::process::getpid() {
        own
    } else {
        let child = |(_, seen): &(&i32, &Seen)| seen.parent == own && pid(seen) == Some(root);
        *table.iter().find(child)?.0
    };
    let mut living = Vec::new();
    let mut open = vec![outer];
    while let Some(parent) = open.pop() {
        for (number, seen) in table.iter().filter(|(_, seen)| seen.parent == parent) {
            let Some(pid) = pid(seen) else { continue };
            if parent == outer && spared.contains(&pid) {
                continue;
            }
            open.push(*number);
            if !seen.dead {
                living.push(pid);
            }
        }
    }
    Some(living)
}

fn table() -> BTreeMap<i32, Seen> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return BTreeMap::new() };
    entries
        .filter_map(|entry| {
            let number: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let status = std::fs::read(format!("/proc/{number}/status")).ok()?;
            Some((number, parse(&String::from_utf8_lossy(&status), number)?))
        })
        .collect()
}

fn parse(status: &str, number: i32) -> Option<Seen> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.strip_prefix(':')?.trim())
    };
    let numbers = match field("NSpid") {
        Some(numbers) => {
            numbers.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?
        }
        // A kernel without pid namespaces.
        None => vec![number],
    };
    Some(Seen {
        parent: field("PPid")?.parse().ok()?,
        numbers,
        dead: field("State")?.starts_with(['Z', 'X']),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_gives_every_number() {
        let status = "Name:\ta b\nState:\tS (sleeping)\nPPid:\t41\nNSpid:\t42\t7\n";
        let expected = Seen { parent: 41, numbers: vec![42, 7], dead: false };
        assert_eq!(parse(status, 42), Some(expected));
        let expected = Seen { parent: 1, numbers: vec![9], dead: true };
        assert_eq!(parse("State:\tZ (zombie)\nPPid:\t1\n", 9), Some(expected));
    }
}
