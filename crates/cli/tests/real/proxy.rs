//! Stands between the program and the server, and has the server die in the midst of a call.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::server::{self, Server, Software};

/// When the server dies: as the call that ends a stream has come to the proxy, or when the server has carried it out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kills {
    Before,
    After,
}

/// No read of it waits longer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Proxy {
    port: u16,
    /// Asks for the server's death, and hears of it.
    deaths: mpsc::Receiver<mpsc::Sender<()>>,
}

impl Proxy {
    pub(crate) fn start(server: &Server, kills: Kills) -> Self {
        let (software, server) = (server.software(), server.place().http());
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
        let port = listener.local_addr().expect("it is bound").port();
        let (death, deaths) = mpsc::channel();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let death = death.clone();
                thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = pass_on(client, software, server, kills, &death);
                });
            }
        });
        Self { port, deaths }
    }

    /// Runs the program by way of the proxy, and kills the server when the proxy says so.
    pub(crate) fn livecut(self, server: &mut Server, arguments: &[&str]) -> (i32, Value) {
        let (software, port) = (server.software(), self.port);
        thread::scope(|scope| {
            let working = scope.spawn(move || server::livecut(software, port, arguments));
            let done = self.deaths.recv_timeout(PATIENCE).expect("the call came");
            server.kill();
            // The proxy may have given up.
            let _ = done.send(());
            working.join().expect("the program ends")
        })
    }
}

fn pass_on(
    mut client: TcpStream,
    software: &dyn Software,
    server: u16,
    kills: Kills,
    death: &mpsc::Sender<mpsc::Sender<()>>,
) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
    for side in [&client, &upstream] {
        side.set_read_timeout(Some(PATIENCE))?;
    }
    let mut buffer = [0; 64 * 1024];
    loop {
        // One request comes in one piece, and its answer in one or more.
        let count = client.read(&mut buffer)?;
        let request = buffer.get(..count).unwrap_or_default().to_vec();
        if request.is_empty() {
            return Ok(());
        }
        let is_stop = software.is_stop(&request);
        if !is_stop || kills == Kills::After {
            upstream.write_all(&request)?;
            let count = upstream.read(&mut buffer)?;
            if !is_stop {
                client.write_all(buffer.get(..count).unwrap_or_default())?;
                // What comes after it, if it is in more pieces.
                upstream.set_read_timeout(Some(Duration::from_millis(200)))?;
                while let Ok(count) = upstream.read(&mut buffer)
                    && count > 0
                {
                    client.write_all(buffer.get(..count).unwrap_or_default())?;
                }
                upstream.set_read_timeout(Some(PATIENCE))?;
                continue;
            }
        }
        let (done, is_done) = mpsc::channel();
        let _ = death.send(done);
        let _ = is_done.recv_timeout(PATIENCE);
        return client.shutdown(Shutdown::Both);
    }
}
