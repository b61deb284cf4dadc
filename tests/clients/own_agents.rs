//! Agents of one page, as somebody writes them in a repository of their own: no framework, no SDK.

use super::clients::{Ended, command, on_path, root, run};
use super::world::World;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use unreel::scenario::FaultKind;

/// An agent in a folder of its own, and the folder that it works in.
struct Agent {
    folder: TempDir,
    interpreter: PathBuf,
    name: &'static str,
}

impl Agent {
    /// `None`, with a word about it, where the machine has no interpreter.
    fn new(interpreter: &str, name: &'static str) -> Option<Self> {
        let interpreter = on_path(interpreter)?;
        let folder = tempfile::tempdir().unwrap();
        let agent = root().join("tests/support/agents").join(name);
        std::fs::copy(agent, folder.path().join(name)).unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Some(Self { folder, interpreter, name })
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn run(&self, base_url: &str, arguments: &[&str]) -> Ended {
        let mut command = command(&self.interpreter, &self.work());
        command.env("OPENAI_BASE_URL", base_url).env("OPENAI_API_KEY", "x");
        command.arg(Path::new("..").join(self.name)).args(arguments);
        run(command)
    }
}

fn agents() -> impl Iterator<Item = Agent> {
    let known = [("python3", "mini_agent.py"), ("node", "mini_agent.mjs")];
    known.into_iter().filter_map(|(interpreter, name)| Agent::new(interpreter, name))
}

#[test]
fn works_in_its_folder_and_resumes() {
    for agent in agents() {
        let world = World::new(&[]);
        let url = world.base_url();
        let first = ["--session", "../history.json", "Run: echo 37 >cap; cat cap no-such-file"];
        let said = agent.run(&url, &first).good();
        assert!(said.starts_with("I read: 37\n"), "{said}");
        // Both streams in one, and the exit code.
        assert!(said.contains("no-such-file") && said.contains("\nexit code 1."), "{said}");
        let cap = std::fs::read_to_string(agent.work().join("cap")).unwrap();
        assert_eq!(cap, "37\n");

        // The sealed reasoning of the first turn is in the history, and opens.
        let said = agent.run(&url, &["--resume", "../history.json", "Which number?"]).good();
        assert_eq!(said, "the number is 41\n");
        let second = agent.run(&url, &["--resume", "../history.json", "Run: seq 9999"]).good();
        assert!(second.contains("\n[..]\n") && second.len() < 11_000, "{second}");

        assert_eq!(world.asked().len(), 5);
        let streams = if agent.name.ends_with(".mjs") { 5 } else { 0 };
        assert_eq!(world.lint_streams(&[]), streams);
    }
}

#[test]
fn calls_of_one_answer_are_answered_in_order() {
    for agent in agents() {
        let world = World::new(&[]);
        let said = agent.run(&world.base_url(), &["Run: echo a >log\ncat log\nexit 3"]).good();
        assert_eq!(said, "I read: \nexit code 0; a\n\nexit code 0; \nexit code 3.\n");
    }
}

#[test]
fn an_error_of_the_api_ends_it() {
    for agent in agents() {
        let world = World::new(&[(0, FaultKind::CutAfterItems(1))]);
        let cut = agent.run(&world.base_url(), &["Think of a number."]);
        assert_eq!(cut.code, Some(1), "{cut:?}");
        let refused = agent.run(&world.base_url(), &["refuse me"]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
        assert!(refused.err.contains("HTTP 400") && refused.err.contains("replay_mismatch"));
        let nobody = agent.run("http://127.0.0.1:1/v1", &["Hello"]);
        assert_eq!((nobody.code, nobody.out.as_str()), (Some(1), ""), "{nobody:?}");
    }
}
