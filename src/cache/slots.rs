//! State by node, in pages: nodes that a thread never touches cost it a pointer for each 64.

use super::prompts::NodeId;

/// Entries of a page.
const PAGE: usize = 64;

/// One value for each node of a [`Prompts`](super::Prompts), the default until it is set.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    pages: Vec<Option<Box<[T]>>>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T: Clone + Default> Slots<T> {
    pub(super) fn get(&self, node: NodeId) -> Option<&T> {
        let at = node.index();
        self.pages.get(at / PAGE)?.as_ref().map(|page| &page[at % PAGE])
    }

    /// Whether nothing was ever set.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn get_mut(&mut self, node: NodeId) -> &mut T {
        let at = node.index();
        if self.pages.len() <= at / PAGE {
            self.pages.resize_with(at / PAGE + 1, || None);
        }
        let page = &mut self.pages[at / PAGE];
        &mut page.get_or_insert_with(|| vec![T::default(); PAGE].into_boxed_slice())[at % PAGE]
    }
}
