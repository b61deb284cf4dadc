//! A session that nobody had: parts of declared sizes, each all its own, for checking growth laws
//! and for measuring speed. Its items have no texts, as those of a recording without texts.

use super::made::sized;
use super::part::PartId;
use super::session::{Builder, Fate, InputShape, Session, Told};
use crate::cache::Tokenizer;
use crate::recording::Layer;
use crate::wire::{Endpoint, Raw};
use std::str::FromStr;

/// Tools of a generated session; together half of the static prefix.
const TOOLS: u64 = 8;

/// Most tokens that all requests have together: four bytes each, and sums of them, fit easily.
const MOST_SENT: u128 = 1 << 50;

/// Keys on the command line, with the least and the most of each.
const KEYS: [(&str, u64, u64); 4] = [
    ("p", 4 * TOOLS + 1, 100_000_000),
    ("a", 1, 100_000_000),
    ("o", 1, 100_000_000),
    ("n", 1, 1_000_000),
];

const EXAMPLE: &str = "as in p=12000,a=150,o=850,n=200";

/// The sizes, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generate {
    /// Static prefix: tools, instructions, first user message.
    pub p: u64,
    /// What the model says in a turn.
    pub a: u64,
    /// What a tool gives in a turn.
    pub o: u64,
    /// Requests.
    pub n: u32,
}

impl FromStr for Generate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut sizes = [None; 4];
        for part in text.split(',') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let Some(at) = KEYS.iter().position(|(name, ..)| *name == key) else {
                return Err(format!("no `{key}`; {EXAMPLE}"));
            };
            let (_, least, most) = KEYS[at];
            let number = value.replace('_', "").parse::<u64>().ok();
            let Some(number) = number.filter(|number| (least..=most).contains(number)) else {
                let what = format!("`{part}` is not possible");
                return Err(format!("{what}; {key} is a whole number from {least} to {most}"));
            };
            if sizes[at].replace(number).is_some() {
                return Err(format!("`{key}` stands twice; leave one of them out"));
            }
        }
        match sizes {
            [Some(p), Some(a), Some(o), Some(n)] => {
                let (tokens, n) = (u128::from(p) + u128::from(a + o) * u128::from(n), n as u32);
                match tokens * u128::from(n) <= MOST_SENT {
                    true => Ok(Self { p, a, o, n }),
                    false => Err("more tokens would be sent than can be added up".into()),
                }
            }
            _ => Err(format!("p, a, o and n are all needed; {EXAMPLE}")),
        }
    }
}

impl Generate {
    /// The session.
    #[must_use]
    pub fn session(self, model: &str, tokenizer: Tokenizer) -> Session {
        let Self { p, a, o, n } = self;
        let name = format!("generated p={p} a={a} o={o} n={n}");
        let mut builder = Builder::new(&name, 0, tokenizer);
        let tool = p / (2 * TOOLS);
        let tools: Vec<Raw> = (0..TOOLS)
            .map(|n| sized(&format!("tool {n}"), tool, Layer::Tools, &[("name", n.to_string())]))
            .collect();
        let list: Vec<&str> = tools.iter().map(Raw::as_str).collect();
        let list = Raw::parse(&format!("[{}]", list.join(",")));
        let instructions = sized("instructions", p / 4, Layer::Instructions, &[]);
        let fields = builder.fields(Endpoint::Responses, Vec::new(), || {
            let mut fields = vec![
                ("model".to_owned(), Raw::from_value(&model.into())),
                ("instructions".to_owned(), instructions),
            ];
            fields.extend(list.ok().map(|list| ("tools".to_owned(), list)));
            fields
        });
        let mut item = |name: String, tokens: u64, layer: Layer, kind: &str, call: u32| -> PartId {
            let mut members = vec![("type", kind.to_owned())];
            match layer {
                Layer::User => members.push(("role", "user".into())),
                _ => members.push(("call_id", format!("call_{call}"))),
            }
            let raw = sized(&name, tokens, layer, &members);
            builder.item(raw.digest(), || raw.clone())
        };
        let user = p - TOOLS * tool - p / 4;
        let first = item("user".into(), user, Layer::User, "message", 0);
        let mut turns = Vec::new();
        for turn in 0..n {
            let said = item(format!("said {turn}"), a, Layer::Model, "function_call", turn);
            let kind = "function_call_output";
            let gave = item(format!("gave {turn}"), o, Layer::ToolOutput, kind, turn);
            turns.push((said, gave));
        }
        for (seq, (said, _)) in (0..).zip(&turns) {
            let told = Told {
                seq,
                endpoint: Endpoint::Responses,
                input: InputShape::List,
                warm_up: false,
                fate: Fate::Completed,
                at_ms: None,
                usage: None,
                restarted: false,
            };
            match seq.checked_sub(1).map(|before| turns[before as usize]) {
                None => builder.request(told, fields, 0, &[first], vec![*said]),
                Some((said_before, gave)) => {
                    let held = 2 * seq as usize - 1;
                    builder.request(told, fields, held, &[said_before, gave], vec![*said]);
                }
            }
        }
        builder.finish(|session| session.model = model.to_owned())
    }
}
