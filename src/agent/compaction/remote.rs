//! `remote`: a normal request that ends in `compaction_trigger`. Instructions and tools are those
//! of every other request, so the cached prefix covers all of it.

use crate::agent::history::{Entry, Origin};
use crate::wire::{Kind, Raw};
use serde_json::json;

/// The item that asks for it; never kept in the history.
pub(super) fn trigger() -> Raw {
    Raw::from_value(&json!({"type": "compaction_trigger"}))
}

/// The one compaction item of the answer, verbatim; other items are let pass.
pub(super) fn sealed(items: &[Raw]) -> Result<Entry, String> {
    let mut found = items.iter().filter(|item| item.item().kind() == Kind::Compaction);
    match (found.next(), found.count()) {
        (Some(item), 0) => Ok(Entry::new(item.clone(), Origin::Summary)),
        (None, _) => Err("the answer holds no compaction item".into()),
        (Some(_), more) => {
            Err(format!("the answer holds {} compaction items instead of one", more + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sealed;
    use crate::wire::Raw;

    #[test]
    fn exactly_one_item() {
        let item = Raw::parse(r#"{"type":"compaction","encrypted_content":"gAAAA"}"#).unwrap();
        let other = Raw::parse(r#"{"type":"reasoning"}"#).unwrap();
        assert_eq!(sealed(&[other.clone(), item.clone()]).unwrap().raw, item);
        assert_eq!(sealed(&[other]).unwrap_err(), "the answer holds no compaction item");
        let two = sealed(&[item.clone(), item]).unwrap_err();
        assert_eq!(two, "the answer holds 2 compaction items instead of one");
    }
}
