//! Where requests go on to: the base URL, whom to trust there, and the key.

use super::connect::{Connector, trust};
use crate::recording::secrets::Secrets;
use axum::body::Body;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use reqwest::Url;
use std::sync::Arc;
use std::time::Duration;

/// Connections that were not used for so long are not used again: common servers close them after
/// five seconds, and a request must not meet that moment.
const IDLE: Duration = Duration::from_secs(4);

/// Connections without TLS are not kept at all: they cost little to open, and llama.cpp's server
/// promises to keep one and closes it after a stream. A proxy may not send a request again that met
/// the closing (RFC 9112, section 9.3.1).
const KEPT_PLAIN: usize = 0;

/// A Responses endpoint of somebody else.
#[derive(Clone)]
pub struct Upstream {
    scheme: Scheme,
    authority: Authority,
    host: String,
    /// Path below which everything lies, without the last slash.
    base: String,
    tls: Option<Arc<rustls::ClientConfig>>,
    key: Option<Key>,
}

#[derive(Clone)]
struct Key {
    text: String,
    header: HeaderValue,
}

impl Upstream {
    /// Reads a base URL such as `https://api.openai.com/v1`; without a path, `/v1` is meant. `ca`
    /// is a file of PEM certificates to trust beside those of the public authorities, `key` what
    /// takes the place of the client's own key.
    ///
    /// # Errors
    /// What is wrong with the URL, the certificates or the key.
    pub fn new(url: &str, ca: Option<&[u8]>, key: Option<String>) -> Result<Self, UpstreamError> {
        let wrong = |why: &str| UpstreamError::Url { url: shown(url), why: why.to_owned() };
        let parsed = Url::parse(url.trim()).map_err(|error| wrong(&error.to_string()))?;
        let scheme = match parsed.scheme() {
            "http" | "ws" => Scheme::HTTP,
            "https" | "wss" => Scheme::HTTPS,
            other => return Err(wrong(&format!("`{other}` is not served; use http or https"))),
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(wrong("a key does not belong into it; use --key-env"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("it is a base for paths and may not have a query or a fragment"));
        }
        let host = parsed.host_str().ok_or_else(|| wrong("it names no host"))?.to_owned();
        let authority = match parsed.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let authority = authority.parse().map_err(|_| wrong("its host is none"))?;
        let base = match parsed.path().trim_end_matches('/') {
            "" => "/v1",
            path => path,
        };
        let tls = (scheme == Scheme::HTTPS).then(|| trust(ca)).transpose()?;
        let key = key.map(Key::new).transpose()?;
        Ok(Self { scheme, authority, host, base: base.to_owned(), tls, key })
    }

    /// Its host: what recordings and journals say of it. A port may differ from run to run.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its name for people: the base URL.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.base)
    }

    /// What is asked there for a path of ours: the same below its base, without our own `/v1`.
    pub(super) fn uri(&self, asked: &Uri) -> Option<Uri> {
        let rest = match asked.path().strip_prefix("/v1") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
            _ => asked.path(),
        };
        let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{rest}{query}", self.base);
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        uri.path_and_query(path).build().ok()
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The `authorization` that takes the place of the client's.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.key.as_ref().map(|key| &key.header)
    }

    /// The key itself, which must reach no disk.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.text.as_str())
    }

    /// What must reach no disk, wherever it turns up: agents print it, gateways quote it in errors.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets::new(self.key().map(str::to_owned))
    }

    /// A client of its own for each server: its connections live on the server's runtime.
    pub(super) fn client(&self) -> Client<Connector, Body> {
        let connector = Connector::new(&self.host, self.tls.clone());
        let mut builder = Client::builder(TokioExecutor::new());
        if self.tls.is_none() {
            builder.pool_max_idle_per_host(KEPT_PLAIN);
        }
        builder.pool_idle_timeout(IDLE).build(connector)
    }
}

impl Key {
    fn new(text: String) -> Result<Self, UpstreamError> {
        let text = text.trim().to_owned();
        let header = HeaderValue::from_str(&format!("Bearer {text}"));
        let mut header = header.ok().filter(|_| !text.is_empty()).ok_or(UpstreamError::Key)?;
        header.set_sensitive(true);
        Ok(Self { text, header })
    }
}

/// Without the key.
impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upstream").field(&self.name()).finish()
    }
}

/// A URL as it may be shown: somebody may have put a password or a key into it.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.split_once("//").map_or("", |(scheme, _)| scheme);
            format!("{scheme}//..@{after}")
        }
        None => url.to_owned(),
    }
}

/// Why there is no upstream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// The URL cannot be used.
    #[error(
        "the upstream {url}: {why}\nhelp: name the base URL of a Responses endpoint: https://api.openai.com/v1, http://127.0.0.1:8080/v1"
    )]
    Url {
        /// The URL, without a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The certificates cannot be used.
    #[error(
        "the certificates of the upstream's authority: {0}\nhelp: give a PEM file of certificates"
    )]
    Certificates(String),
    /// The key cannot stand in a header.
    #[error("the key for the upstream is empty, or holds characters that no header may hold")]
    Key,
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    fn asked(base: &str, path: &str) -> String {
        let upstream = Upstream::new(base, None, None).unwrap();
        upstream.uri(&path.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn paths_lie_below_the_base() {
        let local = "http://127.0.0.1:8080";
        assert_eq!(asked(local, "/v1/responses"), "http://127.0.0.1:8080/v1/responses");
        assert_eq!(asked(local, "/responses?a=1"), "http://127.0.0.1:8080/v1/responses?a=1");
        let path = "https://h.example/api/codex/";
        assert_eq!(asked(path, "/v1/responses"), "https://h.example/api/codex/responses");
        assert_eq!(asked(path, "/v1x"), "https://h.example/api/codex/v1x");
        assert_eq!(asked("wss://[::1]:9/v1", "/models"), "https://[::1]:9/v1/models");
    }

    #[test]
    fn what_is_no_base_is_refused_without_repeating_a_password() {
        for url in ["", "x", "ftp://h/v1", "http://h/v1?key=1", "http://u:pass@h/v1"] {
            let error = Upstream::new(url, None, None).unwrap_err().to_string();
            assert!(error.starts_with("the upstream ") && !error.contains("pass@"), "{error}");
        }
        for key in ["", " ", "a\nb"] {
            assert!(Upstream::new("http://h", None, Some(key.into())).is_err());
        }
    }
}
