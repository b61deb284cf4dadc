//! The layers before the history: tools, instructions, the first request's items, and a volatile
//! block among them where a layout puts one.

use super::base::Base;
use super::draw::Draw;
use super::layout::{Block, Layout, Spot, What};
use super::made;
use super::part::{PartId, Parts, Place};
use super::refusal::Refusal;
use super::session::Session;
use crate::recording::Layer;
use crate::wire::Digest;

/// The fixed layers of a session under a layout.
#[derive(Debug)]
pub(super) struct Fixed<'a> {
    what: &'a What,
    base: &'a Base,
    /// In the order of the first request, or sorted.
    tools: Vec<PartId>,
    changed: Option<PartId>,
    seed: u64,
    /// Where among the first request's items the volatile block stands in its place, and whether
    /// it stands for one of them.
    spot: (usize, bool),
    /// The environment block of the first request.
    environment: Option<usize>,
}

/// What stands around the history in one request.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) tools: Vec<PartId>,
    /// Everything before the history.
    pub(super) head: Vec<PartId>,
    /// Behind the history.
    pub(super) tail: Option<PartId>,
}

impl<'a> Fixed<'a> {
    pub(super) fn new(
        session: &Session,
        base: &'a Base,
        layout: &'a Layout,
        parts: &mut Parts,
    ) -> Result<Self, Refusal> {
        let what = &layout.what;
        let mut tools = base.tools.clone();
        let mut changed = None;
        match *what {
            What::ToolsSorted | What::ToolsShuffled { .. } => {
                Refusal::unless_tools(session, parts, &tools, &layout.name)?;
            }
            What::ToolsChanged { at } | What::ListChanged { at } => {
                if tools.is_empty() {
                    return Err(Refusal::no_tools(session, &layout.name));
                }
                if at < 2 || at > base.steps.len() {
                    return Err(Refusal::beyond(session, &layout.name, base.steps.len()));
                }
                changed = Some(match what {
                    What::ListChanged { .. } => made::added_tool(parts),
                    _ => made::changed_tool(parts, tools[0]),
                });
            }
            _ => {}
        }
        if *what == What::ToolsSorted {
            let name = |id: &PartId| {
                let item = parts.get(*id).raw.item();
                let name = item.str("name").or_else(|| item.str("type"));
                name.unwrap_or_default().to_owned()
            };
            tools.sort_by_cached_key(name);
        }
        let is_environment = |id: &PartId| parts.get(*id).layer == Layer::Environment;
        let environment = base.first.iter().position(is_environment);
        let replaces = matches!(what, What::Volatile { block: Block::Environment, .. });
        let spot = match environment {
            Some(at) => (at, replaces),
            None => (base.first.len(), false),
        };
        let seed = match *what {
            What::ToolsShuffled { seed } => {
                // By what the session says: its file may be named in more than one way.
                let said = session.parts.digest();
                let parts =
                    [&seed.to_le_bytes()[..], &session.thread.to_le_bytes(), said.as_bytes()];
                Digest::of_parts(&parts).as_u64()
            }
            _ => 0,
        };
        let environment = environment.filter(|_| replaces);
        Ok(Self { what, base, tools, changed, seed, spot, environment })
    }

    /// The layers of a request of one step, before which so many were sent.
    pub(super) fn around(&self, parts: &mut Parts, step: usize, sent: usize, at_ms: u64) -> Around {
        let mut tools = self.tools.clone();
        match *self.what {
            What::ToolsShuffled { .. } => {
                Draw::new(self.seed.wrapping_add(sent as u64)).shuffle(&mut tools);
            }
            What::ToolsChanged { at } if step + 1 >= at => {
                tools[0] = self.changed.unwrap_or(tools[0])
            }
            What::ListChanged { at } if step + 1 >= at => tools.extend(self.changed),
            _ => {}
        }
        let mut first: Vec<PartId> = self.base.first.clone();
        let mut head = Vec::new();
        let mut tail = None;
        if let What::Volatile { block, place, tokens } = *self.what {
            // At the end it is a message of the user, as agents put their reminders there.
            let role = if place == Spot::Appended { "user" } else { "developer" };
            let volatile = self.volatile(parts, block, role, tokens, sent, at_ms);
            let (at, replaces) = self.spot;
            match (place, self.environment) {
                (Spot::InPlace, _) if replaces => first[at] = volatile,
                (Spot::InPlace, _) => first.insert(at, volatile),
                (_, Some(moved)) => drop(first.remove(moved)),
                _ => {}
            }
            match place {
                Spot::First => head.push(volatile),
                Spot::InPlace => {}
                Spot::Appended => tail = Some(volatile),
            }
        }
        head.extend(&tools);
        head.extend(self.base.instructions);
        head.extend(first);
        Around { tools, head, tail }
    }

    fn volatile(
        &self,
        parts: &mut Parts,
        block: Block,
        role: &str,
        tokens: Option<u64>,
        sent: usize,
        at_ms: u64,
    ) -> PartId {
        let layer = match block {
            Block::Timestamp => Layer::Developer,
            Block::Environment => Layer::Environment,
        };
        let clock = made::clock(at_ms);
        let raw = match (tokens, block) {
            (Some(tokens), _) => {
                made::sized_message(&format!("volatile {sent}"), tokens, layer, role)
            }
            (None, Block::Timestamp) => made::message(role, &format!("It is {clock}.")),
            (None, Block::Environment) => {
                let line = format!("  <now>{clock}</now>\n");
                let own = self.environment.map(|at| &parts.get(self.base.first[at]).raw);
                own.and_then(|own| made::longer(own, &line)).unwrap_or_else(|| {
                    let text = own.map(|own| own.item().text()).unwrap_or_default();
                    let text = text.trim().strip_suffix("</environment_context>");
                    let text = text.unwrap_or("<environment_context>\n");
                    made::message("user", &format!("{text}{line}</environment_context>"))
                })
            }
        };
        parts.add(Place::Item, &raw)
    }
}
