//! Which model is asked. Requests name one each, and may change it; what the head of a log says holds
//! for those that name none.

use super::session::{Fields, Session};
use std::collections::BTreeSet;

impl Session {
    /// The models that its requests ask; those that were refused cost nothing and do not count.
    #[must_use]
    pub fn models_asked(&self) -> BTreeSet<String> {
        let asked = self.requests.iter().filter(|asked| asked.fate.is_processed());
        let sets: BTreeSet<u32> = asked.map(|asked| asked.fields).collect();
        sets.into_iter().map(|fields| self.model_of(&self.fields[fields as usize])).collect()
    }

    /// The model of the session: the one that all its requests ask, else that of its log.
    pub(super) fn model_asked(&self) -> String {
        let mut all = self.models_asked().into_iter();
        all.next().filter(|_| all.next().is_none()).unwrap_or_else(|| self.model.clone())
    }

    /// The model of each set of fields, or the one that stands for all.
    pub(super) fn models(&self, instead: Option<&str>) -> Vec<String> {
        let of = |fields| instead.map_or_else(|| self.model_of(fields), str::to_owned);
        self.fields.iter().map(of).collect()
    }

    fn model_of(&self, fields: &Fields) -> String {
        let model = fields.all.iter().find(|(key, _)| key == "model");
        let own = model.and_then(|(_, raw)| raw.value().as_str().map(str::to_owned));
        own.unwrap_or_else(|| self.model.clone())
    }
}
