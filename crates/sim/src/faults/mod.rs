//! A server that breaks in one way, before a [`Simulator`](crate::Simulator), and knows what it did.
//!
//! A client that stops a live stream has to say what became of its request when something broke on the way. Whether it says the
//! truth can only be seen from the other side. So a [`FaultServer`] stands between the client and the simulator. It reads the
//! requests itself, byte by byte, and breaks at one point, in the way of one [`Fault`] of the [`catalogue`]. Where the
//! fault's [`Truth`] is that the request is carried out, the whole request goes on to the simulator, and what breaks is
//! its true answer; where it isn't, the simulator never sees the request. What was really done is then in the simulator's log
//! ([`requests_for`](crate::SimulatedProvider::requests_for), [`Applied`](crate::Applied)), and what the fault server saw in
//! [`observed`](FaultServer::observed).
//!
//! What a request that was struck lets a client know is the fault's [`Claim`]. One assumption is in it: a provider that answers
//! a refusal (a 4xx that refuses, 307, 308) hasn't carried out the request. The fault server keeps it.
//!
//! The same fault and the same seed break in the same way.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use livecut_sim::{Action, Simulator, StreamSpec, faults::{self, FaultServer, Truth}};
//! use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpStream};
//!
//! let sim = Simulator::start().await?;
//! let mux = sim.mux();
//! mux.create_stream(StreamSpec::live("class")).unwrap();
//!
//! // Carries requests out, and closes the connection in place of an answer.
//! let fault = faults::named("applied-close").unwrap();
//! assert_eq!(fault.truth(), Truth::Always);
//! let server = FaultServer::builder(fault, &sim).with_seed(7).start().await?;
//!
//! // A client takes `base_url`; this one is as simple as they come.
//! let base = server.base_url("mux");
//! let (host, _) = base.strip_prefix("http://").unwrap().split_once('/').unwrap();
//! let request = format!(
//!     "PUT /mux/video/v1/live-streams/class/complete HTTP/1.1\r\n\
//!      host: {host}\r\nauthorization: {}\r\ncontent-length: 0\r\n\r\n",
//!     mux.authorization(),
//! );
//! let mut client = TcpStream::connect(host).await?;
//! client.write_all(request.as_bytes()).await?;
//! assert_eq!(client.read(&mut [0]).await?, 0, "no answer, not a byte");
//! drop(client);
//!
//! assert_eq!(server.settled().await?.forwarded, 1);
//! let stops = mux.requests_for(Action::Stop, "class");
//! assert!(stops[0].applied.stop, "and yet the stream was stopped");
//! # std::io::Result::Ok(())
//! # }).unwrap();
//! ```

mod act;
mod body;
mod catalogue;
mod end;
mod fault;
mod framing;
mod http1;
mod http2;
mod line;
mod message;
mod server;
mod shared;
mod tls;

pub use self::{
    catalogue::{catalogue, named},
    fault::{Claim, Fault, Transport, Truth},
    server::{FaultServer, FaultServerBuilder},
    shared::Observed,
};
