//! Which conversation a request belongs to: that of the newest answer it shows; if it shows none, one
//! of its own. In a run the main one holds what the user says.

use crate::recording::Anchors;
use crate::wire::{Digest, Raw, Request};
use std::collections::BTreeMap;

/// What is known of the conversations that will come.
#[derive(Clone, Debug, Default)]
pub enum Talk {
    /// Nothing.
    #[default]
    Any,
    /// There is one.
    One,
    /// The main one holds a text that the user says, and offers tools.
    Said(Vec<String>),
}

/// The conversations of one proxy.
#[derive(Debug, Default)]
pub(super) struct Threads {
    talk: Talk,
    anchors: Anchors,
    /// The thread of each exchange.
    of: Vec<u32>,
    /// Roots by their request: who asks again is still the same.
    roots: BTreeMap<Digest, u32>,
    next: u32,
}

impl Threads {
    pub(super) fn new(talk: Talk) -> Self {
        // The main one is 0, whenever it begins.
        let next = u32::from(matches!(talk, Talk::Said(_)));
        Self { talk, next, ..Self::default() }
    }

    /// The thread of a request, which `output` answers.
    pub(super) fn place(&mut self, request: &Request, output: &[Raw]) -> u32 {
        let newest = self.anchors.newest(&request.input);
        let thread = match newest.and_then(|owned| self.of.get(owned.exchange as usize)) {
            Some(thread) => *thread,
            None if self.is_main(request) => 0,
            None => {
                let next = &mut self.next;
                *self.roots.entry(Digest::of(request.to_body())).or_insert_with(|| {
                    *next += 1;
                    *next - 1
                })
            }
        };
        self.anchors.mint(self.of.len() as u32, output);
        self.of.push(thread);
        thread
    }

    fn is_main(&self, request: &Request) -> bool {
        let said = match &self.talk {
            Talk::Any => return false,
            Talk::One => return true,
            Talk::Said(said) => said,
        };
        let is_said = |raw: &Raw| {
            let item = raw.item();
            let text = item.text();
            item.role() == Some("user") && said.iter().any(|said| text.contains(said.as_str()))
        };
        !request.tools().is_empty() && request.input.iter().any(is_said)
    }
}

#[cfg(test)]
mod tests {
    use super::{Talk, Threads};
    use crate::wire::{Raw, Request};

    #[test]
    fn conversations_are_told_apart_by_what_they_show() {
        let request = |tools: &str, input: &str| {
            let body = format!(r#"{{"tools":[{tools}],"input":[{input}]}}"#);
            Request::parse(body.as_bytes()).unwrap()
        };
        let user = |text: &str| format!(r#"{{"role":"user","content":"{text}"}}"#);
        let call =
            r#"{"type":"function_call","id":"fc_1","call_id":"c1","name":"x","arguments":""}"#;
        let made = [Raw::parse(call).unwrap()];
        let said = Talk::Said(vec!["mend it".into()]);
        for (talk, expected) in
            [(Talk::Any, [0, 1, 0, 1]), (Talk::One, [0; 4]), (said, [1, 0, 1, 0])]
        {
            let mut threads = Threads::new(talk);
            let title = threads.place(&request("", &user("a title for: mend it")), &made);
            let main = threads.place(&request("1", &user("please mend it")), &[]);
            let more = threads.place(&request("", &format!("{},{call}", user("x"))), &[]);
            // Asked again, word for word.
            let again = threads.place(&request("1", &user("please mend it")), &[]);
            assert_eq!([title, main, more, again], expected);
        }
    }
}
