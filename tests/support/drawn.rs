//! A live model whose answers are drawn, as it were: our own server on a thread of its own, following
//! a script, or giving up at once in those conversations that a rule names.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use unreel::scenario::{Retention, Script};
use unreel::server::script::Scripted;
use unreel::server::{Answer, Ask, Declined, Model, Server, ServerConfig};

/// Which conversations give up, by their number, from 1.
pub(crate) type Rule = fn(u32) -> bool;

/// The endpoint.
pub(crate) struct Drawn {
    address: SocketAddr,
    model: Arc<Choosing>,
}

#[derive(Debug)]
struct Choosing {
    works: Scripted,
    gives_up: Scripted,
    rule: Rule,
    requests: AtomicU32,
    /// The first user's and developer's words of each conversation.
    begun: Mutex<Vec<String>>,
    now: Mutex<bool>,
}

const GIVES_UP: &str = "steps:\n  - id: end\n    do: [{say: I give up.}]\n";

impl Drawn {
    /// Follows `script`.
    pub(crate) fn start(script: &str, rule: Rule) -> Self {
        let scripted = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("script.yaml");
            std::fs::write(&path, text).unwrap();
            let script = Script::load(&path).unwrap();
            Scripted::new("drawn", &script, Vec::new(), Retention::All).for_any_agent()
        };
        let model = Arc::new(Choosing {
            works: scripted(script),
            gives_up: scripted(GIVES_UP),
            rule,
            requests: AtomicU32::new(0),
            begun: Mutex::default(),
            now: Mutex::default(),
        });
        let (told, address) = std::sync::mpsc::channel();
        let config = ServerConfig::new(model.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let server = Server::start(config).await.unwrap();
                told.send(server.address()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        Self { address: address.recv().unwrap(), model }
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u32 {
        self.model.requests.load(Ordering::Relaxed)
    }

    /// Of each conversation, which of these words its first request holds.
    pub(crate) fn begun(&self, words: &[&str]) -> Vec<String> {
        let begun = self.model.begun.lock().unwrap();
        let held = |text: &String| {
            words.iter().filter(|word| text.contains(**word)).copied().collect::<Vec<_>>().join("+")
        };
        begun.iter().map(held).collect()
    }
}

impl Model for Choosing {
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Declined> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let is_first = !ask.request.input.iter().any(|raw| raw.item().kind().is_output());
        let mut gives_up = self.now.lock().unwrap();
        if is_first {
            let mut begun = self.begun.lock().unwrap();
            begun.push(ask.request.to_body());
            *gives_up = (self.rule)(begun.len() as u32);
        }
        match *gives_up {
            true => self.gives_up.answer(ask),
            false => self.works.answer(ask),
        }
    }
}
