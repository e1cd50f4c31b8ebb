//! A link to the simulator that breaks when it is told to: after a request that may change something has arrived, before its
//! answer comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Ends with its last connection broken off when it is dropped.
pub(crate) struct Breaker {
    address: SocketAddr,
    armed: Arc<AtomicBool>,
    server: JoinHandle<()>,
}

impl Breaker {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let armed = Arc::new(AtomicBool::new(false));
        let link = Arc::clone(&armed);
        let accept = async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server, Arc::clone(&link)));
            }
        };
        Self {
            address,
            armed,
            server: tokio::spawn(accept),
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks the connection that the next answer to anything but a `GET` comes on.
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn carry(client: TcpStream, server: SocketAddr, armed: Arc<AtomicBool>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let changes = AtomicBool::new(false);
    let requests = async {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            let request = buffer.get(..length).unwrap_or_default();
            // One request at a time, and one whose body comes later has none of a GET's.
            changes.store(!request.starts_with(b"GET "), Ordering::SeqCst);
            if to_server.write_all(request).await.is_err() {
                break;
            }
        }
    };
    let answers = async {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            // The server has applied what it answers.
            let answer = buffer.get(..length).unwrap_or_default();
            let breaks = changes.load(Ordering::SeqCst) && armed.swap(false, Ordering::SeqCst);
            if breaks || to_client.write_all(answer).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        () = answers => {}
    }
}
