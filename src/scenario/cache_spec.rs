//! A cache policy with its settings, as it is written: `NAME[:key=value,..]`.

use super::cache_policies::{CachePolicy, MANY, NEEDS, Parameter, ParameterKind};
use super::error::suggest;
use super::settings::Settings;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which policy, and what of it is set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CacheSpec {
    policy: CachePolicy,
    /// By the order of the policy's parameters; what is as usual is left out.
    set: Vec<(&'static str, Setting)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Setting {
    /// No such limit.
    No,
    Number(u64),
    /// In millionths.
    Share(u64),
    Word(&'static str),
}

/// Why a text is no cache policy, or nothing else that is written like one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}\nhelp: {help}")]
pub struct CacheSpecError {
    what: String,
    help: String,
}

impl CacheSpecError {
    pub(crate) fn new(what: String, help: String) -> Self {
        Self { what, help }
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// How to mend it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl From<CachePolicy> for CacheSpec {
    fn from(policy: CachePolicy) -> Self {
        Self { policy, set: Vec::new() }
    }
}

impl Default for CacheSpec {
    /// The ideal cache.
    fn default() -> Self {
        CachePolicy::Ideal.into()
    }
}

impl CacheSpec {
    /// Which policy.
    #[must_use]
    pub fn policy(&self) -> CachePolicy {
        self.policy
    }

    /// A number. Asked for by the policy itself, whose parameters the table holds.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.limit(key).unwrap_or_default()
    }

    /// A number, where there may be none.
    pub(crate) fn limit(&self, key: &str) -> Option<u64> {
        match self.setting(key) {
            Setting::Number(number) | Setting::Share(number) => Some(number),
            Setting::No | Setting::Word(_) => None,
        }
    }

    /// A word.
    pub(crate) fn word(&self, key: &str) -> &'static str {
        match self.setting(key) {
            Setting::Word(word) => word,
            _ => "",
        }
    }

    /// Whether a word is `yes`.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.word(key) == "yes"
    }

    /// The first setting that does nothing beside the others: whoever wrote it means something else.
    fn without_effect(&self) -> Option<CacheSpecError> {
        let parameters = self.policy.parameters();
        let set = |key: &str| self.set.iter().find(|(name, _)| *name == key);
        NEEDS.into_iter().find_map(|need| {
            let (key, setting) = set(need.key)?;
            let has_other = parameters.iter().any(|parameter| parameter.key == need.other);
            if !has_other || set(need.other).is_some() {
                return None;
            }
            let (name, because) = (self.policy.as_str(), need.because);
            let what =
                format!("`{key}={setting}` of cache policy `{name}` has no effect: {because}");
            Some(CacheSpecError::new(what, format!("add {}, or leave {key} out", need.as_in)))
        })
    }

    fn setting(&self, key: &str) -> Setting {
        if let Some((_, setting)) = self.set.iter().find(|(name, _)| *name == key) {
            return *setting;
        }
        let all = self.policy.parameters();
        let usual = all.iter().find(|parameter| parameter.key == key).map(Parameter::usual);
        debug_assert!(usual.is_some(), "{} has no {key}", self.policy.as_str());
        usual.unwrap_or(Setting::No)
    }
}

impl Parameter {
    pub(super) fn usual(&self) -> Setting {
        self.read(self.usual).unwrap_or(Setting::No)
    }

    pub(super) fn read(&self, text: &str) -> Option<Setting> {
        match self.kind {
            ParameterKind::Word(words) => {
                words.iter().find(|word| **word == text).map(|word| Setting::Word(word))
            }
            ParameterKind::Limit(..) if text == "no" => Some(Setting::No),
            ParameterKind::Number(least, most) | ParameterKind::Limit(least, most) => {
                let number = text.replace('_', "").parse().ok()?;
                (least..=most).contains(&number).then_some(Setting::Number(number))
            }
            ParameterKind::Share => {
                let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share))?;
                Some(Setting::Share((share * 1e6).round() as u64))
            }
        }
    }

    /// What it may be, for people.
    #[must_use]
    pub fn expected(&self) -> String {
        match self.kind {
            ParameterKind::Word(words) => format!("one of: {}", words.join(", ")),
            ParameterKind::Number(least, most) if most < MANY => {
                format!("a whole number from {least} to {most}")
            }
            ParameterKind::Number(least, _) => format!("a whole number from {least} on"),
            ParameterKind::Limit(least, _) => {
                format!("a whole number from {least} on, or `no` for no limit")
            }
            ParameterKind::Share => "a number from 0 to 1".into(),
        }
    }
}

impl FromStr for CacheSpec {
    type Err = CacheSpecError;

    fn from_str(text: &str) -> Result<Self, CacheSpecError> {
        let (name, settings) = Settings::parted(text);
        let policy = CachePolicy::ALL.into_iter().find(|policy| policy.as_str() == name);
        let Some(policy) = policy else {
            let names = CachePolicy::ALL.map(CachePolicy::as_str);
            let what = format!("unknown cache policy `{name}`");
            return Err(CacheSpecError::new(what, suggest(name, &names)));
        };
        let settings = Settings::read("cache policy", name, policy.parameters(), settings)?;
        let spec = Self { policy, set: settings.unusual() };
        spec.without_effect().map_or(Ok(spec), Err)
    }
}

impl fmt::Display for CacheSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.policy.as_str())?;
        for (at, (key, setting)) in self.set.iter().enumerate() {
            let before = if at == 0 { ':' } else { ',' };
            write!(f, "{before}{key}={setting}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Share(millionths) => write!(f, "{}", *millionths as f64 / 1e6),
            Self::Word(word) => f.write_str(word),
        }
    }
}

impl TryFrom<String> for CacheSpec {
    /// On one line: the reader of the file names the place.
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error: CacheSpecError| format!("{}: {}", error.what, error.help))
    }
}

impl From<CacheSpec> for String {
    fn from(spec: CacheSpec) -> Self {
        spec.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::CacheSpec;
    use crate::scenario::CachePolicy;

    fn spec(text: &str) -> CacheSpec {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<CacheSpec>().unwrap_err().to_string()
    }

    #[test]
    fn what_is_usual_is_left_out() {
        assert_eq!(spec("ideal"), CacheSpec::default());
        let one = spec("openai-128:pause=30, interval=256,minimum=1_024");
        assert_eq!(one.to_string(), "openai-128:interval=256,pause=30");
        assert_eq!(spec(&one.to_string()), one);
        assert_eq!((one.number("minimum"), one.number("interval")), (1_024, 256));
        assert!(!one.is("shared"));
    }

    #[test]
    fn errors_name_what_there_is() {
        assert_eq!(
            error("openai-218"),
            "unknown cache policy `openai-218`\nhelp: did you mean `openai-128`?"
        );
        assert_eq!(
            error("ideal:ttl=3"),
            "cache policy `ideal` has no `ttl`\nhelp: it has shared, pause"
        );
        assert_eq!(
            error("openai-128:interval=-1"),
            "`interval=-1` of cache policy `openai-128` is not possible\nhelp: interval is a whole number from 1 on"
        );
        assert_eq!(
            error("ideal:shared"),
            "`shared` after `ideal:` is no setting\nhelp: settings are key=value"
        );
        assert_eq!(
            error("ideal:pause=1,pause=2"),
            "`pause` of cache policy `ideal` stands twice\nhelp: leave one of them out"
        );
    }

    /// What would be ignored is refused, and counts with the setting that it needs.
    #[test]
    fn settings_without_effect_are_refused() {
        assert_eq!(
            error("openai-128:ttl=60"),
            "`ttl=60` of cache policy `openai-128` has no effect: it counts for what is kept in memory, and `retention` is 24h\nhelp: add retention=in_memory, or leave ttl out"
        );
        for (setting, needed) in [
            ("openai-128:ttl=60", "retention=in_memory"),
            ("openai-128:rate=3", "machines=2"),
            ("openai-2048:rate=3", "machines=2"),
            ("vllm:eviction=fifo", "capacity=1000000"),
            ("radix:eviction=fifo,capacity=no", "capacity=1000000"),
        ] {
            assert!(error(setting).contains(needed), "{setting}");
            let setting = setting.replace(",capacity=no", "");
            spec(&format!("{setting},{needed}"));
        }
        // Where there is no other kind of retention, a lifetime counts by itself.
        spec("openai-2048:ttl=60");
    }

    /// What the table calls usual is possible, or a policy would silently work without it.
    #[test]
    fn every_usual_value_can_be_read() {
        for policy in CachePolicy::ALL {
            for one in policy.parameters() {
                let name = policy.as_str();
                assert_eq!(spec(&format!("{name}:{}={}", one.key, one.usual)).to_string(), name);
            }
        }
    }
}
