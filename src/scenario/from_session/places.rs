//! Where the session worked: its absolute paths as paths of the workspace.
//!
//! A log names the working folder, and not the root of the repository. Of that folder and those
//! above it the root is the one from which most of the paths that the session names lead to files of
//! the commit; the working folder itself, if none does.

use crate::scenario::paths::tidy;
use std::collections::BTreeSet;

/// Where commands of the sandbox find the workspace.
const WORKSPACE: &str = "/workspace";

/// The root of the session's repository, and the folder it worked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// As the session writes it; empty where the log names no folder.
    root: String,
    /// The working folder, relative to the root; empty for the root itself.
    pub(super) folder: String,
}

impl Places {
    /// Finds the root by the paths that the session names.
    pub(super) fn find(folder: Option<&str>, named: &[String], tree: &BTreeSet<&str>) -> Self {
        let folder = folder.unwrap_or_default().trim_end_matches('/');
        let mut best = Self { root: folder.to_owned(), folder: String::new() };
        let mut most = best.hits(named, tree);
        let mut root = folder;
        // Not the root folder of the machine, nor one like `/home`.
        while let Some((above, _)) = root.rsplit_once('/')
            && above.matches('/').count() > 1
        {
            root = above;
            let inner = folder[root.len()..].trim_start_matches('/').to_owned();
            let places = Self { root: root.to_owned(), folder: inner };
            let hits = places.hits(named, tree);
            if hits > most {
                (best, most) = (places, hits);
            }
        }
        best
    }

    /// How many of the named paths lead to files.
    fn hits(&self, named: &[String], tree: &BTreeSet<&str>) -> usize {
        let leads = |path: &&String| self.inside(path, None).is_some_and(|p| tree.contains(&*p));
        named.iter().filter(leads).count()
    }

    /// The root, as the session writes it.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// A path of the session as one of the workspace; `None` if it leads elsewhere. Relative ones
    /// start at `workdir`, or else at the working folder.
    pub(super) fn inside(&self, path: &str, workdir: Option<&str>) -> Option<String> {
        let path = match path.strip_prefix('/') {
            Some(_) => self.below_root(path)?.to_owned(),
            None => {
                let start = match workdir {
                    Some(workdir) => self.inside(workdir, None)?,
                    None => self.folder.clone(),
                };
                format!("{start}/{path}")
            }
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
            match part {
                ".." => {
                    parts.pop()?;
                }
                "~" if parts.is_empty() => return None,
                part => parts.push(part),
            }
        }
        Some(tidy(&parts.join("/")))
    }

    fn below_root<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.root.as_str()).filter(|_| !self.root.is_empty())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
    }

    /// A text with the root's place in the sandbox instead of that in the session.
    pub(super) fn text(&self, text: &str) -> String {
        self.replaced(text, WORKSPACE)
    }

    /// A command line for the sandbox, and its folder; `None` if it reaches out of the repository.
    pub(super) fn command(&self, cmd: &str, workdir: Option<&str>) -> Option<(String, String)> {
        let mut folder = match workdir {
            Some(workdir) => self.inside(workdir, None)?,
            None => self.folder.clone(),
        };
        let mut cmd = cmd.trim();
        // `cd FOLDER && ..` names the folder.
        while let Some((to, rest)) = cmd.strip_prefix("cd ").and_then(|rest| rest.split_once("&&"))
            && !to.contains(['\n', ';', '|', '$', '`', '('])
        {
            let to = to.trim().trim_matches(['"', '\'']);
            folder = self.inside(to, Some(&format!("{}/{folder}", self.root)))?;
            cmd = rest.trim_start();
        }
        let moves = cmd.contains("cd ") || !folder.is_empty();
        let out = match moves {
            true => self.replaced(cmd, WORKSPACE),
            false => {
                let relative = cmd.replace(&format!("{}/", self.root), "");
                let relative = if self.root.is_empty() { cmd.to_owned() } else { relative };
                self.replaced(&relative, ".")
            }
        };
        (!self.reaches_out(&out)).then_some((out, folder))
    }

    /// The text with the root replaced where it stands as a whole path.
    fn replaced(&self, text: &str, new: &str) -> String {
        if self.root.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.root) {
            let (before, found) = rest.split_at(at);
            let after = &found[self.root.len()..];
            let part_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            let whole = !after.starts_with(part_of_a_name)
                && !before.ends_with(|c: char| part_of_a_name(c) || c == '/');
            out += before;
            out += if whole { new } else { &self.root };
            rest = after;
        }
        out + rest
    }

    /// Whether a command names the home of the session's user.
    fn reaches_out(&self, cmd: &str) -> bool {
        let mut parts = self.root.split('/').skip(1);
        let home = match (parts.next(), parts.next()) {
            (Some(first @ ("home" | "Users")), Some(user)) => format!("/{first}/{user}"),
            (Some("root"), _) => "/root".to_owned(),
            _ => self.root.clone(),
        };
        let named = !home.is_empty() && cmd.contains(&home);
        named || cmd.contains("~/") || cmd.contains("$HOME")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(root: &str, folder: &str) -> Places {
        Places { root: root.into(), folder: folder.into() }
    }

    #[test]
    fn the_root_is_where_most_paths_lead_to_files() {
        let tree = BTreeSet::from(["pkg/src/a.c", "pkg/Makefile", "README"]);
        let named = ["/home/me/w/pkg/src/a.c", "src/a.c", "Makefile"].map(str::to_owned);
        let find = |folder: &str| Places::find(Some(folder), &named, &tree);
        assert_eq!(find("/home/me/w/pkg"), places("/home/me/w", "pkg"));
        assert_eq!(find("/home/me/w/other"), places("/home/me/w", "other"));
        let none = Places::find(Some("/home/me/w/pkg"), &[], &tree);
        assert_eq!(none, places("/home/me/w/pkg", ""), "the working folder, if nothing tells");
        assert_eq!(Places::find(None, &[], &tree), places("", ""));
    }

    #[test]
    fn paths_lead_into_the_workspace_or_nowhere() {
        let places = places("/home/me/w", "pkg");
        let inside = |path: &str| places.inside(path, None);
        assert_eq!(inside("/home/me/w/a/b").as_deref(), Some("a/b"));
        assert_eq!(inside("a").as_deref(), Some("pkg/a"));
        assert_eq!(inside("../a").as_deref(), Some("a"));
        assert_eq!(inside("../../a"), None);
        assert_eq!(inside("/home/me/wide/a"), None);
        assert_eq!(inside("/home/me/w").as_deref(), Some(""));
        assert_eq!(places.inside("a", Some("/home/me/w/lib")).as_deref(), Some("lib/a"));
    }

    #[test]
    fn commands_lose_the_place_of_the_repository() {
        let at_root = places("/home/me/w", "");
        let command = |cmd: &str| at_root.command(cmd, None);
        let some = |cmd: &str, folder: &str| Some((cmd.to_owned(), folder.to_owned()));
        assert_eq!(command("cd /home/me/w && make"), some("make", ""));
        assert_eq!(command("cd /home/me/w/lib && make"), some("make", "lib"));
        assert_eq!(command("cd lib && cd .. && make"), some("make", ""));
        assert_eq!(command("cat /home/me/w/a /home/me/w"), some("cat a .", ""));
        assert_eq!(command("(cd x; cat /home/me/w/a)"), some("(cd x; cat /workspace/a)", ""));
        assert_eq!(command("ls /home/me/wide"), None, "the home of somebody");
        assert_eq!(command("cat ~/.bashrc"), None);
        assert_eq!(command("cd .. && ls"), None);
        assert_eq!(at_root.command("make", Some("/home/me/w/lib")), some("make", "lib"));
        assert_eq!(at_root.text("in /home/me/w/a,"), "in /workspace/a,");
    }
}
