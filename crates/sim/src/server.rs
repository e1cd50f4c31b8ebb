//! The listener: connections in, requests to the provider they are for.

use crate::{
    app::App,
    control,
    http::{Answer, Request},
    log::RequestRecord,
    media,
    provider::SimulatedProvider,
    service::Reply,
};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The largest body that is read: far more than any request of these APIs has.
const BODY_LIMIT: usize = 1 << 20;

/// How long to wait after a failed `accept`, which mostly means that the process is out of file
/// descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `listener` until it is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                connections.spawn(connection(socket, Arc::clone(&app)));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(socket: TcpStream, app: Arc<App>) {
    // Latency only; an answer is right without it.
    drop(socket.set_nodelay(true));
    speak(socket, &app).await;
}

/// Serves the requests that come by `line` until it ends.
pub(crate) async fn speak(line: impl AsyncRead + AsyncWrite + Unpin, app: &App) {
    let service = service_fn(|request| answer(request, app));
    // How a connection ends is the client's affair.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(line), service)
            .await,
    );
}

async fn answer(
    request: hyper::Request<Incoming>,
    app: &App,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let (body, complete) = read(body).await;
    let request = Request {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
    };
    let mut record = RequestRecord::arrived(&request, app.shared.clock.now(), complete);
    let segments = request.segments();
    let (host, path) = segments.split_first().unwrap_or_default();
    if app.control && host == control::PREFIX {
        return Ok(control::answer(app, &request, path).await.into_response());
    }
    let file = (host == media::PREFIX).then(|| file(path)).flatten();
    let provider = app.providers.iter().find(|provider| match file {
        Some((name, _)) => provider.name() == name,
        None => provider.service.serves(host),
    });
    record.provider = provider.map(SimulatedProvider::name);
    if !complete {
        record.refusal = Some("the body broke off, or is too large".to_owned());
        app.shared.log.push(record);
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let Reply { answer, leaves } = match (provider, file) {
        (Some(provider), Some((_, id))) => provider.service.serve_file(&request, id, record),
        (Some(provider), None) => provider.service.serve(&request, parts.version, record),
        (None, _) => {
            let answer = Answer::text(StatusCode::NOT_FOUND, "no provider is simulated here\n");
            record.status = Some(answer.status.as_u16());
            record.refusal = Some(format!("{host:?} is no provider's path prefix"));
            app.shared.log.push(record);
            Reply {
                answer,
                leaves: None,
            }
        }
    };
    if let Some(at) = leaves {
        app.shared.clock.reached(at).await;
    }
    Ok(answer.into_response())
}

/// Whose file a path names, and the recording's id.
fn file<'a>(path: &[&'a str]) -> Option<(&'a str, &'a str)> {
    match path {
        [provider, file] => Some((provider, file.strip_suffix(".mp4")?)),
        _ => None,
    }
}

/// Reads a body, up to the limit, and says whether that was all of it.
async fn read(mut body: Incoming) -> (Bytes, bool) {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return (bytes.freeze(), false);
        };
        if let Some(data) = frame.data_ref() {
            if bytes.len().saturating_add(data.len()) > BODY_LIMIT {
                return (bytes.freeze(), false);
            }
            bytes.extend_from_slice(data);
        }
    }
    (bytes.freeze(), true)
}
