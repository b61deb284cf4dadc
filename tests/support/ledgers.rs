//! A small scenario made for tests of position: three turns, parallel calls, a rule given once, and
//! files long enough that a threshold of 12,000 tokens is crossed again and again. Its
//! commands cost next to nothing, so that many runs of it are affordable.

use std::fmt::Write;
use std::path::{Path, PathBuf};

const SHELVES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Writes the scenario `ledgers` below `parent`, a new folder; gives its folder.
pub(crate) fn write(parent: &Path) -> PathBuf {
    let dir = parent.join("ledgers");
    std::fs::create_dir_all(dir.join("repo/shelves")).unwrap();
    for shelf in SHELVES {
        std::fs::write(dir.join(format!("repo/shelves/{shelf}.txt")), text(shelf)).unwrap();
    }
    std::fs::write(dir.join("scenario.yaml"), scenario()).unwrap();
    std::fs::write(dir.join("script.yaml"), script()).unwrap();
    dir
}

fn text(shelf: &str) -> String {
    let mut text = String::new();
    for line in 1..=160u32 {
        let weight = line * 7919 % 1009 * u32::from(shelf.as_bytes()[0]);
        writeln!(text, "row {line} of shelf {shelf}: a box of {weight} grams, sealed").unwrap();
    }
    text
}

fn scenario() -> String {
    let mut yaml = String::from(
        "summary: three ledgers are summed up, each with a stamp that was told once
messages:
  - text: 'The stamp of this week is `kx-7734`. Sum up the shelves a and b in out/1.txt.'
  - text: Now the shelves c and d in out/2.txt, with the same stamp.
  - text: And the last two.
facts:
  - id: stamp
    class: constraint
    value: kx-7734
    forms: ['stamp of this week is `kx-7734`']
    recover: none
retention: {structured: {facts: 3}}
compaction: {strategy: remote, threshold: 12000, keep_user_tokens: 0}
checks:
",
    );
    for turn in 1..=3 {
        writeln!(
            yaml,
            "  - name: ledger {turn} is stamped
    file: {{path: out/{turn}.txt, text: {{equals: kx-7734 {turn}}}}}
    on_seed: {{missing: true}}"
        )
        .unwrap();
    }
    yaml
}

fn script() -> String {
    let mut yaml = String::from("summary_preface: What was agreed so far.\nsteps:\n");
    for (at, pair) in SHELVES.chunks(2).enumerate() {
        let (turn, one, two) = (at + 1, pair[0], pair[1]);
        writeln!(
            yaml,
            "  - id: look-{turn}
    do:
      - reason: The shelves {one} and {two} come first, whole.
      - say: I will read the shelves {one} and {two} from their first row to their last.
      - read: {{path: shelves/{one}.txt}}
      - read: {{path: shelves/{two}.txt}}
  - id: heads-{turn}
    do:
      - run: {{cmd: head -n 3 shelves/{one}.txt}}
      - run: {{cmd: head -n 3 shelves/{two}.txt}}
      - run: {{cmd: tail -n 100 shelves/{one}.txt}}
  - id: write-{turn}
    requires: [stamp]
    bind:
      stamp: {{fact: stamp, pattern: 'stamp of this week is `([a-z0-9-]+)`'}}
    do:
      - write: {{path: out/{turn}.txt, text: \"{{stamp}} {turn}\\n\"}}
  - id: done-{turn}
    do:
      - say: The shelves {one} and {two} are summed up and stamped in out/{turn}.txt."
        )
        .unwrap();
    }
    yaml
}
