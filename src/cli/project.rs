//! `unreel.toml`: the agent of the project that one works in, and its folders.
//!
//! It is read from the current folder and from nowhere else, so that what a command does can be seen
//! there. It says how the agent is started; what a command line cannot say (volatile fields, tools,
//! exit codes) stands in the agent file that it names, the same kind of file that any agent has.

use super::source::NoSource;
use crate::external::{AgentFile, Own, PROMPT, SHIPPED, Start};
use crate::recording::journal::BUILTIN;
use crate::scenario::{ScenarioError, ScenarioErrorKind, is_name, read_yaml, suggest};
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The name of the file.
pub(super) const FILE: &str = "unreel.toml";

/// What it says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Project {
    agent: Option<AgentTable>,
    #[serde(default)]
    folders: Folders,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentTable {
    name: Spanned<String>,
    #[serde(default)]
    default: bool,
    command: Spanned<Vec<String>>,
    resume: Option<Spanned<Vec<String>>>,
    stdin: Option<String>,
    #[serde(default)]
    requires: Vec<String>,
    env: Option<IndexMap<String, String>>,
    model: Option<String>,
    file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Folders {
    scenarios: Option<PathBuf>,
    recordings: Option<PathBuf>,
    reports: Option<PathBuf>,
}

/// Why a name cannot be that of a user's own agent.
pub(super) fn bad_name(name: &str) -> Option<String> {
    let taken = SHIPPED.iter().map(|(name, _)| *name).chain([BUILTIN, "command"]);
    match () {
        () if taken.into_iter().any(|other| other == name) => {
            Some(format!("`{name}` is the name of another agent"))
        }
        () if !is_name(name) => {
            Some(format!("`{name}` is no name: letters, digits, `-`, `_` and `.` only"))
        }
        () => None,
    }
}

impl Project {
    /// What the current folder's file says; nothing, if there is none.
    pub(super) fn here() -> Result<Self, ScenarioError> {
        let path = Path::new(FILE);
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ScenarioError::io(path, &error)),
        }
    }

    fn parse(text: &str) -> Result<Self, ScenarioError> {
        let project: Self = toml::from_str(text).map_err(|error| explain(text, &error))?;
        match project.agent.as_ref().and_then(AgentTable::wrong) {
            None => Ok(project),
            Some((at, what, help)) => {
                let error = ScenarioError::new(ScenarioErrorKind::Refused(what));
                Err(place(error, text, at).help(help))
            }
        }
    }

    /// The agent that is meant where none is named.
    pub(super) fn default_agent(&self) -> Option<&str> {
        let agent = self.agent.as_ref().filter(|agent| agent.default)?;
        Some(agent.name.get_ref())
    }

    /// Its own agent, with its agent file.
    pub(super) fn own(&self) -> Result<Option<Own>, ScenarioError> {
        let Some(agent) = self.agent.clone() else { return Ok(None) };
        let name = agent.name.into_inner();
        let file = match &agent.file {
            None => AgentFile::bare(&name),
            Some(path) => {
                let file: AgentFile = read_yaml(path)?.0;
                if file.name != name {
                    let what =
                        format!("this is the file of an agent `{}`, not `{name}`", file.name);
                    let help = format!("give it the same `name` as in {FILE}");
                    let error = ScenarioError::new(ScenarioErrorKind::Refused(what));
                    return Err(error.in_file(path).help(help));
                }
                file
            }
        };
        let start = Start {
            command: agent.command.into_inner(),
            resume: agent.resume.map(Spanned::into_inner),
            stdin: agent.stdin,
            requires: agent.requires,
            env: agent.env,
            model: agent.model,
        };
        let folder = PathBuf::from(".");
        Ok(Some(Own { file: start.over(file, &folder), folder }))
    }

    /// The agent file of its own agent, if `name` is that.
    pub(super) fn agent_file(&self, name: &str) -> Option<&Path> {
        let agent = self.agent.as_ref().filter(|agent| agent.name.get_ref() == name)?;
        agent.file.as_deref()
    }

    /// The folder of the scenarios.
    pub(super) fn scenarios(&self, given: Option<&Path>) -> PathBuf {
        chosen(given, self.folders.scenarios.as_deref(), "scenarios")
    }

    /// The folder of the recordings.
    pub(super) fn recordings(&self, given: Option<&Path>) -> PathBuf {
        chosen(given, self.folders.recordings.as_deref(), "recordings")
    }

    /// The folder of the newest report.
    pub(super) fn report(&self, given: Option<&Path>) -> PathBuf {
        let latest = chosen(None, self.folders.reports.as_deref(), "reports").join("latest");
        given.map_or(latest, Path::to_owned)
    }

    /// The same, for who looks at it: there must be one.
    pub(super) fn newest(&self) -> Result<PathBuf, NoSource> {
        let latest = self.report(None);
        match latest.exists() {
            true => Ok(latest),
            false => Err(NoSource::new(
                format!("{}: there are no results yet", latest.display()),
                "unreel run makes some; or name a recording, or a folder of results",
            )),
        }
    }
}

fn chosen(given: Option<&Path>, said: Option<&Path>, usual: &str) -> PathBuf {
    given.or(said).unwrap_or(Path::new(usual)).to_owned()
}

impl AgentTable {
    /// Where it is wrong (bytes of the text), what is wrong there, and what would be right.
    fn wrong(&self) -> Option<(usize, String, String)> {
        if let Some(why) = bad_name(self.name.get_ref()) {
            return Some((self.name.span().start, why, "choose another".into()));
        }
        let command = self.command.get_ref();
        if command.is_empty() {
            let help = r#"name the program and its arguments: ["python3", "agent.py", "{prompt}"]"#;
            return Some((
                self.command.span().start,
                "a command without a word".into(),
                help.into(),
            ));
        }
        let told = |words: &[String]| {
            let mut texts = words.iter().chain(&self.stdin);
            texts.any(|text| text.contains(PROMPT))
        };
        let lines = [Some(&self.command), self.resume.as_ref()].into_iter().flatten();
        if let Some(line) = lines.into_iter().find(|line| !told(line.get_ref())) {
            let what = "nothing tells the agent what the user says";
            let help = r#"add "{prompt}" as a word, or stdin = "{prompt}""#;
            return Some((line.span().start, what.into(), help.into()));
        }
        let resume = self.resume.as_ref()?;
        (resume.get_ref().first() != command.first()).then(|| {
            let what = "another program than in `command`".into();
            (resume.span().start, what, format!("begin with \"{}\", the same program", command[0]))
        })
    }
}

/// The parser's message in the words of all other files.
fn explain(text: &str, error: &toml::de::Error) -> ScenarioError {
    let message = error.message().lines().next().unwrap_or_default();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (kind, help) = match quoted.split_first() {
        Some((found, known)) if message.starts_with("unknown field") => {
            let found = (*found).to_owned();
            (ScenarioErrorKind::Unknown { what: "key", found }, Some(suggest(quoted[0], known)))
        }
        Some((missing, _)) if message.starts_with("missing field") => {
            (ScenarioErrorKind::MissingKey((*missing).to_owned()), None)
        }
        _ => {
            // Its word for a list.
            let message = message.replace("a sequence", "a list").replace("a map", "a table");
            (ScenarioErrorKind::Yaml(message), None)
        }
    };
    let error_at = error.span().map_or(0, |span| span.start);
    let error = place(ScenarioError::new(kind), text, error_at);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn place(error: ScenarioError, text: &str, at: usize) -> ScenarioError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
    error.in_file(Path::new(FILE)).at(text, line, column)
}

#[cfg(test)]
mod tests {
    use super::Project;

    fn error(text: &str) -> String {
        Project::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_shown_at_its_place() {
        insta::assert_snapshot!(error("[agent]\nname = \"a\"\ncomand = []\n"), @r"
        unreel.toml:3:1: unknown key `comand`
          |
        3 | comand = []
          | ^
        help: did you mean `command`?
        ");
        insta::assert_snapshot!(error("[agent]\nname = \"a\"\ncommand = \"python3 a.py\"\n"), @r#"
        unreel.toml:3:11: invalid type: string "python3 a.py", expected a list
          |
        3 | command = "python3 a.py"
          |           ^
        "#);
        insta::assert_snapshot!(error("[agent]\nname = \"a\"\n"), @r"
        unreel.toml:1:1: the key `command` is missing
          |
        1 | [agent]
          | ^
        ");
        insta::assert_snapshot!(error("[folders]\nreports = reports\n"), @r"
        unreel.toml:2:11: string values must be quoted, expected literal string
          |
        2 | reports = reports
          |           ^
        ");
        insta::assert_snapshot!(error("[agent]\nname = \"codex\"\ncommand = [\"x\"]\n"), @r#"
        unreel.toml:2:8: `codex` is the name of another agent
          |
        2 | name = "codex"
          |        ^
        help: choose another
        "#);
        let agent = "[agent]\nname = \"a\"\ncommand = [\"a\", \"{prompt}\"]\n";
        insta::assert_snapshot!(error(&agent.replace("{prompt}", "-")), @r#"
        unreel.toml:3:11: nothing tells the agent what the user says
          |
        3 | command = ["a", "-"]
          |           ^
        help: add "{prompt}" as a word, or stdin = "{prompt}"
        "#);
        insta::assert_snapshot!(error(&format!("{agent}resume = [\"b\", \"{{prompt}}\"]\n")), @r#"
        unreel.toml:4:10: another program than in `command`
          |
        4 | resume = ["b", "{prompt}"]
          |          ^
        help: begin with "a", the same program
        "#);
        assert!(Project::parse(agent).is_ok());
    }

    #[test]
    fn folders_are_those_of_the_flag_then_the_file_then_the_usual_ones() {
        let project =
            Project::parse("[folders]\nscenarios = \"tasks\"\nreports = \"out\"\n").unwrap();
        assert_eq!(project.scenarios(None).to_str(), Some("tasks"));
        assert_eq!(project.scenarios(Some("x".as_ref())).to_str(), Some("x"));
        assert_eq!(project.recordings(None).to_str(), Some("recordings"));
        assert_eq!(project.report(None).to_str(), Some("out/latest"));
        assert_eq!(project.report(Some("x".as_ref())).to_str(), Some("x"));
        assert_eq!(project.default_agent(), None);
    }
}
