//! `seed:` in `scenario.yaml`: a folder, or a commit of a repository or of a bundle.

use crate::scenario::rules::Checked;
use crate::scenario::yaml::Problem;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// Where the files of a seed come from. Paths are absolute, or relative to the scenario's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SeedSource {
    /// A plain folder.
    Folder(String),
    /// A commit.
    Git(GitSeed),
}

/// A commit of a repository on this machine, or of a git bundle: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitSeed {
    /// The repository: a folder with `.git`, or a bare one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// The bundle, a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// Full id of the commit.
    pub commit: String,
}

impl Default for SeedSource {
    fn default() -> Self {
        Self::Folder("repo".into())
    }
}

impl SeedSource {
    /// Rules beyond the types.
    pub(in crate::scenario) fn check(&self) -> Checked {
        match self {
            Self::Folder(path) if path.trim().is_empty() => {
                Err(Problem::new("seed", "the path is empty"))
            }
            Self::Folder(_) => Ok(()),
            Self::Git(seed) => seed.check(),
        }
    }
}

impl GitSeed {
    fn check(&self) -> Checked {
        let wrong = match (&self.git, &self.bundle) {
            (Some(_), Some(_)) => "`git` and `bundle` at once",
            (None, None) => "neither `git` nor `bundle`",
            _ => "",
        };
        if !wrong.is_empty() {
            let help = "the commit is in one place: a repository (`git`) or a file (`bundle`)";
            return Err(Problem::new("seed", wrong).help(help));
        }
        let commit = &self.commit;
        let is_id = matches!(commit.len(), 40 | 64)
            && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match is_id {
            true => Ok(()),
            false => {
                let what = format!("`{commit}` is not the full id of a commit");
                let help = format!(
                    "40 or 64 hexadecimal digits, since names move: git rev-parse '{commit}^{{commit}}'"
                );
                Err(Problem::new("seed/commit", what).help(help))
            }
        }
    }
}

impl<'de> Deserialize<'de> for SeedSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

/// Not an untagged enum, which would forget where an error is.
struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = SeedSource;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a folder, or `{git: PATH, commit: ID}`, or `{bundle: FILE, commit: ID}`")
    }

    fn visit_str<E>(self, path: &str) -> Result<SeedSource, E> {
        Ok(SeedSource::Folder(path.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SeedSource, A::Error> {
        GitSeed::deserialize(MapAccessDeserializer::new(map)).map(SeedSource::Git)
    }
}
