//! `NAME[:key=value,..]`: one grammar for everything that has a name and settings (cache policies,
//! layouts, compactions), by tables of [`Parameter`]s.

use super::cache_policies::Parameter;
use super::cache_spec::{CacheSpecError, Setting};

/// The settings behind a name.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    parameters: &'static [Parameter],
    given: Vec<Option<Setting>>,
}

impl Settings {
    /// The name, and what stands behind its colon.
    pub(crate) fn parted(text: &str) -> (&str, Option<&str>) {
        match text.split_once(':') {
            Some((name, settings)) => (name.trim(), Some(settings)),
            None => (text.trim(), None),
        }
    }

    /// Reads the settings of a `kind` (as `cache policy`) of this name. A parameter that is as usual
    /// nothing has to be given.
    pub(crate) fn read(
        kind: &str,
        name: &str,
        parameters: &'static [Parameter],
        settings: Option<&str>,
    ) -> Result<Self, CacheSpecError> {
        let mut given: Vec<Option<Setting>> = vec![None; parameters.len()];
        for part in settings.into_iter().flat_map(|settings| settings.split(',')) {
            let Some((key, value)) = part.split_once('=') else {
                let what = format!("`{}` after `{name}:` is no setting", part.trim());
                return Err(CacheSpecError::new(what, "settings are key=value".into()));
            };
            let (key, value) = (key.trim(), value.trim());
            let Some(at) = parameters.iter().position(|one| one.key == key) else {
                let keys: Vec<&str> = parameters.iter().map(|one| one.key).collect();
                let what = format!("{kind} `{name}` has no `{key}`");
                let help = match keys.is_empty() {
                    true => "it has no settings".to_owned(),
                    false => format!("it has {}", keys.join(", ")),
                };
                return Err(CacheSpecError::new(what, help));
            };
            if given[at].is_some() {
                let what = format!("`{key}` of {kind} `{name}` stands twice");
                return Err(CacheSpecError::new(what, "leave one of them out".into()));
            }
            given[at] = parameters[at].read(value);
            if given[at].is_none() {
                let what = format!("`{key}={value}` of {kind} `{name}` is not possible");
                let help = format!("{key} is {}", parameters[at].expected());
                return Err(CacheSpecError::new(what, help));
            }
        }
        let missing = parameters.iter().zip(&given);
        let missing = missing.filter(|(one, given)| one.usual.is_empty() && given.is_none());
        if let Some((one, _)) = missing.into_iter().next() {
            let what = format!("{kind} `{name}` needs `{}`", one.key);
            let help = format!("as in {name}:{}=20; {} is {}", one.key, one.key, one.expected());
            return Err(CacheSpecError::new(what, help));
        }
        Ok(Self { parameters, given })
    }

    /// What was given and is not as usual, in the order of the parameters.
    pub(crate) fn unusual(self) -> Vec<(&'static str, Setting)> {
        let unusual = |(one, setting): (&Parameter, Option<Setting>)| {
            let setting = setting.filter(|setting| *setting != one.usual())?;
            Some((one.key, setting))
        };
        self.parameters.iter().zip(self.given).filter_map(unusual).collect()
    }

    fn setting(&self, key: &str) -> Option<Setting> {
        let at = self.parameters.iter().position(|one| one.key == key)?;
        self.given[at].or_else(|| Some(self.parameters[at].usual()))
    }

    /// A number; none where there is no such limit.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        match self.setting(key)? {
            Setting::Number(number) | Setting::Share(number) => Some(number),
            Setting::No | Setting::Word(_) => None,
        }
    }

    /// A word.
    pub(crate) fn word(&self, key: &str) -> &'static str {
        match self.setting(key) {
            Some(Setting::Word(word)) => word,
            _ => "",
        }
    }
}
