//! What a scenario or variant asks that an agent cannot do. Such a run is skipped and says why: a
//! setting that is silently dropped would make its result one of something else.

use super::file::AgentFile;
use crate::scenario::{CompactionStrategy, Effective, Scenario, TimelineEntry, Transport};

/// Why an agent cannot run a scenario with these settings; `None` if it can.
#[must_use]
pub fn unsupported(file: &AgentFile, scenario: &Scenario, effective: &Effective) -> Option<String> {
    let strategy = effective.compaction.strategy;
    let asked = |asked: bool, what: &str| asked.then(|| what.to_owned());
    let uses = |name: &str| {
        let texts = file.start.iter().chain(file.files.values()).chain(file.env.values());
        texts.into_iter().any(|text| super::template::names(text).iter().any(|one| one == name))
    };
    let changes = |what: fn(&TimelineEntry) -> bool| effective.timeline(scenario).iter().any(what);
    let developer = effective.developer.as_deref().is_some_and(|text| !text.is_empty());
    let known = strategy == CompactionStrategy::None || file.strategies.contains_key(&strategy);
    let what = asked(!known, &format!("compaction `{}`", strategy.as_str()))
        .or_else(|| asked(developer && !uses("developer"), "developer instructions"))
        .or_else(|| asked(effective.instructions.is_some(), "other instructions (`instructions`)"))
        .or_else(|| {
            let other = match effective.transport {
                Transport::Http => false,
                Transport::Websocket => !uses("websocket"),
                Transport::PreviousResponse => true,
            };
            asked(other, "that transport (`transport`)")
        })
        .or_else(|| asked(effective.tools.is_some(), "a choice of tools (`tools`)"))
        .or_else(|| {
            asked(!effective.prompt.is_default(), "another layout of the prompt (`prompt`)")
        })
        .or_else(|| asked(effective.effort.is_some(), "another effort (`effort`)"))
        .or_else(|| asked(changes(|entry| entry.set_tools.is_some()), "`set_tools`"))
        .or_else(|| asked(changes(|entry| entry.set_effort.is_some()), "`set_effort`"))
        .or_else(|| asked(!effective.completion_order.is_empty(), "`completion_order`"))
        .or_else(|| asked(!scenario.file.skills.is_empty(), "`skills`"))
        .or_else(|| {
            let moves = changes(|entry| entry.set_folder.is_some());
            asked(moves && file.fixed_folder, "a session that changes its folder")
        })
        .or_else(|| {
            let turns = scenario.file.messages.len() > 1;
            asked(turns && file.resume.is_none(), "several turns (no `resume` in its agent file)")
        })?;
    Some(format!("agent {} cannot do this scenario: {what}", file.name))
}

#[cfg(test)]
mod tests {
    use super::unsupported;
    use crate::external::{AgentFile, shipped};
    use crate::scenario::{Effective, Scenario, load_variant, parse_yaml};
    use std::path::Path;

    #[test]
    fn layouts_of_the_built_in_prompt_are_no_other_agents() {
        let codex = shipped("codex").unwrap();
        let codex: AgentFile = parse_yaml(Path::new("codex.yaml"), codex).unwrap();
        let why = |name: &str, variant: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
            let scenario = Scenario::load(&folder).unwrap();
            let (variant, settings) = load_variant(&scenario, variant).unwrap();
            let effective = Effective::new(&scenario, &variant, &settings);
            let why = unsupported(&codex, &scenario, &effective);
            why.map(|why| why.replace("agent codex cannot do this scenario: ", ""))
        };
        let prompt = Some("another layout of the prompt (`prompt`)".to_owned());
        assert_eq!(why("tools-shuffled", "base"), prompt);
        assert_eq!(why("tools-shuffled", "fixed"), None, "the usual layout is anybody's");
        assert_eq!(why("tools-changed", "base"), Some("`set_tools`".into()));
        assert_eq!(why("tools-changed", "fixed"), None, "its timeline has none");
        assert_eq!(why("effort-changed", "base"), Some("another effort (`effort`)".into()));
    }
}
