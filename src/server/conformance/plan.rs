//! Which items a model answers with, and how it ends.

use super::arguments::arguments;
use super::faults::Fault;
use super::items::Mint;
use super::tools::Tools;
use super::{calls, compact, items};
use crate::server::Ask;
use crate::wire::{ApiError, Ending, Kind, Raw, Request};
use serde_json::{Value, json};

/// An answer before it has a response around it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) items: Vec<Raw>,
    pub(super) ending: Ending,
    /// For the journal.
    pub(super) what: &'static str,
}

impl Plan {
    fn whole(what: &'static str, items: Vec<Raw>) -> Self {
        Self { items, ending: Ending::Completed, what }
    }
}

/// The answer of a model that fails.
pub(super) fn failing(fault: Fault, ask: &Ask<'_>) -> Result<Plan, ApiError> {
    match fault {
        Fault::ContextWindow(error) if ask.request.stream() => {
            let code = error.code.unwrap_or_default();
            let ending = Ending::Failed { code, message: error.message };
            Ok(Plan { items: Vec::new(), ending, what: "context window" })
        }
        Fault::Status(error) | Fault::ContextWindow(error) => Err(error),
    }
}

/// The answer of `/responses/compact`.
pub(super) fn compacting(request: &Request, mint: &Mint) -> Plan {
    let mut all = compact::user_messages(request, mint);
    all.push(items::compaction(mint, all.len(), request.input.len()));
    Plan::whole("compaction", all)
}

/// The answer of a model by its name.
pub(super) fn answering(model: &str, request: &Request, mint: &Mint) -> Plan {
    let last = request.input.last().map(|raw| raw.item().kind());
    let text = || items::message(mint, 0, &text(request), &json!([]));
    if last == Some(Kind::CompactionTrigger) {
        let covered = request.input.len() - 1;
        return Plan::whole("compaction", vec![items::compaction(mint, 0, covered)]);
    }
    if last.is_some_and(Kind::is_output) {
        return Plan::whole("text after an output", vec![text()]);
    }
    let tools = Tools::of(request);
    match model {
        "conf-text" => Plan::whole("text", vec![text()]),
        "conf-reasoning" => {
            let said = self::text(request);
            let message = items::message(mint, 1, &said, &json!([]));
            Plan::whole("reasoning", vec![items::open_reasoning(mint, 0), message])
        }
        "conf-search" => {
            let sources = includes(request, "web_search_call.action.sources");
            let search = items::search(mint, 0, "conformance", sources);
            Plan::whole("search", vec![search, items::cited(mint, 1)])
        }
        "conf-compaction" => {
            let compaction = items::compaction(mint, 0, request.input.len());
            let message = items::message(mint, 1, &self::text(request), &json!([]));
            Plan::whole("compaction and text", vec![compaction, message])
        }
        "conf-incomplete" => {
            let item = items::broken_off(mint, 0, "This answer stops in the middle of");
            let ending = Ending::Incomplete("max_output_tokens".into());
            Plan { items: vec![item], ending, what: "incomplete" }
        }
        "conf-failed" => {
            let (code, message) = server_error();
            Plan { items: Vec::new(), ending: Ending::Failed { code, message }, what: "failed" }
        }
        "conf-errorevent" => {
            let (code, message) = server_error();
            Plan { items: vec![text()], ending: Ending::Error { code, message }, what: "error" }
        }
        _ if tools.are_forbidden() => Plan::whole("text", vec![text()]),
        model => match calling(model, &tools, mint) {
            Some(items) => Plan::whole("calls", items),
            None => Plan::whole("text", vec![text()]),
        },
    }
}

/// The calls of a model; `None` where it has nothing to call.
fn calling(model: &str, tools: &Tools, mint: &Mint) -> Option<Vec<Raw>> {
    let functions = tools.of_type("function");
    let customs = tools.of_type("custom");
    Some(match model {
        "conf-tool" => vec![calls::function(mint, 0, functions.first().copied())],
        "conf-tools2" => {
            let first = functions.first().copied();
            let second = functions.get(1).copied().or(first);
            let mut all = vec![items::reasoning(mint, 0), calls::function(mint, 1, first)];
            if tools.are_parallel() {
                all.push(calls::function(mint, 2, second));
            }
            all
        }
        "conf-custom" => vec![calls::custom(mint, 0, customs.first().copied())],
        "conf-localshell" => vec![calls::local_shell(mint, 0)],
        "conf-shell" => vec![calls::shell(mint, 0, tools)],
        "conf-patch" => vec![calls::patch(mint, 0)],
        _ if tools.demanded() == Some("custom") => {
            vec![calls::custom(mint, 0, Some(customs.first()?))]
        }
        _ => vec![calls::function(mint, 0, Some(functions.first()?))],
    })
}

fn server_error() -> (String, String) {
    let told = "The server had an error while processing your request. Sorry about that!";
    ("server_error".into(), told.into())
}

/// What the model says: JSON where the request demands it, else one sentence.
fn text(request: &Request) -> String {
    let format = request.field("text").map(|raw| raw.value()["format"].clone()).unwrap_or_default();
    match format["type"].as_str() {
        Some("json_schema") => arguments(&format["schema"]).to_string(),
        Some("json_object") => json!({"answer": "conformance"}).to_string(),
        _ => {
            let (count, items) = match request.input.len() {
                1 => (1, "item"),
                count => (count, "items"),
            };
            format!(
                "This is the conformance model. It read {count} input {items} and says the same \
                 whenever it reads them."
            )
        }
    }
}

fn includes(request: &Request, what: &str) -> bool {
    let include = request.field("include").map(Raw::value).unwrap_or_default();
    include.as_array().is_some_and(|list| list.contains(&Value::from(what)))
}
