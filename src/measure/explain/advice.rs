//! The fix of a finding in a sentence: what to change in the client, as concretely as the place
//! allows. `docs/explain.md` has the whole table.

use super::lifetime::RanOut;
use super::misses::NO_KEY;
use super::spot::Spot;
use super::what::What;
use crate::recording::Layer;

/// The sentence.
pub(super) fn advice(spot: &Spot, expected: bool) -> String {
    if expected && !spot.what.is_given_up() {
        return compaction(spot).to_owned();
    }
    if spot.what == What::SettingChanged {
        return setting(&spot.pointer).to_owned();
    }
    match spot.what {
        What::VaryingValue => varying(spot),
        What::Expired => spot.ran_out.map(RanOut::advice).unwrap_or_default(),
        What::Unexplained => unexplained(spot.detail.as_deref()).to_owned(),
        other => plain(other).to_owned(),
    }
}

fn plain(what: What) -> &'static str {
    match what {
        What::ToolsReordered => {
            "sort the tools by name before every request: a map, or servers that answer in any \
             order, enumerate them differently each time"
        }
        What::ToolAdded => {
            "announce all tools from the first request on; late ones belong behind the history \
             (tool search with deferred loading, an `additional_tools` item), not into the list"
        }
        What::ToolRemoved => {
            "leave the tool in the list and forbid it with `allowed_tools` (or `tool_choice`): the \
             list stays, and the prefix with it"
        }
        What::ToolsReplaced => {
            "keep one list of tools for all modes of the agent, and choose among them with \
             `allowed_tools`"
        }
        What::ToolDescription => {
            "make tool descriptions constants; what changes (folders, lists, states) goes into a \
             message at the end"
        }
        What::ToolSchema => {
            "build the definitions once for a session and send the same bytes in every request"
        }
        What::InstructionsChanged => {
            "keep the instructions of a session constant; say what is new in a developer message at \
             the end"
        }
        What::PermissionsChanged => {
            "leave the old permissions where they are and append a developer message with the new \
             ones"
        }
        What::DeveloperChanged => {
            "leave the developer message as it was sent and append another one that says what is new"
        }
        What::AgentsMdChanged => {
            "leave the old AGENTS.md in the history and append the new one as a message that says it \
             replaces the old"
        }
        What::EnvironmentRewritten => {
            "append the change as a new environment block (another folder, another date) instead of \
             rewriting the first"
        }
        What::MessageEdited => {
            "never rewrite what was sent: append a correction, or go on in a branch of its own and \
             pay once"
        }
        What::AnswerRewritten => {
            "send the model's items back as they came, byte for byte: no trimming, no new ids inside \
             arguments, no merged messages"
        }
        What::ToolOutputCleared => {
            "clear seldom and many at once: each clearing reads everything behind the first cleared \
             output again"
        }
        What::ToolOutputTruncated => {
            "truncate an output when it enters the history, before the model first sees it, and \
             leave it then"
        }
        What::ToolOutputChanged => {
            "send the output back as it was first sent; if the world changed since, let the model \
             call the tool again"
        }
        What::HistoryDropped => {
            "a window that slides with every turn is read again with every turn: drop a third at \
             once when it is full, or compact"
        }
        What::ItemRemoved => {
            "leave the item where it was; what no longer holds is said in a message at the end"
        }
        What::ReasoningDropped => {
            "send reasoning items back for the whole session (`include: \
             [\"reasoning.encrypted_content\"]`), or never; taking them out later breaks the prefix"
        }
        What::ItemInserted => "append instead of inserting: put the item behind the history",
        What::ItemsReordered => {
            "keep the order of the first request: outputs in the order of their calls, messages as \
             they came"
        }
        What::ImageChanged => {
            "send images again with the same bytes and the same `detail`; taking one out costs \
             everything behind it"
        }
        What::Reserialised => {
            "keep the bytes: parsing and writing JSON again (key order, escapes, numbers) is another \
             prompt to a cache"
        }
        What::TailReplaced => {
            "append the reminder and leave it in the history, or set a cache breakpoint before it: \
             caches that write at the last message pay for the whole prompt each time"
        }
        What::RolledBack => {
            "nothing to mend: the end of the conversation was taken back, and the shorter history is \
             a prefix of the longer one, read from the cache"
        }
        What::Branched => {
            "nothing to mend: the user went back and said something else; what stands before it is \
             read from the cache"
        }
        What::StepDropped => {
            "nothing to mend: the step was not finished, and the next request goes on from the one \
             before it; only what the step had added is lost"
        }
        What::HistoryReplaced => {
            "another conversation in the same thread: give it a thread and a `prompt_cache_key` of \
             its own, or keep the beginning"
        }
        What::Compacted => compact(),
        What::SideRequest => {
            "send the tools and instructions of a turn with the request for a compaction, and what \
             it asks at the end: then all of it is read from the cache"
        }
        What::VaryingValue | What::SettingChanged | What::Expired | What::Unexplained => "",
    }
}

fn compact() -> &'static str {
    "expected after a compaction; a higher threshold, or a shorter tail that is kept, makes it rarer"
}

fn compaction(spot: &Spot) -> &'static str {
    match spot.what {
        What::ToolOutputCleared => {
            "expected: the client clears old outputs. Clear less often, and more at once"
        }
        What::HistoryDropped => {
            "expected: the client drops old items. Drop more at once: a window that slides with \
             every turn is read again with every turn"
        }
        _ => compact(),
    }
}

fn varying(spot: &Spot) -> String {
    let kind = spot.recognised.unwrap_or("value");
    let place = match spot.layer {
        Layer::Tools => "the tool definitions",
        Layer::Instructions => "the instructions",
        Layer::AgentsMd => "AGENTS.md",
        Layer::Environment => "the environment block",
        Layer::User => "the message",
        Layer::Permissions | Layer::Developer => "the developer message",
        _ => "the prefix",
    };
    let how = match kind {
        "timestamp" | "date" => {
            "say it in a message behind the history, or let the model ask a tool"
        }
        "counter" => "say it in a message behind the history",
        _ => "make it once for a session, or leave it out: the model has no use for it",
    };
    format!("take the {kind} out of {place}: {how}")
}

fn unexplained(detail: Option<&str>) -> &'static str {
    match detail {
        Some(NO_KEY) => {
            "send a `prompt_cache_key`, the same for the whole conversation: without one, requests of \
             one prefix may go to several machines, each with its own cache"
        }
        // A layer that the log lacks.
        Some(_) => {
            "evicted, on another machine, or broken in a layer that the log does not hold: record the \
             agent (unreel record --upstream) to see its requests whole"
        }
        None => {
            "evicted, not yet written, or on another machine: nothing in the requests explains it. A \
             busy key (OpenAI: from some 15 requests a minute on) is spread over several machines"
        }
    }
}

fn setting(pointer: &str) -> &'static str {
    match pointer {
        "/model" => {
            "stay with one model for a conversation, or branch: each model has a cache of its own, and \
             coming back finds the old entry only while it lives"
        }
        "/prompt_cache_key" => {
            "one `prompt_cache_key` for a conversation: its id, not that of a request or of a process"
        }
        "/parallel_tool_calls" => "decide on parallel tool calls once for a session",
        "/text/format" => {
            "keep the output format; for one structured answer, ask in a branch, or validate in the \
             client"
        }
        "/reasoning/effort" => {
            "keep the reasoning effort constant for a conversation, or branch; from GPT-6 on a \
             `configuration_update` item changes it without a miss"
        }
        "/text/verbosity" => "keep the verbosity constant; ask for shorter answers in a message",
        "/service_tier" => "keep the service tier constant for a conversation",
        _ => {
            "keep the options of the cache constant: entries of one mode are not read in the other"
        }
    }
}
