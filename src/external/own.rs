//! An agent that is nothing but a command line: `command:python3 agent.py {prompt}`.
//!
//! It finds the server by the variables that the official SDKs read. Words that name files below
//! the current folder are found again in the sandbox, where that folder is bound read-only.

use super::file::{AgentFile, VersionProbe};
use crate::recording::volatile::VolatileRules;
use crate::scenario::DialectMap;
use indexmap::IndexMap;
use std::path::Path;

/// Variables by which SDKs and agents find a Responses API.
const ENV: [(&str, &str); 2] = [("OPENAI_BASE_URL", "{base_url}"), ("OPENAI_API_KEY", "{key}")];
/// Where the prompt goes if the command line does not say.
const PROMPT: &str = "{prompt}";

/// Interpreters that are bound by name, as in a scenario's `requires`.
const INTERPRETERS: [&str; 3] = ["python3", "node", "bun"];

/// The agent file of a command line, whose relative paths start at `folder`.
#[must_use]
pub fn of_command(line: &str, folder: &Path) -> AgentFile {
    let mut words: Vec<String> = line.split_whitespace().map(|word| place(word, folder)).collect();
    if !words.iter().any(|word| word.contains(PROMPT)) {
        words.push(PROMPT.to_owned());
    }
    let program = words.remove(0);
    let requires: Vec<String> =
        INTERPRETERS.iter().filter(|name| **name == program).map(|name| (*name).into()).collect();
    AgentFile {
        name: "command".into(),
        summary: line.to_owned(),
        program,
        native: Vec::new(),
        above: 0,
        requires,
        version: VersionProbe::default(),
        tested: Vec::new(),
        model: None,
        start: words,
        resume: None,
        fixed_folder: false,
        stdin: None,
        env: ENV.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        files: IndexMap::new(),
        session: None,
        failures: Vec::new(),
        exits: IndexMap::new(),
        extra_tokens: 0,
        strategies: IndexMap::new(),
        dialect: DialectMap::default(),
        volatile: VolatileRules::default(),
    }
}

fn place(word: &str, folder: &Path) -> String {
    let path = Path::new(word);
    match path.is_relative() && folder.join(path).is_file() {
        true => format!("{{project}}/{word}"),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of_command;

    #[test]
    fn files_of_the_folder_are_found_and_the_prompt_is_added() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("agent.py"), "").unwrap();
        let file = of_command("python3 agent.py --fast", folder.path());
        assert_eq!((file.program.as_str(), file.requires), ("python3", vec!["python3".to_owned()]));
        assert_eq!(file.start, ["{project}/agent.py", "--fast", "{prompt}"]);
        let file = of_command("./run --ask {prompt} --end", folder.path());
        let words = ["--ask", "{prompt}", "--end"];
        assert_eq!(
            (file.program.as_str(), file.start),
            ("./run", words.map(str::to_owned).to_vec())
        );
        std::fs::write(folder.path().join("run"), "").unwrap();
        assert_eq!(of_command("./run --ask {prompt}", folder.path()).program, "{project}/./run");
    }
}
