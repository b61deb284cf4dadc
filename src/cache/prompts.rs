//! Every rendered prompt, stored once: a tree over segments that policies keep their state by.
//!
//! Segments are told apart by digest, so a prompt costs as much as it has segments, and one that
//! extends a known node as much as it has new ones. Bytes are compared only where prompts part: a
//! new node looks for the earlier sibling that begins most like it, and of those with equally much
//! in common for the first. So each position of each text has one *owner*, the node in which this
//! beginning stood first, and two prompts share the tokens up to a place exactly when their owners
//! there are the same: blocks of tokens have an identity without anybody knowing the token ids.

use super::extent::{Match, equal_bytes};
use super::part::Part;
use super::render::Segment;
use crate::wire::Digest;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A node: a prompt that ends with a certain segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The empty prompt.
    pub const ROOT: Self = Self(0);

    /// Its number: nodes are numbered as they come, from 0, the root.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A prompt that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interned {
    /// Its last segment.
    pub leaf: NodeId,
    /// The longest prefix that it shares with any prompt taken in before.
    pub prefix: Match,
    /// Its first segment that is new there.
    pub parting: Option<NodeId>,
}

/// All prompts of a server or a session.
#[derive(Debug)]
pub struct Prompts {
    nodes: Vec<Node>,
    /// Only looked up, never walked.
    children: HashMap<(NodeId, Digest), NodeId>,
    /// Siblings by text: the most alike stands beside.
    texts: BTreeMap<(NodeId, Arc<str>), NodeId>,
}

/// Where the fixed beginning of a prompt ends. A part that is missing ends where the one before does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// The last tool.
    pub tools: NodeId,
    /// The instructions.
    pub instructions: NodeId,
    /// The first run of developer and system messages.
    pub developer: NodeId,
}

#[derive(Debug)]
struct Node {
    parent: NodeId,
    digest: Digest,
    text: Arc<str>,
    part: Part,
    /// From the start of the prompt to the end of this segment.
    total: Match,
    heads: Heads,
    /// Whether an image stands in the prompt up to here.
    image: bool,
    /// Digest of the prompt up to here.
    whole: Digest,
    /// The earlier sibling that begins most like it, and what both have in common.
    sibling: Option<(NodeId, Match)>,
}

impl Default for Prompts {
    fn default() -> Self {
        Self::new()
    }
}

impl Prompts {
    /// The empty prompt alone.
    #[must_use]
    pub fn new() -> Self {
        let root = Node {
            parent: NodeId::ROOT,
            digest: Digest::of(""),
            text: "".into(),
            part: Part::Other,
            total: Match::default(),
            heads: Heads {
                tools: NodeId::ROOT,
                instructions: NodeId::ROOT,
                developer: NodeId::ROOT,
            },
            image: false,
            whole: Digest::of(""),
            sibling: None,
        };
        Self { nodes: vec![root], children: HashMap::new(), texts: BTreeMap::new() }
    }

    /// Takes in a whole prompt.
    pub fn intern(&mut self, segments: &[Segment]) -> Interned {
        self.extend(NodeId::ROOT, segments)
    }

    /// Takes in the prompt that begins with the one of a node, which may be an
    /// [`ancestor`](Self::ancestor) of an earlier leaf, and goes on with these segments.
    pub fn extend(&mut self, from: NodeId, segments: &[Segment]) -> Interned {
        let (mut at, mut parting) = (from, None);
        for segment in segments {
            at = match self.children.get(&(at, segment.digest)) {
                Some(known) => *known,
                None => {
                    let new = self.add(at, segment);
                    parting.get_or_insert(new);
                    new
                }
            };
        }
        let prefix = match parting {
            None => self.total(at),
            Some(new) => {
                let common = self.sibling(new).map(|(_, common)| common).unwrap_or_default();
                self.total(self.parent(new)).and(common)
            }
        };
        Interned { leaf: at, prefix, parting }
    }

    fn add(&mut self, parent: NodeId, segment: &Segment) -> NodeId {
        let sibling = self.most_alike(parent, segment);
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let before = &self.nodes[parent.index()];
        let mut heads = before.heads;
        match segment.part {
            Part::Tool if heads.tools == parent => {
                heads = Heads { tools: id, instructions: id, developer: id };
            }
            Part::Instructions if heads.instructions == parent => {
                heads = Heads { instructions: id, developer: id, ..heads };
            }
            Part::Developer | Part::System if heads.developer == parent => heads.developer = id,
            _ => {}
        }
        let image = before.image || segment.image;
        let whole = Digest::of_parts(&[before.whole.as_bytes(), segment.digest.as_bytes()]);
        self.nodes.push(Node {
            parent,
            digest: segment.digest,
            text: segment.text.clone(),
            part: segment.part,
            total: self.total(parent).with_whole(segment),
            heads,
            image,
            whole,
            sibling,
        });
        self.children.insert((parent, segment.digest), id);
        self.texts.entry((parent, segment.text.clone())).or_insert(id);
        id
    }

    /// The first sibling among those that have most in common with a segment.
    fn most_alike(&self, parent: NodeId, segment: &Segment) -> Option<(NodeId, Match)> {
        if let Some(noted) = segment.beginnings() {
            let known = noted.iter().filter_map(|(with, common)| {
                let sibling = *self.children.get(&(parent, *with))?;
                let (bytes, tokens) = (common.bytes, common.tokens);
                Some((sibling, Match { segments: 0, bytes, tokens }))
            });
            let best = known.max_by_key(|(id, common)| (common.bytes, std::cmp::Reverse(*id)))?;
            return (best.1.bytes > 0).then_some(best);
        }
        if segment.stands_in() {
            return None;
        }
        let key = (parent, segment.text.clone());
        let beside = [self.texts.range(..&key).next_back(), self.texts.range(&key..).next()];
        let alike = beside.into_iter().flatten().filter(|((of, _), _)| *of == parent);
        let common = alike.map(|((_, text), id)| (equal_bytes(text, &segment.text), *id));
        let (bytes, id) = common.max_by_key(|(bytes, _)| *bytes).filter(|(bytes, _)| *bytes > 0)?;
        let owner = self.owner_of_byte(id, bytes as u64);
        Some((owner, Match::default().with_part(segment, bytes)))
    }

    /// The segment before; of the root, the root.
    #[must_use]
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.nodes[node.index()].parent
    }

    /// The node on the way to `leaf` that has so many segments.
    #[must_use]
    pub fn ancestor(&self, leaf: NodeId, segments: usize) -> NodeId {
        let mut at = leaf;
        while self.total(at).segments > segments {
            at = self.parent(at);
        }
        at
    }

    /// The nodes of a prompt from its last to its first, without the root.
    pub fn path(&self, leaf: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let not_root = |node: &NodeId| *node != NodeId::ROOT;
        std::iter::successors(Some(leaf), |node| Some(self.parent(*node))).take_while(not_root)
    }

    /// From the start of the prompt to the end of the node.
    #[must_use]
    pub fn total(&self, node: NodeId) -> Match {
        self.nodes[node.index()].total
    }

    /// The node's own segment.
    #[must_use]
    pub fn own(&self, node: NodeId) -> Match {
        let (whole, before) = (self.total(node), self.total(self.parent(node)));
        Match {
            segments: whole.segments - before.segments,
            bytes: whole.bytes - before.bytes,
            tokens: whole.tokens - before.tokens,
        }
    }

    /// What the segment is.
    #[must_use]
    pub fn part(&self, node: NodeId) -> Part {
        self.nodes[node.index()].part
    }

    /// Where the fixed beginning of the prompt ends.
    #[must_use]
    pub fn heads(&self, node: NodeId) -> Heads {
        self.nodes[node.index()].heads
    }

    /// Whether an image stands in the prompt.
    #[must_use]
    pub fn has_image(&self, node: NodeId) -> bool {
        self.nodes[node.index()].image
    }

    /// The digest of the whole prompt.
    #[must_use]
    pub fn whole(&self, node: NodeId) -> Digest {
        self.nodes[node.index()].whole
    }

    /// The digest of the segment alone.
    #[must_use]
    pub fn digest(&self, node: NodeId) -> Digest {
        self.nodes[node.index()].digest
    }

    /// The text of the segment.
    #[must_use]
    pub fn text(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].text
    }

    /// The sibling that begins most like this node, and what both have in common; none if nothing.
    #[must_use]
    pub fn sibling(&self, node: NodeId) -> Option<(NodeId, Match)> {
        self.nodes[node.index()].sibling
    }

    /// The node in which the first `bytes` bytes of this one stood first.
    #[must_use]
    pub fn owner_of_byte(&self, node: NodeId, bytes: u64) -> NodeId {
        self.owner(node, |common| common.bytes >= bytes)
    }

    /// The node that a position belongs to, `tokens` tokens behind the start of a prompt: equal for
    /// two prompts exactly if they share all tokens up to there. None behind the end, or at 0.
    #[must_use]
    pub fn owner_of_token(&self, leaf: NodeId, tokens: u64) -> Option<NodeId> {
        if tokens == 0 || tokens > self.total(leaf).tokens {
            return None;
        }
        let mut at = leaf;
        while self.total(self.parent(at)).tokens >= tokens {
            at = self.parent(at);
        }
        Some(self.owner_within(at, tokens - self.total(self.parent(at)).tokens))
    }

    /// The same for a position inside of a node's own segment, counted from its start.
    pub(super) fn owner_within(&self, node: NodeId, tokens: u64) -> NodeId {
        self.owner(node, |common| common.tokens >= tokens)
    }

    /// The longest prefix of a prompt that somebody has who tells of each node how much of its
    /// segment is there; what a segment shares with its sibling is counted there.
    pub(super) fn longest(&self, leaf: NodeId, extent: impl Fn(NodeId) -> Match) -> Match {
        let (mut at, mut below) = (leaf, None);
        while at != NodeId::ROOT && extent(at).bytes < self.own(at).bytes {
            below = Some(at);
            at = self.parent(at);
        }
        let part = below.map(|node| self.beginning(node, extent)).unwrap_or_default();
        self.total(at).and(Match { segments: 0, ..part })
    }

    /// How much of a segment is there, be it as the beginning of another.
    fn beginning(&self, node: NodeId, extent: impl Fn(NodeId) -> Match) -> Match {
        let (mut at, mut most) = (node, self.own(node));
        loop {
            let own = extent(at);
            match self.sibling(at) {
                Some((sibling, common)) if own.bytes <= common.bytes => {
                    (at, most) = (sibling, most.at_most(common));
                }
                _ => {
                    let found = own.at_most(most);
                    return Match { tokens: found.tokens.min(most.tokens), ..found };
                }
            }
        }
    }

    /// The longest prefix that two prompts share.
    #[must_use]
    pub fn common(&self, one: NodeId, other: NodeId) -> Match {
        let least = self.total(one).segments.min(self.total(other).segments);
        let (mut a, mut b) = (self.ancestor(one, least), self.ancestor(other, least));
        if a == b {
            return self.total(a);
        }
        while self.parent(a) != self.parent(b) {
            (a, b) = (self.parent(a), self.parent(b));
        }
        let part = self.alike(a, b);
        self.total(self.parent(a)).and(Match { segments: 0, ..part })
    }

    /// How two siblings begin alike: as much as they have in common with the first that both have
    /// something in common with.
    fn alike(&self, a: NodeId, b: NodeId) -> Match {
        let ends = [a, b].map(|node| (node, self.own(node)));
        let common = meeting(ends, |node| self.sibling(node)).unwrap_or_default();
        // The beginning of an image has more tokens than the image counts.
        let most = self.own(a).tokens.min(self.own(b).tokens);
        Match { tokens: common.tokens.min(most), ..common }
    }

    fn owner(&self, node: NodeId, in_common: impl Fn(Match) -> bool) -> NodeId {
        let mut at = node;
        while let Some((sibling, common)) = self.sibling(at) {
            if !in_common(common) {
                break;
            }
            at = sibling;
        }
        at
    }
}

/// Where two chains of siblings meet, and the shorter of what both have in common with the node there.
/// A sibling is an earlier node, so of two the later one cannot stand in the other's chain any more,
/// and each chain is walked once.
pub(super) fn meeting(
    [mut a, mut b]: [(NodeId, Match); 2],
    mut sibling: impl FnMut(NodeId) -> Option<(NodeId, Match)>,
) -> Option<Match> {
    while a.0 != b.0 {
        let later = if a.0 > b.0 { &mut a } else { &mut b };
        *later = sibling(later.0)?;
    }
    Some(a.1.at_most(b.1))
}
