//! What must not reach a disk: the keys in force, whatever their shape, and whatever looks like one.
//!
//! A key is learnt from the header that brings it, before anything of that request is looked at. It
//! is then looked for in everything, as it is and in its encodings.

use crate::recording::Sent;
use crate::recording::secrets::{Secrets, Unseen};
use crate::recording::volatile::Masked;
use crate::server::Mask;
use crate::wire::Request;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The mask of one proxy.
#[derive(Debug)]
pub(super) struct Discreet {
    mask: Option<Arc<dyn Mask>>,
    known: BTreeSet<String>,
    secrets: Secrets,
    unseen: Unseen,
}

impl Discreet {
    /// `mask` is the agent's, if it has one.
    pub(super) fn new(mask: Option<Arc<dyn Mask>>, key: Option<&str>) -> Self {
        let (secrets, unseen) = (Secrets::default(), Unseen::default());
        let mut new = Self { mask, known: BTreeSet::new(), secrets, unseen };
        new.learn(key.map(str::to_owned));
        new
    }

    /// Learns of secrets.
    pub(super) fn learn(&mut self, secrets: impl IntoIterator<Item = String>) {
        let before = self.known.len();
        self.known.extend(secrets);
        if self.known.len() > before {
            self.secrets = Secrets::new(self.known.iter().cloned());
            self.unseen = Unseen::new(Secrets::new(self.known.iter().cloned()));
        }
    }

    /// An answer without secrets, those included that its events bring in pieces.
    pub(super) fn answer(&self, sent: &Sent) -> Sent {
        sent.without_secrets(&self.secrets)
    }

    /// Any text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        self.secrets.redact(text).0.into_owned()
    }
}

impl Mask for Discreet {
    fn mask(&self, request: &Request) -> Masked {
        let (request, mut bytes) = match &self.mask {
            Some(mask) => {
                let Masked { request, bytes } = mask.mask(request);
                (request, bytes)
            }
            None => (request.clone(), Vec::new()),
        };
        let Masked { request, bytes: more } = self.unseen.mask(&request);
        bytes.extend(more);
        Masked { request, bytes }
    }
}
