//! What a run is really set to: the scenario's own settings with a variant laid over them.

use super::error::{ScenarioError, ScenarioErrorKind, suggest};
use super::paths::outside;
use super::paths::{is_name, variant_file, variant_folders};
use super::yaml::{self, Problem};
use super::{
    CacheSpec, Compaction, Effort, Fault, Prompt, Retention, Scenario, TimelineEntry, Transport,
    Variant, rules, validate,
};
use crate::wire::Digest;
use indexmap::IndexMap;
use serde::Serialize;
use std::path::PathBuf;

/// The variant that changes nothing.
pub const BASE: &str = "base";

/// Loads a variant: `base`, a path, or a name in `variants/` of the scenario, of the scenario it
/// extends, or of their parent folder, in this order. Gives its name too.
///
/// # Errors
/// An unknown name (with the names there are), YAML that does not parse, a rule that is broken.
pub fn load_variant(scenario: &Scenario, wanted: &str) -> Result<(String, Variant), ScenarioError> {
    if wanted == BASE {
        return Ok((BASE.into(), Variant::default()));
    }
    let path = if wanted.contains('/') || wanted.ends_with(".yaml") {
        PathBuf::from(wanted)
    } else {
        variant_file(&scenario.dir, scenario.base_dir().as_deref(), wanted)
            .ok_or_else(|| unknown(scenario, wanted))?
    };
    if !path.is_file() {
        return Err(ScenarioError::missing(&path, "variant file").help(
            "name one by its path, or one of a `variants/` folder by its name, without `.yaml`",
        ));
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !is_name(&name) || name == BASE {
        let why = format!("`{name}` cannot be the name of a variant");
        return Err(ScenarioError::refused(&path, &why));
    }
    let (variant, text) = yaml::read::<Variant>(&path)?;
    match check(scenario, &variant) {
        Ok(()) => Ok((name, variant)),
        Err(problem) => Err(problem.place(&path, &text)),
    }
}

fn check(scenario: &Scenario, variant: &Variant) -> Result<(), Problem> {
    for path in variant.files.keys() {
        if let Some(why) = outside(path) {
            return Err(Problem::new(
                format!("files/{}", yaml::segment(path)),
                format!("`{path}`: {why}"),
            ));
        }
    }
    rules::tools("tools", variant.tools.as_deref())?;
    validate::timeline(variant.timeline.as_deref().unwrap_or_default(), &scenario.file)?;
    for (i, call) in variant.completion_order.iter().enumerate() {
        if variant.completion_order[..i].contains(call) {
            let what = format!("call {call} stands twice");
            return Err(Problem::new(format!("completion_order/{i}"), what));
        }
    }
    rules::retention("retention", variant.retention.as_ref(), &scenario.file.facts)
}

fn unknown(scenario: &Scenario, wanted: &str) -> ScenarioError {
    let mut names = vec![BASE.to_owned()];
    for folder in variant_folders(&scenario.dir, scenario.base_dir().as_deref()) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let stems = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".yaml").map(str::to_owned)
        });
        names.extend(stems);
    }
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    ScenarioError::new(ScenarioErrorKind::UnknownVariant(wanted.into()))
        .in_file(&scenario.dir)
        .help(suggest(wanted, &names))
}

/// The settings of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// Name of the variant.
    #[serde(skip)]
    pub name: String,
    /// Instead of the model-specific instructions.
    pub instructions: Option<String>,
    /// Developer instructions; `None`: the layer is left out.
    pub developer: Option<String>,
    /// Files laid over the seed, by path.
    pub files: IndexMap<String, String>,
    /// Tools to advertise, in this order; `None`: all in their own order.
    pub tools: Option<Vec<String>>,
    /// How the agent lays out its prompt; the default changes no digest.
    #[serde(skip_serializing_if = "Prompt::is_default")]
    pub prompt: Prompt,
    /// `reasoning.effort` at the start; the default changes no digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// What happens before certain turns, where it is not what the scenario says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<TimelineEntry>>,
    /// How the agent compacts.
    pub compaction: Compaction,
    /// What the server keeps at a compaction.
    pub retention: Retention,
    /// The cache policy in force.
    pub cache: CacheSpec,
    /// How the agent's requests reach the server; the default changes no digest.
    #[serde(skip_serializing_if = "Transport::is_http")]
    pub transport: Transport,
    /// What goes wrong on the way.
    pub faults: Vec<Fault>,
    /// The order in which parallel calls finish.
    pub completion_order: Vec<u32>,
    /// Why this run is expected to fail.
    #[serde(skip)]
    pub expect_fail: Option<String>,
}

impl Effective {
    /// The scenario's settings with the variant laid over them.
    ///
    /// Whether a failure is expected is what the scenario says of this variant, or, where its
    /// `variants` do not name it, what it says of itself.
    #[must_use]
    pub fn new(scenario: &Scenario, name: &str, variant: &Variant) -> Self {
        let file = &scenario.file;
        let developer = variant.developer.clone().or_else(|| file.developer.clone());
        let compaction = variant.compaction.clone().or_else(|| file.compaction.clone());
        let retention = variant.retention.clone().or_else(|| file.retention.clone());
        Self {
            name: name.to_owned(),
            instructions: variant.instructions.clone(),
            developer: developer.filter(|text| !text.is_empty()),
            files: variant.files.clone(),
            tools: variant.tools.clone().or_else(|| file.tools.clone()),
            prompt: variant.prompt.or(file.prompt).unwrap_or_default(),
            effort: variant.effort.or(file.effort),
            timeline: variant.timeline.clone(),
            compaction: compaction.unwrap_or_default(),
            retention: retention.unwrap_or_default(),
            cache: variant.cache.clone().or_else(|| file.cache.clone()).unwrap_or_default(),
            transport: variant.transport.unwrap_or_default(),
            faults: variant.faults.clone(),
            completion_order: variant.completion_order.clone(),
            expect_fail: match file.variants.get(name) {
                Some(entry) => entry.expect_fail.clone(),
                None => file.expect_fail.clone(),
            },
        }
    }

    /// What happens before certain turns.
    #[must_use]
    pub fn timeline<'a>(&'a self, scenario: &'a Scenario) -> &'a [TimelineEntry] {
        self.timeline.as_deref().unwrap_or(&scenario.file.timeline)
    }

    /// Digest of the settings; the name and the expectation are not among them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Plain data with string keys: serde_json has nothing to refuse.
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::Folder;
    use crate::scenario::{Clock, CompactionStrategy};

    const SETTINGS: &str = "developer: be brief\ncompaction: {strategy: remote, threshold: 10}\n\
        expect_fail: hard\nvariants: {quiet: {}}\n";

    fn folder() -> Folder {
        let folder = Folder::new();
        folder.scenario("a", SETTINGS);
        folder.write("a/variants/quiet.yaml", "developer: ''\ncache: openai-128\n");
        folder.write("variants/loud.yaml", "compaction: {strategy: summary}\n");
        folder
    }

    #[test]
    fn a_cache_policy_has_settings_and_an_unknown_one_is_told_with_its_place() {
        let folder = folder();
        folder.write("variants/blocks.yaml", "cache: vllm:capacity=1000,page=32\n");
        folder.write("variants/wrong.yaml", "developer: x\ncache: openai-breakpoint\n");
        let scenario = folder.load("a").expect("loads");
        let (_, variant) = load_variant(&scenario, "blocks").expect("a variant");
        let effective = Effective::new(&scenario, "blocks", &variant);
        assert_eq!(effective.cache.to_string(), "vllm:page=32,capacity=1000");
        let error = load_variant(&scenario, "wrong").expect_err("no such policy").to_string();
        assert!(error.contains("wrong.yaml:2:8"), "{error}");
        let what = "unknown cache policy `openai-breakpoint`: did you mean `openai-breakpoints`?";
        assert!(error.contains(what), "{error}");
    }

    #[test]
    fn a_variant_overlays_the_scenario_key_by_key() {
        let folder = folder();
        let scenario = folder.load("a").expect("loads");
        let effective = |name: &str| {
            let (name, variant) = load_variant(&scenario, name).expect("a variant");
            Effective::new(&scenario, &name, &variant)
        };
        let base = effective("base");
        assert_eq!(base.developer.as_deref(), Some("be brief"));
        assert_eq!(base.compaction.strategy, CompactionStrategy::Remote);
        assert_eq!(base.expect_fail.as_deref(), Some("hard"));
        let quiet = effective("quiet");
        assert_eq!(quiet.developer, None, "an empty text removes the layer");
        assert_eq!(quiet.compaction.threshold, 10);
        assert_eq!(quiet.cache.to_string(), "openai-128");
        assert_eq!(quiet.expect_fail, None, "its own entry decides");
        let loud = effective("loud");
        assert_eq!(loud.compaction.threshold, 200_000, "the whole key is replaced");
        assert_ne!(base.digest(), quiet.digest());
        assert_eq!(base.digest(), effective("base").digest());
        let path = folder.path("variants/loud.yaml");
        assert_eq!(effective(&path.to_string_lossy()), loud, "a path finds the same variant");
    }

    #[test]
    fn a_layout_of_the_prompt_is_overlaid_too_and_the_usual_one_changes_no_digest() {
        let folder = folder();
        let keys = "prompt: {clock: first}\neffort: high\ntools: [exec_command]\n\
            cache: openai-128\ntimeline: [{turn: 2, set_effort: low}]\n";
        folder.scenario("b", keys);
        folder.write(
            "b/variants/fixed.yaml",
            "prompt: {clock: appended}\neffort: low\ntools: [view_image]\ntimeline: []\ncache: ideal\n",
        );
        folder.scenario("plain", "");
        folder.write("variants/usual.yaml", "prompt: {tools_order: stable, clock: none}\n");
        let effective = |scenario: &Scenario, name: &str| {
            let (name, variant) = load_variant(scenario, name).expect("a variant");
            Effective::new(scenario, &name, &variant)
        };
        let scenario = folder.load("b").expect("loads");
        let base = effective(&scenario, "base");
        assert_eq!((base.prompt.clock, base.effort), (Clock::First, Some(Effort::High)));
        assert_eq!(base.tools.as_deref(), Some(&["exec_command".to_owned()][..]));
        assert_eq!(base.timeline(&scenario).len(), 1);
        let fixed = effective(&scenario, "fixed");
        assert_eq!((fixed.prompt.clock, fixed.effort), (Clock::Appended, Some(Effort::Low)));
        assert_eq!(fixed.tools.as_deref(), Some(&["view_image".to_owned()][..]));
        assert!(fixed.timeline(&scenario).is_empty(), "the variant's own timeline");
        assert_ne!(base.cache, fixed.cache);
        let plain = folder.load("plain").expect("loads");
        let usual = effective(&plain, "usual");
        assert_eq!(usual.digest(), effective(&plain, "base").digest());
        let written = serde_json::to_string(&usual).expect("plain data");
        let new = ["prompt", "effort", "timeline"];
        assert!(new.iter().all(|key| !written.contains(key)), "{written}");
    }

    #[test]
    fn an_unknown_variant_lists_what_there_is() {
        let folder = folder();
        let scenario = folder.load("a").expect("loads");
        let error = load_variant(&scenario, "louder").expect_err("unknown").to_string();
        assert!(error.contains("unknown variant `louder`\nhelp: did you mean `loud`?"), "{error}");
        let error = load_variant(&scenario, "xyz").expect_err("unknown").to_string();
        assert!(error.ends_with("help: one of: base, loud, quiet"), "{error}");
    }

    #[test]
    fn a_variant_is_held_to_the_rules_too() {
        let folder = folder();
        folder.write("a/variants/bad.yaml", "files:\n  ok: x\n  ../up: x\n");
        folder.write("a/variants/oracle.yaml", "retention: {oracle: {facts: [nobody]}}\n");
        let scenario = folder.load("a").expect("loads");
        let error = |name: &str| load_variant(&scenario, name).expect_err("bad").to_string();
        assert!(error("bad").contains("bad.yaml:3:3: `../up`: the path"), "{}", error("bad"));
        folder.write("a/variants/tools.yaml", "tools: [exec_command, aply_patch]\n");
        assert!(error("tools").contains("tools.yaml:1:23: unknown tool `aply_patch`"));
        folder.write("a/variants/late.yaml", "timeline:\n  - {turn: 3, set_effort: low}\n");
        assert!(error("late").contains("late.yaml:2:6: there is no turn 3"), "{}", error("late"));
        folder.write("a/variants/hard.yaml", "timeline:\n  - {turn: 2, set_effort: hihg}\n");
        let hard = error("hard");
        assert!(hard.contains("hard.yaml:2:27: unknown value `hihg`"), "{hard}");
        assert!(hard.contains("did you mean `high`?"), "{hard}");
        assert!(error("oracle").contains("oracle.yaml:1:30: unknown fact `nobody`"));
    }
}
