//! Certificates, made when they are needed.

use super::fault::{Handshake, Transport};
use crate::lock::lock;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, LazyLock, Mutex},
};

/// A CA, and the one key that all its certificates are for.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
}

impl Authority {
    fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "livecut-sim: for tests only");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
            key: KeyPair::generate()?,
        })
    }

    fn issue(&self, name: &str, expired: bool) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        if expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2001, 12, 31);
        }
        Ok(params.signed_by(&self.key, &self.issuer)?.into())
    }
}

/// One of each for the process: making keys takes its time.
static TRUSTED: LazyLock<Result<Authority, rcgen::Error>> = LazyLock::new(Authority::new);
static UNTRUSTED: LazyLock<Result<Authority, rcgen::Error>> = LazyLock::new(Authority::new);

fn authority(
    of: &'static LazyLock<Result<Authority, rcgen::Error>>,
) -> io::Result<&'static Authority> {
    of.as_ref().map_err(io::Error::other)
}

/// The certificate, in DER, of the CA whose servers a client is to trust.
pub(super) fn ca() -> io::Result<Vec<u8>> {
    Ok(authority(&TRUSTED)?.issuer.der().to_vec())
}

/// What a server shows to a client: a certificate for loopback, or one that is wrong as the fault says. Made once.
pub(super) fn config(
    transport: Transport,
    fault: Option<Handshake>,
) -> io::Result<Arc<ServerConfig>> {
    static MADE: LazyLock<Mutex<Configs>> = LazyLock::new(Mutex::default);
    let mut made = lock(&MADE);
    if let Some(config) = made.get(&(transport, fault)) {
        return Ok(Arc::clone(config));
    }
    let config = Arc::new(make(transport, fault)?);
    made.insert((transport, fault), Arc::clone(&config));
    Ok(config)
}

type Configs = HashMap<(Transport, Option<Handshake>), Arc<ServerConfig>>;

fn make(transport: Transport, fault: Option<Handshake>) -> io::Result<ServerConfig> {
    let authority = match fault {
        Some(Handshake::Untrusted) => authority(&UNTRUSTED)?,
        _ => authority(&TRUSTED)?,
    };
    let name = match fault {
        Some(Handshake::OtherName) => "elsewhere.example",
        _ => "127.0.0.1",
    };
    let certificate = authority
        .issue(name, fault == Some(Handshake::Expired))
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(authority.key.serialize_der()).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![match transport {
        Transport::Http2 => b"h2".to_vec(),
        Transport::Plain | Transport::Tls => b"http/1.1".to_vec(),
    }];
    Ok(config)
}
