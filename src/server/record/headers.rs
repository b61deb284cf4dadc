//! Which headers go on, and which are kept.

use axum::http::header::{self, HeaderMap, HeaderName};

/// Headers that belong to one connection. Everything else is the business of client and upstream.
const HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
];

/// What of an answer means something to a client, and says nothing of whose key it was.
const KEPT: [&str; 5] =
    ["content-type", "x-request-id", "x-should-retry", "openai-model", "openai-version"];

/// The same, of which there are several.
const KEPT_FAMILIES: [&str; 3] = ["x-ratelimit-", "retry-after", "openai-processing"];

/// Headers whose value is a credential.
const CREDENTIALS: [&str; 6] =
    ["authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie", "proxy-authorization"];

/// Takes out what belongs to the connection alone.
pub(super) fn drop_hops(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// What of an answer's headers is recorded.
pub(super) fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let is_kept = |name: &str| {
        KEPT.contains(&name) || KEPT_FAMILIES.iter().any(|family| name.starts_with(family))
    };
    headers
        .iter()
        .filter(|(name, _)| is_kept(name.as_str()))
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

/// The credentials of a request, with and without the word that says of which kind they are.
pub(super) fn credentials(headers: &HeaderMap) -> Vec<String> {
    let values = CREDENTIALS.iter().flat_map(|name| headers.get_all(*name));
    let texts = values.filter_map(|value| value.to_str().ok());
    let both = |value: &str| {
        let token = value.split_once(' ').map(|(_, token)| token.trim().to_owned());
        token.into_iter().chain([value.to_owned()]).collect::<Vec<_>>()
    };
    texts.flat_map(both).collect()
}

#[cfg(test)]
mod tests {
    use super::{credentials, drop_hops, kept};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn what_names_a_client_is_not_kept() {
        let all = headers(&[
            ("set-cookie", "a=b"),
            ("openai-organization", "org-1"),
            ("openai-project", "proj-1"),
            ("openai-processing-ms", "7"),
            ("x-ratelimit-limit-tokens", "9"),
            ("retry-after-ms", "5"),
            ("content-type", "text/event-stream"),
            ("date", "today"),
        ]);
        let kept: Vec<String> = kept(&all).into_iter().map(|(name, _)| name).collect();
        let expected =
            ["openai-processing-ms", "x-ratelimit-limit-tokens", "retry-after-ms", "content-type"];
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_connection_names_what_ends_with_it() {
        let mut all = headers(&[("connection", "close, x-hop"), ("x-hop", "1"), ("te", "x")]);
        all.insert("x-end", HeaderValue::from_static("2"));
        drop_hops(&mut all);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["x-end"]);
    }

    #[test]
    fn a_token_is_known_without_its_scheme() {
        let all = headers(&[("authorization", "Bearer sk-1"), ("api-key", "k2")]);
        assert_eq!(credentials(&all), ["sk-1", "Bearer sk-1", "k2"]);
    }
}
