//! A user's own agent: a command line, and an agent file for what a command line cannot say.
//!
//! The command comes from `unreel.toml`, or is nothing but a line: `command:python3 agent.py`. It
//! finds the server by the variables that the official SDKs read, unless something else is said.
//! Words that name files of the project are found again in the sandbox, where the project's folder
//! is bound read-only.

use super::file::AgentFile;
use super::find::FindError;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// Variables by which SDKs and agents find a Responses API.
const ENV: [(&str, &str); 2] = [("OPENAI_BASE_URL", "{base_url}"), ("OPENAI_API_KEY", "{key}")];
/// What stands for the user's message.
pub const PROMPT: &str = "{prompt}";

/// Interpreters that are bound by name, as in a scenario's `requires`.
const INTERPRETERS: [&str; 3] = ["python3", "node", "bun"];

/// A user's own agent, with the folder that its files lie in.
#[derive(Clone, Debug)]
pub struct Own {
    /// Everything there is to know of it.
    pub file: AgentFile,
    /// The folder of its project.
    pub folder: PathBuf,
}

/// How it is started. What is not said here stays as the agent file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// Words of the command line for the first turn, the program first.
    pub command: Vec<String>,
    /// The same for every further turn.
    pub resume: Option<Vec<String>>,
    /// What it reads on standard input.
    pub stdin: Option<String>,
    /// Programs that it needs, beside an interpreter that the command begins with.
    pub requires: Vec<String>,
    /// Variables of its environment, instead of those that SDKs read.
    pub env: Option<IndexMap<String, String>>,
    /// Model name in its requests.
    pub model: Option<String>,
}

impl Start {
    /// The agent file with this command line, whose relative paths start at `folder`.
    #[must_use]
    pub fn over(self, mut file: AgentFile, folder: &Path) -> AgentFile {
        let placed = |words: Vec<String>| words.into_iter().map(|word| place(&word, folder));
        let mut command = placed(self.command);
        file.program = command.next().unwrap_or_default();
        file.start = command.collect();
        if let Some(resume) = self.resume {
            file.resume = Some(placed(resume).skip(1).collect());
        }
        let interpreter = INTERPRETERS.iter().find(|name| **name == file.program);
        let requires = interpreter.map(|name| (*name).to_owned()).into_iter().chain(self.requires);
        for name in requires {
            if !file.requires.contains(&name) {
                file.requires.push(name);
            }
        }
        let usual = || ENV.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        file.env.extend(self.env.unwrap_or_else(usual));
        file.stdin = self.stdin.or(file.stdin);
        file.model = self.model.or(file.model);
        file
    }
}

/// The words of a command line, as a shell reads them, but for its variables and globs; the prompt
/// goes to the end if they do not say.
///
/// # Errors
/// A quote that does not end.
pub fn words(line: &str) -> Result<Vec<String>, FindError> {
    let unended = || FindError::Quote { line: line.to_owned() };
    let mut words = shlex::split(line).ok_or_else(unended)?;
    if !words.iter().any(|word| word.contains(PROMPT)) {
        words.push(PROMPT.to_owned());
    }
    Ok(words)
}

/// The agent file of a command line, whose relative paths start at `folder`.
///
/// # Errors
/// As [`words`].
pub fn of_command(line: &str, folder: &Path) -> Result<AgentFile, FindError> {
    let file = AgentFile { summary: line.to_owned(), ..AgentFile::bare("command") };
    Ok(Start { command: words(line)?, ..Start::default() }.over(file, folder))
}

fn place(word: &str, folder: &Path) -> String {
    let path = Path::new(word);
    match path.is_relative() && folder.join(path).is_file() {
        true => format!("{{project}}/{}", word.trim_start_matches("./")),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Start, of_command};
    use crate::external::AgentFile;

    #[test]
    fn files_of_the_folder_are_found_and_the_prompt_is_added() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("agent.py"), "").unwrap();
        let of_command = |line: &str| of_command(line, folder.path());
        let file = of_command("python3 agent.py --fast").unwrap();
        assert_eq!((file.program.as_str(), file.requires), ("python3", vec!["python3".to_owned()]));
        assert_eq!(file.start, ["{project}/agent.py", "--fast", "{prompt}"]);
        let file = of_command("./run --ask {prompt} --end").unwrap();
        assert_eq!((file.program.as_str(), file.start.len()), ("./run", 3));
        let file = of_command("./agent.py").unwrap();
        assert_eq!(file.program, "{project}/agent.py");
        let file = of_command("./run --as 'a careful engineer' \\{prompt}").unwrap();
        assert_eq!(file.start, ["--as", "a careful engineer", "{prompt}"]);
        let error = of_command("./run --as 'a careful engineer").unwrap_err().to_string();
        assert!(error.contains("a quote that does not end"), "{error}");
    }

    #[test]
    fn what_is_said_goes_before_the_file_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = AgentFile {
            program: "other".into(),
            requires: vec!["git".into()],
            stdin: Some("{prompt}".into()),
            env: [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())].into(),
            ..AgentFile::bare("mine")
        };
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let start = Start {
            command: words("node a.mjs"),
            resume: Some(words("node a.mjs --resume")),
            env: Some([("B".to_owned(), "3".to_owned())].into()),
            ..Start::default()
        };
        let file = start.over(file, folder.path());
        assert_eq!((file.program.as_str(), file.name.as_str()), ("node", "mine"));
        assert_eq!(file.resume, Some(words("a.mjs --resume")));
        assert_eq!(file.requires, ["git", "node"]);
        assert_eq!(file.stdin.as_deref(), Some("{prompt}"));
        assert_eq!((file.env.len(), file.env["B"].as_str()), (2, "3"));
    }
}
