//! A connection, with or without TLS.

use super::end::End;
use fastrand::Rng;
use std::{
    future, io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

pub(super) enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_mut().0,
        }
    }

    /// Closes the connection as it should be, and waits until the client has done so too.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.shutdown().await?;
        self.drain().await
    }

    /// Ends the connection. Where there are several ways of doing so, `rng` picks one.
    pub(super) async fn end(mut self, end: End, rng: &mut Rng) -> io::Result<()> {
        match end {
            End::Close if rng.bool() => self.close().await,
            End::Close => {
                // Without TLS's goodbye.
                self.tcp().shutdown().await?;
                self.drain().await
            }
            End::Reset => self.tcp().set_zero_linger(),
            End::Stall => future::pending().await,
        }
    }

    /// Waits until the client has closed the connection.
    pub(super) async fn closed(mut self) -> io::Result<()> {
        self.drain().await
    }

    /// Reads what the client still sends, so that the kernel doesn't answer it with a reset.
    async fn drain(&mut self) -> io::Result<()> {
        let tcp = self.tcp();
        let mut sink = vec![0; 4096];
        while tcp.read(&mut sink).await? > 0 {}
        Ok(())
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Self::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}
