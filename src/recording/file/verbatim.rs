//! Answers as another server sent them, byte for byte.
//!
//! Our own server can compose an answer again from its items; another server's events, ids, clock
//! and usage are its own, so they are kept as they came. Servers echo much of a request in every
//! answer (instructions, tools), and an event repeats an item that the item table has already: where
//! such a value stands in the text byte for byte, the text names its digest. So files stay small,
//! and what is elided of a request is elided of its echoes, too, where the server repeats it byte for
//! byte; an echo that it wrote anew stays.

use super::{Entry, Recording};
use crate::wire::{Digest, Raw};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// Shorter values cost less than their digest.
const SHORTEST_QUOTED: usize = 120;

/// An answer: as it is sent (`T` = [`String`]), or as a recording keeps it (`T` = [`Text`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent<T = String> {
    /// HTTP status.
    pub status: u16,
    /// Those headers that mean something to a client; names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Body<T>,
    /// Whether the connection broke before the body had ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub torn: bool,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body<T> {
    /// One text, JSON as a rule.
    Whole(T),
    /// Server-sent events.
    Sse(T),
    /// WebSocket frames.
    Frames(Vec<T>),
}

/// An answer in a recording.
pub type Verbatim = Sent<Text>;

/// A text in which values of the item table are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Piece>);

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// The bytes of this value.
    Quoted {
        /// Its digest.
        item: Digest,
    },
}

impl<T> Body<T> {
    fn texts(&self) -> &[T] {
        match self {
            Self::Whole(text) | Self::Sse(text) => std::slice::from_ref(text),
            Self::Frames(frames) => frames,
        }
    }

    fn try_map<U, E>(&self, mut map: impl FnMut(&T) -> Result<U, E>) -> Result<Body<U>, E> {
        Ok(match self {
            Self::Whole(text) => Body::Whole(map(text)?),
            Self::Sse(text) => Body::Sse(map(text)?),
            Self::Frames(frames) => {
                Body::Frames(frames.iter().map(map).collect::<Result<Vec<U>, E>>()?)
            }
        })
    }
}

impl<T> Sent<T> {
    /// The texts of the body.
    pub fn texts(&self) -> &[T] {
        self.body.texts()
    }

    fn try_map<U, E>(&self, map: impl FnMut(&T) -> Result<U, E>) -> Result<Sent<U>, E> {
        let body = self.body.try_map(map)?;
        let Self { status, ref headers, torn, .. } = *self;
        Ok(Sent { status, headers: headers.clone(), body, torn })
    }
}

impl Sent {
    /// The answer as a recording keeps it; `values` are those that may be named.
    pub(super) fn quoting(&self, values: &[&Raw]) -> Verbatim {
        let mut values = values.to_vec();
        values.retain(|value| value.as_str().len() >= SHORTEST_QUOTED);
        // A list of tools before a tool in it.
        values.sort_by_key(|value| std::cmp::Reverse(value.as_str().len()));
        values.dedup();
        let quote = |text: &String| Ok::<_, Infallible>(Text::quoting(text, &values));
        let Ok(verbatim) = self.try_map(quote);
        verbatim
    }
}

impl Verbatim {
    /// The answer as it was sent, if it names no value.
    pub(super) fn unquoted(&self) -> Option<Sent> {
        self.try_map(|text| text.whole(&|_| None).ok_or(())).ok()
    }

    /// The values that it names.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        let pieces = self.texts().iter().flat_map(|text| &text.0);
        pieces.filter_map(|piece| match piece {
            Piece::Plain(_) => None,
            Piece::Quoted { item } => Some(item),
        })
    }
}

impl Text {
    /// A loop, for a history has thousands of values, and a recursion would need as many frames.
    fn quoting(text: &str, values: &[&Raw]) -> Self {
        let mut pieces = vec![Piece::Plain(text.to_owned())];
        for value in values.iter().filter(|value| text.contains(value.as_str())) {
            let split = |piece: Piece| -> Vec<Piece> {
                let Piece::Plain(text) = piece else { return vec![piece] };
                let mut parts = text.split(value.as_str()).map(|part| Piece::Plain(part.into()));
                let first = parts.next();
                let quoted = || Piece::Quoted { item: value.digest() };
                first.into_iter().chain(parts.flat_map(|part| [quoted(), part])).collect()
            };
            pieces = pieces.into_iter().flat_map(split).collect();
        }
        pieces.retain(|piece| !matches!(piece, Piece::Plain(text) if text.is_empty()));
        Self(pieces)
    }

    /// The text; `value` gives what is named. `None` if it does not have it.
    fn whole<'a>(&self, value: &impl Fn(&Digest) -> Option<&'a Raw>) -> Option<String> {
        let mut whole = String::new();
        for piece in &self.0 {
            whole.push_str(match piece {
                Piece::Plain(text) => text,
                Piece::Quoted { item } => value(item)?.as_str(),
            });
        }
        Some(whole)
    }
}

impl Recording {
    /// The answer as it was sent. What it quotes and the recording elides is looked for among
    /// `asked`, the values of the request that is answered; `None` if it is not there either.
    pub fn sent(&self, verbatim: &Verbatim, asked: &[&Raw]) -> Option<Sent> {
        let value = |digest: &Digest| match self.items.get(digest).and_then(Entry::raw) {
            Some(raw) => Some(raw),
            None => asked.iter().copied().find(|raw| raw.digest() == *digest),
        };
        verbatim.try_map(|text| text.whole(&value).ok_or(())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Piece, Sent, Text};
    use crate::wire::Raw;

    fn long(letter: &str) -> Raw {
        Raw::parse(&format!("\"{}\"", letter.repeat(130))).unwrap()
    }

    #[test]
    fn values_of_the_table_are_named_wherever_they_stand() {
        let (tool, other) = (long("t"), long("o"));
        let tools = Raw::parse(&format!("[{tool},{tool}]", tool = tool.as_str())).unwrap();
        let text = format!("data: {}\n\ndata: {} {}\n\n", tools.as_str(), tool.as_str(), "x");
        let sent =
            Sent { status: 200, headers: vec![], body: Body::Sse(text.clone()), torn: false };
        let kept = sent.quoting(&[&tool, &tools, &other]);
        let named: Vec<_> = kept.digests().copied().collect();
        assert_eq!(named, [tools.digest(), tool.digest()]);
        let whole = kept.texts()[0]
            .whole(&|digest| [&tool, &tools].into_iter().find(|raw| raw.digest() == *digest));
        assert_eq!(whole.as_deref(), Some(text.as_str()));
        assert_eq!(kept.texts()[0].whole(&|_| None), None);
    }

    #[test]
    fn short_values_stay_in_the_text() {
        let short = Raw::parse("\"gpt\"").unwrap();
        let text = Text::quoting("{\"model\":\"gpt\"}", &[]);
        let sent = Sent {
            status: 200,
            headers: vec![],
            body: Body::Whole("{\"model\":\"gpt\"}".to_owned()),
            torn: false,
        };
        assert_eq!(sent.quoting(&[&short]).texts()[0], text);
        assert_eq!(text.0, [Piece::Plain("{\"model\":\"gpt\"}".into())]);
    }
}
