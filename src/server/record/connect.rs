//! Connections to an upstream: TCP, and TLS where the URL says so.
//!
//! Mozilla's roots come with the program, so that trust does not depend on the machine; a private
//! authority's certificate is added by file.

use super::upstream::UpstreamError;
use axum::http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(30);

/// Whom to trust.
pub(super) fn trust(ca: Option<&[u8]>) -> Result<Arc<ClientConfig>, UpstreamError> {
    let wrong = |why: String| UpstreamError::Certificates(why);
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = ca {
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            found += 1;
        }
        if found == 0 {
            return Err(wrong("there are none in the file".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| wrong(error.to_string()))?;
    // No ALPN: HTTP/1.1 is what everybody speaks, and what our client was asked in.
    Ok(Arc::new(versions.with_root_certificates(roots).with_no_client_auth()))
}

/// Opens connections.
#[derive(Clone)]
pub(super) struct Connector {
    /// As a TLS name: an IPv6 address without brackets.
    host: Arc<str>,
    tls: Option<TlsConnector>,
}

impl Connector {
    pub(super) fn new(host: &str, tls: Option<Arc<ClientConfig>>) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Self { host: host.into(), tls: tls.map(TlsConnector::from) }
    }

    async fn open(self, port: u16) -> io::Result<TokioIo<Line>> {
        let tcp = TcpStream::connect((&*self.host, port)).await?;
        // Small writes go at once; an error here only costs time.
        let _ = tcp.set_nodelay(true);
        let line: Pin<Box<dyn Duplex>> = match self.tls {
            None => Box::pin(tcp),
            Some(tls) => {
                let name = ServerName::try_from(self.host.to_string()).map_err(io::Error::other)?;
                Box::pin(tls.connect(name, tcp).await?)
            }
        };
        Ok(TokioIo::new(Line(line)))
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Line>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let usual = if self.tls.is_some() { 443 } else { 80 };
        let open = self.clone().open(uri.port_u16().unwrap_or(usual));
        Box::pin(async {
            tokio::time::timeout(CONNECT, open).await.unwrap_or_else(|_| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "no connection within 30 seconds"))
            })
        })
    }
}

/// Both ways of a connection.
trait Duplex: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}

/// A connection, plain or not.
pub(super) struct Line(Pin<Box<dyn Duplex>>);

impl Connection for Line {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}
