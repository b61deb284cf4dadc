//! The agent files that come with unreel.

/// Name and text of each.
pub const SHIPPED: [(&str, &str); 2] = [
    ("codex", include_str!("agents/codex.yaml")),
    ("opencode", include_str!("agents/opencode.yaml")),
];

/// The text of a shipped agent file.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::SHIPPED;
    use crate::external::AgentFile;
    use crate::recording::volatile::{Elide, Masks};
    use std::path::Path;

    #[test]
    fn every_shipped_file_loads_and_its_rules_can_be_applied() {
        for (name, text) in SHIPPED {
            let file: AgentFile = crate::scenario::parse_yaml(Path::new(name), text).unwrap();
            assert_eq!(file.name, name);
            assert!(!file.tested.is_empty());
            Masks::new(&file.volatile).unwrap();
            Elide::new(&file.elide).unwrap();
        }
    }
}
