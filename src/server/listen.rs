//! The sockets: our own accept loop, because `axum::serve` cannot leave the `date` header out.

use super::app::App;
use super::config::{Listen, ServerConfig, ServerError};
use super::routes::router;
use super::sockets::Sockets;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long [`Server::stop`] waits for clients that do not read their answer to the end.
const GRACE: Duration = Duration::from_secs(2);

/// A running server. Dropping it closes everything at once; [`Server::stop`] lets answers finish.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens and serves on the current tokio runtime.
    pub async fn start(mut config: ServerConfig) -> Result<Self, ServerError> {
        let listen = std::mem::take(&mut config.listen);
        Self::start_with(listen, |shared| router(Arc::new(App::new(config, shared))), None).await
    }

    /// The same with other routes. `beside` works on a thread of its own, until the routes and all
    /// that they gave away are gone; the server has stopped when it is done.
    pub(super) async fn start_with(
        listen: Listen,
        router: impl FnOnce(Sockets) -> Router,
        beside: Option<Box<dyn FnOnce() + Send>>,
    ) -> Result<Self, ServerError> {
        let (listener, address) = open(listen).await?;
        let (stop, stopped) = watch::channel(false);
        let (open, sockets) = watch::channel(0);
        let shared = Sockets { stopped: stopped.clone(), open };
        let beside = beside.map(tokio::task::spawn_blocking);
        let accepting = accept(listener, router(shared), stopped, sockets);
        let task = tokio::spawn(async {
            accepting.await;
            if let Some(beside) = beside {
                // An error means that it panicked: it is done as well.
                let _ = beside.await;
            }
        });
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients take as their base URL: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Takes no more connections, lets answers under way finish, and closes.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // An error means that the task panicked or was aborted: closed as well.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A listening socket, and where it really listens.
async fn open(listen: Listen) -> Result<(TcpListener, SocketAddr), ServerError> {
    let (listener, wanted) = match listen {
        Listen::At(address) => (TcpListener::bind(address).await, address),
        Listen::On(bound) => {
            let address = bound.local_addr().unwrap_or((Ipv4Addr::UNSPECIFIED, 0).into());
            let ready = bound.set_nonblocking(true).and_then(|()| TcpListener::from_std(bound));
            (ready, address)
        }
    };
    let placed = listener.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    placed.map_err(|error| ServerError::listen(wanted, error))
}

async fn accept(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    mut sockets: watch::Receiver<usize>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), stopped.clone()));
                }
                // Out of descriptors, or the client is gone already: neither is for ever.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all = async {
        while connections.join_next().await.is_some() {}
        // WebSockets have left their HTTP connection.
        let _ = sockets.wait_for(|open| *open == 0).await;
    };
    // Beyond the grace the set is dropped, which closes what is left.
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn serve(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    // Events are small writes; an error here only costs time.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.auto_date_header(false);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // A connection error is the client's to notice.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
