//! What stands between the client and the simulator: a proxy that tunnels, and TLS.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The name of the provider's host here, which no DNS knows.
pub(crate) const HOST: &str = "provider.example";

/// Speaks TLS for [`HOST`] in front of `server`; with it, its CA's certificate as DER.
pub(crate) async fn tls(server: SocketAddr) -> Result<(SocketAddr, Vec<u8>), Box<dyn Error>> {
    let mut ca = CertificateParams::new([])?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate()?;
    let ca_der = ca.self_signed(&ca_key)?.der().to_vec();
    let key = KeyPair::generate()?;
    let certificate =
        CertificateParams::new([HOST.to_owned()])?.signed_by(&key, &Issuer::new(ca, ca_key))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut inside = acceptor.accept(socket).await?;
                let mut outside = TcpStream::connect(server).await?;
                copy_bidirectional(&mut inside, &mut outside).await
            });
        }
    });
    Ok((address, ca_der))
}

/// A proxy, and where it has been asked to tunnel to.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) tunnels: mpsc::UnboundedReceiver<String>,
}

/// A proxy that tunnels to `server`, whatever host it is asked for: only for an example on loopback.
pub(crate) async fn proxy(server: SocketAddr) -> io::Result<Proxy> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (asked, tunnels) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(tunnel(socket, server, asked.clone()));
        }
    });
    Ok(Proxy { address, tunnels })
}

async fn tunnel(
    socket: TcpStream,
    server: SocketAddr,
    asked: mpsc::UnboundedSender<String>,
) -> io::Result<()> {
    let mut client = BufReader::new(socket);
    let mut head = Vec::new();
    let mut line = String::new();
    while client.read_line(&mut line).await? > 2 {
        head.push(std::mem::take(&mut line));
    }
    // `CONNECT provider.example:443 HTTP/1.1`
    let target = head.first().and_then(|line| line.split(' ').nth(1));
    let target = target.ok_or(io::ErrorKind::InvalidData)?;
    drop(asked.send(target.to_owned()));
    let mut server = TcpStream::connect(server).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
