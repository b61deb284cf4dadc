//! Over TLS, with a certificate of one's own.

use crate::proxy::{Proxy, client};
use crate::upstream::{Upstream, usual};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// An upstream behind TLS. Its certificate is its own authority.
async fn secure() -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(data("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(data("key.pem")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Upstream::default().router();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = TowerToHyperService::new(router);
                let builder = hyper::server::conn::http1::Builder::new();
                let serving = builder.serve_connection(TokioIo::new(stream), service);
                let _ = serving.with_upgrades().await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_upstream_is_asked_over_tls_and_another_is_not() {
    let address = secure().await;
    let base = format!("https://{address}/v1");
    let ca = data("certificate.pem");
    let trusting = Proxy::start(&base, &["--upstream-ca", ca.to_str().unwrap()]);
    let body = r#"{"model":"m","stream":true,"input":"over TLS"}"#;
    let url = format!("{}/responses", trusting.base);
    let got = client().post(&url).body(body).send().await.unwrap().text().await.unwrap();
    assert_eq!(got, usual(body.as_bytes()).1.concat());
    let (mut socket, _) = connect_async(url.replacen("http", "ws", 1)).await.unwrap();
    let asked = r#"{"type":"response.create","model":"m","input":"wss"}"#;
    socket.send(Message::text(asked)).await.unwrap();
    let Message::Text(first) = socket.next().await.unwrap().unwrap() else { panic!() };
    assert!(first.contains("response.created"));
    for _ in 0..4 {
        socket.next().await.unwrap().unwrap();
    }
    drop(socket);
    assert_eq!(trusting.end().recording().exchanges.len(), 2);

    let careful = Proxy::start(&base, &[]);
    let url = format!("{}/responses", careful.base);
    let refused = client().post(&url).body(body).send().await.unwrap();
    assert_eq!(refused.status(), 502);
    let text = refused.text().await.unwrap();
    assert!(text.contains("certificate"), "{text}");
}
