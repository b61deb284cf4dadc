//! A llama.cpp server for tests; tests/install-llama.sh installs it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Longest answer, in tokens.
const TOKENS: &str = "24";

/// A running llama.cpp server; it ends when its standard input closes.
pub(crate) struct Llama {
    process: Child,
    pub(crate) port: u16,
}

impl Llama {
    /// `None`, with a word on standard error, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let cache = std::env::var_os("UNREEL_TEST_CACHE");
        let cache = root.join(cache.unwrap_or_else(|| "target/test-cache".into()));
        let (python, model) = (cache.join("python-llama/bin/python"), cache.join("model.gguf"));
        if !python.exists() || !model.exists() {
            let cache = cache.display();
            // Not `eprintln!`, which the test runner swallows when the test passes.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: no llama.cpp in {cache}; run tests/install-llama.sh"
            );
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(python)
            .arg(root.join("tests/support/llama_server.py"))
            .args([model.as_os_str(), port.to_string().as_ref(), TOKENS.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let ready = answers.lines().any(|line| line.unwrap() == "ready");
        assert!(ready, "llama.cpp did not start");
        Some(Self { process, port })
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
