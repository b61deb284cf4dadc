//! How long a cache keeps what it was sent: by its policy and settings, and of a provider by the model
//! that was asked.

use super::lasting::Life;
use crate::cache::fields::Fields;
use crate::scenario::{CachePolicy, CacheSpec};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Of caches of token intervals: what a request says of its retention goes before the settings.
pub(super) fn of_intervals(
    policy: CachePolicy,
    ttl: Option<u64>,
    in_memory: bool,
    retention: Option<&str>,
) -> Life {
    match (policy, retention) {
        (CachePolicy::OpenAi128, Some("24h")) => Life { idle: None, whole: Some(24 * HOUR) },
        (CachePolicy::OpenAi128, said) if said.is_some() || in_memory => {
            Life { idle: ttl, whole: Some(HOUR) }
        }
        (CachePolicy::OpenAi128 | CachePolicy::OpenAi2048, _) => {
            let idle = ttl.filter(|_| policy == CachePolicy::OpenAi2048);
            Life { idle, whole: Some(24 * HOUR) }
        }
        _ => Life { idle: ttl, whole: None },
    }
}

/// For how many milliseconds after its last use an entry is kept, written by a request with these
/// fields; `long` says whether its marks ask for an hour. None where nothing runs out.
#[must_use]
pub fn lifetime(spec: &CacheSpec, fields: &Fields, long: bool) -> Option<u64> {
    let policy = spec.policy();
    let ttl = || spec.limit("ttl").map(|seconds| seconds * 1_000);
    match policy {
        CachePolicy::OpenAi128 | CachePolicy::OpenAi2048 => {
            let in_memory =
                policy == CachePolicy::OpenAi128 && spec.word("retention") == "in_memory";
            let life = of_intervals(policy, ttl(), in_memory, fields.retention.as_deref());
            life.idle.into_iter().chain(life.whole).min()
        }
        CachePolicy::Anthropic5m if !long => Some(5 * MINUTE),
        CachePolicy::Anthropic5m | CachePolicy::Anthropic1h => Some(HOUR),
        CachePolicy::OpenAiBreakpoints
        | CachePolicy::GeminiImplicit
        | CachePolicy::GeminiExplicit
        | CachePolicy::DeepSeek64
        | CachePolicy::DeepSeekV4 => ttl(),
        CachePolicy::None
        | CachePolicy::Ideal
        | CachePolicy::Radix
        | CachePolicy::Vllm
        | CachePolicy::Sglang
        | CachePolicy::LmCache
        | CachePolicy::Mooncake
        | CachePolicy::LlamaCpp => None,
    }
}

/// The cache of the provider of a model, by its name; none of a model that nobody knows.
#[must_use]
pub fn cache_of(model: &str) -> Option<CachePolicy> {
    let model = model.rsplit('/').next().unwrap_or(model);
    let family = |name: &str| model.split(['-', '_', '.', ':', '@']).any(|part| part == name);
    if let Some(rest) = model.strip_prefix("gpt-") {
        return Some(match generation(rest)? {
            (5, 5) => CachePolicy::OpenAi2048,
            (0..=4, _) | (5, 0..=4) => CachePolicy::OpenAi128,
            _ => CachePolicy::OpenAiBreakpoints,
        });
    }
    match () {
        () if family("claude") => Some(CachePolicy::Anthropic5m),
        () if family("gemini") => Some(CachePolicy::GeminiImplicit),
        () if family("deepseek") => Some(CachePolicy::DeepSeekV4),
        () if ["o1", "o3", "o4", "codex"]
            .iter()
            .any(|name| model.split('-').next() == Some(name)) =>
        {
            Some(CachePolicy::OpenAi128)
        }
        () => None,
    }
}

/// Generation and its part: of `5.4-mini` 5 and 4, of `4o` 4 and 0.
fn generation(rest: &str) -> Option<(u32, u32)> {
    let digits = |text: &str| -> Option<u32> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse().ok()
    };
    let part = rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('.');
    Some((digits(rest)?, part.and_then(digits).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::{cache_of, lifetime};
    use crate::cache::Fields;
    use crate::scenario::{CachePolicy, CacheSpec};
    use crate::wire::{Endpoint, Request};

    #[test]
    fn providers_by_the_names_of_their_models() {
        for (model, cache) in [
            ("gpt-4o", Some(CachePolicy::OpenAi128)),
            ("gpt-5-codex", Some(CachePolicy::OpenAi128)),
            ("openai/gpt-5.4-2026-03-05", Some(CachePolicy::OpenAi128)),
            ("o4-mini", Some(CachePolicy::OpenAi128)),
            ("gpt-5.5-pro", Some(CachePolicy::OpenAi2048)),
            ("gpt-5.6-sol", Some(CachePolicy::OpenAiBreakpoints)),
            ("gpt-6.1-sol", Some(CachePolicy::OpenAiBreakpoints)),
            ("us.anthropic.claude-sonnet-4-5-20250929", Some(CachePolicy::Anthropic5m)),
            ("gemini-3-pro", Some(CachePolicy::GeminiImplicit)),
            ("deepseek-v4-flash", Some(CachePolicy::DeepSeekV4)),
            ("gpt-oss-120b", None),
            ("unreel-1", None),
        ] {
            assert_eq!(cache_of(model), cache, "{model}");
        }
    }

    #[test]
    fn lifetimes_go_by_policy_settings_and_request() {
        let of = |spec: &str, body: &str, long: bool| {
            let spec: CacheSpec = spec.parse().unwrap();
            let request = Request::parse(body.as_bytes()).unwrap();
            let fields = Fields::of(Endpoint::Responses, &request);
            lifetime(&spec, &fields, long).map(|ms| ms / 1_000)
        };
        let (day, hour) = (Some(86_400), Some(3_600));
        assert_eq!(of("openai-128", "{}", false), day);
        let in_memory = r#"{"prompt_cache_retention":"in_memory"}"#;
        assert_eq!(of("openai-128", in_memory, false), Some(600));
        assert_eq!(of("openai-128:retention=in_memory,ttl=300", "{}", false), Some(300));
        let kept = r#"{"prompt_cache_retention":"24h"}"#;
        assert_eq!(of("openai-128:retention=in_memory", kept, false), day);
        assert_eq!(of("openai-2048", kept, false), Some(1_800));
        assert_eq!(of("openai-breakpoints", "{}", false), Some(1_800));
        assert_eq!(of("anthropic-5m", "{}", false), Some(300));
        assert_eq!((of("anthropic-5m", "{}", true), of("anthropic-1h", "{}", false)), (hour, hour));
        assert_eq!((of("ideal", "{}", false), of("deepseek-v4", "{}", false)), (None, None));
    }
}
