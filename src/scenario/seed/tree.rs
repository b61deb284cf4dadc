//! The files of a commit: its tree listed, held to what a workspace can be, and read.
//!
//! Nothing of a tree is believed: git itself never wrote a path with `..`, but a tree may have been
//! made by other means.

use super::repository::{Private, run};
use super::{SeedContent, SeedFile, too_large};
use crate::scenario::yaml::Problem;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;

/// One line of the listing.
#[derive(Debug, PartialEq)]
struct Line {
    executable: bool,
    link: bool,
    id: String,
    bytes: u64,
    path: String,
}

/// All files of the commit, sorted by path.
pub(super) fn files(private: &Private, commit: &str) -> Result<Vec<SeedFile>, Problem> {
    let wrong = |what: String| Problem::new("seed/commit", what);
    let listing = private
        .output(&["ls-tree", "-r", "-l", "-z", "--full-tree", commit])
        .map_err(|said| incomplete(&said))?;
    let mut lines: Vec<Line> = Vec::new();
    for line in listing.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        match parse(line).map_err(wrong)? {
            Some(line) => lines.push(line),
            None => return Err(incomplete(&path_of(line))),
        }
    }
    if let Some(why) = too_large(lines.len(), lines.iter().map(|line| line.bytes).sum()) {
        return Err(wrong(why).help("choose a smaller repository, or a plain folder of its files"));
    }
    lines.sort_by(|a, b| a.path.cmp(&b.path));
    distinct(&lines).map_err(wrong)?;
    let contents = contents(private, &lines).map_err(|said| incomplete(&said))?;
    let mut files = Vec::with_capacity(lines.len());
    for (line, bytes) in lines.into_iter().zip(contents) {
        let content = match line.link {
            false => SeedContent::File { bytes: bytes.into(), executable: line.executable },
            true => SeedContent::Link {
                target: String::from_utf8(bytes)
                    .map_err(|_| wrong(format!("{}: a link must be UTF-8", line.path)))?,
            },
        };
        files.push(SeedFile { path: line.path, content });
    }
    Ok(files)
}

fn incomplete(said: &str) -> Problem {
    Problem::new("seed/commit", format!("objects of this commit are missing: {said}"))
        .help("a partial clone has only what was looked at: fetch the rest, or clone it whole")
}

fn path_of(line: &[u8]) -> String {
    let at = line.iter().position(|byte| *byte == b'\t').map_or(0, |tab| tab + 1);
    String::from_utf8_lossy(&line[at..]).into_owned()
}

/// `100644 blob ID    SIZE\tPATH`; nothing, where the object is not there.
fn parse(line: &[u8]) -> Result<Option<Line>, String> {
    let odd = || format!("git lists something odd: {}", String::from_utf8_lossy(line));
    let tab = line.iter().position(|byte| *byte == b'\t').ok_or_else(odd)?;
    let path = std::str::from_utf8(&line[tab + 1..])
        .map_err(|_| format!("{}: a name in a seed must be UTF-8", path_of(line)))?;
    let head = std::str::from_utf8(&line[..tab]).map_err(|_| odd())?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [mode, _, id, bytes] = words[..] else { return Err(odd()) };
    let (executable, link) = match mode {
        "100644" | "100664" => (false, false),
        "100755" => (true, false),
        "120000" => (false, true),
        "160000" => {
            return Err(format!("{path} is a submodule: a seed holds files and links only"));
        }
        _ => return Err(odd()),
    };
    let forbidden =
        |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
    if path.split('/').any(forbidden) {
        return Err(format!("{path}: no path for a seed"));
    }
    if bytes == "BAD" {
        return Ok(None);
    }
    let bytes = bytes.parse().map_err(|_| odd())?;
    Ok(Some(Line { executable, link, id: id.to_owned(), bytes, path: path.to_owned() }))
}

/// No path twice, and none below a file or link.
fn distinct(lines: &[Line]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for line in lines {
        if !seen.insert(line.path.as_str()) {
            return Err(format!("{} stands twice in the tree", line.path));
        }
    }
    for line in lines {
        let mut above = line.path.as_str();
        while let Some((parent, _)) = above.rsplit_once('/') {
            above = parent;
            if seen.contains(above) {
                return Err(format!("{} lies below {above}, which is not a folder", line.path));
            }
        }
    }
    Ok(())
}

/// The bytes of each line's object. The ids go in by a file, so that nobody waits for anybody.
fn contents(private: &Private, lines: &[Line]) -> Result<Vec<Vec<u8>>, String> {
    let asked = private.path("asked");
    let text: String = lines.iter().map(|line| format!("{}\n", line.id)).collect();
    let written = File::create(&asked).and_then(|mut file| file.write_all(text.as_bytes()));
    let file = written.and_then(|()| File::open(&asked)).map_err(|error| error.to_string())?;
    let args = ["cat-file", "--batch"].map(OsStr::new);
    let out = run(private.git(&args).stdin(file))?;
    let mut rest = out.as_slice();
    let mut contents = Vec::with_capacity(lines.len());
    for line in lines {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or("git said too little")?;
        let head = String::from_utf8_lossy(&rest[..end]);
        let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let size = size.ok_or_else(|| format!("{}: {head}", line.path))?;
        let (content, after) =
            rest[end + 1..].split_at_checked(size).ok_or("git said too little")?;
        contents.push(content.to_vec());
        rest = after.strip_prefix(b"\n").ok_or("git said too little")?;
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str) -> Result<Line, String> {
        let line = parse(format!("100644 blob abc     12\t{path}").as_bytes())?;
        Ok(line.expect("its object is there"))
    }

    #[test]
    fn modes_are_files_programs_and_links() {
        let kinds = ["100644", "100755", "120000"].map(|mode| {
            let line = parse(format!("{mode} blob abc      7\ta b").as_bytes());
            let line = line.expect("a line").expect("with an object");
            assert_eq!((line.id.as_str(), line.bytes, line.path.as_str()), ("abc", 7, "a b"));
            (line.executable, line.link)
        });
        assert_eq!(kinds, [(false, false), (true, false), (false, true)]);
        assert_eq!(parse(b"100644 blob abc     BAD\tx"), Ok(None));
        let why = parse(b"160000 commit abc       -\tlib/other").expect_err("refused");
        assert_eq!(why, "lib/other is a submodule: a seed holds files and links only");
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["../x", "a/../x", "a//b", ".git/hooks/x", "a/.GIT/x", "/etc/x"] {
            assert!(line(path).is_err(), "{path}");
        }
        assert!(line(".gitignore").is_ok() && line("a/..b").is_ok());
        let why = parse(b"100644 blob abc 1\ta\xff").expect_err("refused");
        assert!(why.ends_with("a name in a seed must be UTF-8"));
    }

    #[test]
    fn a_path_below_a_link_is_refused() {
        let both = |a: &str, b: &str| distinct(&[line(a).expect("a"), line(b).expect("b")]);
        assert!(both("a", "a").expect_err("twice").contains("twice"));
        assert!(both("a", "a/b/c").expect_err("below").contains("below a,"));
        assert!(both("a", "a.b").is_ok());
    }
}
