//! A scenario's folder, loaded and held to its rules.

use super::error::{ScenarioError, ScenarioErrorKind};
use super::overlay::{Part, Peek};
use super::paths::{is_name, outside};
use super::seed::{Seed, SeedFile, SeedSource, Unreadable};
use super::yaml::{self, Problem};
use super::{ScenarioFile, validate};
use crate::wire::Digest;
use std::path::{Path, PathBuf};

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name of its folder.
    pub name: String,
    /// Its folder, as it was given.
    pub dir: PathBuf,
    /// `scenario.yaml`, after `extends`.
    pub file: ScenarioFile,
    /// The files that a workspace starts from, its own or those of the base.
    pub seed: Seed,
    /// `script.yaml`, its own or that of the base.
    pub script: Option<PathBuf>,
    /// `solution.patch`, its own or that of the base.
    pub solution: Option<PathBuf>,
    /// Digest of all its files: `scenario.yaml` (and the base's), script, solution, and the seed
    /// with relative paths and modes. Equal wherever the folder lies.
    pub digest: Digest,
    /// Name of the scenario it extends, when the script is that one's too.
    recorded_as: Option<String>,
}

impl Scenario {
    /// Loads the scenario of a folder.
    ///
    /// # Errors
    /// A file that is missing or unreadable, YAML that does not parse, or a rule that is broken,
    /// each with its place.
    pub fn load(dir: &Path) -> Result<Self, ScenarioError> {
        let name = folder_name(dir)?;
        let path = dir.join("scenario.yaml");
        if !path.is_file() {
            return Err(ScenarioError::missing(&path, "scenario file").help(HOW_TO_MAKE_ONE));
        }
        let (peek, text) = yaml::read::<Peek>(&path)?;
        let mut sources = vec![Source { path, text }];
        let mut base_dir = None;
        let mut own_seed = true;
        let file = match peek.extends {
            None => yaml::parse(&sources[0].path, &sources[0].text)?,
            Some(base) => {
                let (dir, source, file) = load_base(dir, &base, &sources[0])?;
                base_dir = Some(dir);
                let part: Part = yaml::parse(&sources[0].path, &sources[0].text)?;
                own_seed = part.seed.is_some();
                sources.push(source);
                part.over(file)
            }
        };
        let own_or_base = |name: &str| {
            let own = dir.join(name);
            let base = || Some(base_dir.as_ref()?.join(name)).filter(|path| path.exists());
            if own.exists() { Some(own) } else { base() }
        };
        let script = own_or_base("script.yaml");
        let solution = own_or_base("solution.patch");
        let seed = match seed(&file, dir, base_dir.as_deref(), own_seed) {
            Ok(seed) => seed,
            Err(Unreadable::Key(problem)) => return Err(place(problem, &sources)),
            Err(Unreadable::File(error)) => return Err(error),
        };
        if let Err(problem) = validate::scenario(&file, seed.files(), dir, base_dir.as_deref()) {
            return Err(place(problem, &sources));
        }
        let digest = digest(&sources, script.as_deref(), solution.as_deref(), seed.files())?;
        let own_script = dir.join("script.yaml").exists();
        let recorded_as = file.extends.clone().filter(|_| !own_script);
        let dir = dir.to_owned();
        Ok(Self { name, dir, file, seed, script, solution, digest, recorded_as })
    }

    /// The name of its recording: its own, or that of the scenario whose script it shares.
    #[must_use]
    pub fn recording(&self) -> &str {
        self.recorded_as.as_deref().unwrap_or(&self.name)
    }

    /// Whether its seed lies in its folder, or in that of the scenario it extends.
    #[must_use]
    pub fn seed_is_inside(&self) -> bool {
        let path = match self.file.seed.as_ref() {
            None => return true,
            Some(SeedSource::Folder(path)) => path,
            // A repository is more than its commit, and may be anywhere.
            Some(SeedSource::Git(seed)) => match &seed.bundle {
                Some(path) => path,
                None => return false,
            },
        };
        outside(path).is_none()
    }

    /// The folder of the scenario it extends.
    #[must_use]
    pub fn base_dir(&self) -> Option<PathBuf> {
        self.file.extends.as_ref().map(|base| sibling(&self.dir, base))
    }
}

pub(super) const HOW_TO_MAKE_ONE: &str = "a scenario is a folder NAME/ with `scenario.yaml` \
    (summary, messages, checks) and `repo/` (the files of the seed repository)";

/// The folder of the seed, where nothing else is said.
const REPO: &str = "repo";

struct Source {
    path: PathBuf,
    text: String,
}

fn load_base(
    dir: &Path,
    base: &str,
    extending: &Source,
) -> Result<(PathBuf, Source, ScenarioFile), ScenarioError> {
    let wrong = |what: String| {
        Problem::new("extends", what)
            .help("name another scenario of the same parent folder")
            .place(&extending.path, &extending.text)
    };
    if !is_name(base) {
        return Err(wrong(format!("`{base}` is not the name of a folder")));
    }
    let dir = sibling(dir, base);
    let path = dir.join("scenario.yaml");
    if !path.is_file() {
        return Err(wrong(format!("there is no scenario `{base}` beside this one")));
    }
    let (peek, text) = yaml::read::<Peek>(&path)?;
    if peek.extends.is_some() {
        return Err(wrong(format!("`{base}` itself extends another scenario")));
    }
    let file = yaml::parse(&path, &text)?;
    Ok((dir, Source { path, text }, file))
}

fn sibling(dir: &Path, name: &str) -> PathBuf {
    match dir.parent() {
        Some(parent) if dir.file_name().is_some() => parent.join(name),
        _ => dir.join("..").join(name),
    }
}

/// The seed: what the scenario's own `seed` says or its own `repo/` holds, else that of the base.
/// Paths start at the folder of the file that names them.
fn seed(
    file: &ScenarioFile,
    dir: &Path,
    base: Option<&Path>,
    own: bool,
) -> Result<Seed, Unreadable> {
    let usual = dir.join(REPO);
    let (dir, said) = match (&file.seed, base) {
        (Some(source), _) if own => (dir, Some(source)),
        (said, Some(base)) if !usual.exists() => (base, said.as_ref()),
        _ => (dir, None),
    };
    let Some(source) = said else { return Seed::read(dir, &SeedSource::default()) };
    source.check()?;
    if usual.exists() && *source != SeedSource::default() {
        let what = "the seed is named here, and there is a folder `repo` beside this file too";
        return Err(Problem::new("seed", what).help("remove one of the two").into());
    }
    if let SeedSource::Folder(path) = source
        && !dir.join(path).is_dir()
    {
        return Err(Problem::new("seed", "there is no such folder").into());
    }
    Seed::read(dir, source)
}

/// The problem at its place: in the extending file when that gives the top-level key, else in the
/// base.
fn place(problem: Problem, sources: &[Source]) -> ScenarioError {
    let top = problem.pointer.split('/').next().unwrap_or_default();
    let given = |source: &&Source| yaml::tree(&source.text).is_some_and(|tree| tree.has(top));
    let source = sources.iter().find(given).unwrap_or(&sources[0]);
    problem.place(&source.path, &source.text)
}

fn digest(
    sources: &[Source],
    script: Option<&Path>,
    solution: Option<&Path>,
    files: &[SeedFile],
) -> Result<Digest, ScenarioError> {
    let read = |path: Option<&Path>| match path {
        Some(path) => std::fs::read(path).map_err(|error| ScenarioError::io(path, &error)),
        None => Ok(Vec::new()),
    };
    let (script, solution) = (read(script)?, read(solution)?);
    let mut parts: Vec<&[u8]> = sources.iter().map(|source| source.text.as_bytes()).collect();
    parts.extend([script.as_slice(), &solution]);
    for file in files {
        parts.extend(file.content.parts(&file.path));
    }
    Ok(Digest::of_parts(&parts))
}

/// The name of a scenario's folder, also for `.`.
pub(super) fn folder_name(dir: &Path) -> Result<String, ScenarioError> {
    let named = match dir.file_name() {
        Some(name) => name.to_owned(),
        None => {
            let real = dir.canonicalize().map_err(|error| ScenarioError::io(dir, &error))?;
            real.file_name().unwrap_or_default().to_owned()
        }
    };
    let name = named.to_string_lossy().into_owned();
    if is_name(&name) {
        return Ok(name);
    }
    let why = format!("`{name}` cannot be the name of a scenario");
    Err(ScenarioError::new(ScenarioErrorKind::Refused(why))
        .in_file(dir)
        .help("letters, digits, `-`, `_` and `.` only, not starting with `.`"))
}
