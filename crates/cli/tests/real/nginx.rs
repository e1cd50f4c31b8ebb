//! nginx with the RTMP module, as `examples/self-hosted` has it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use crate::server::{Place, Software};

const CONFIGURATION: &str = include_str!("../../../../examples/self-hosted/nginx.conf");

/// What makes the mp4 of a recording. As long as there is a file `hold`, it stops when half of it is written.
const CONVERTER: &str = r#"#!/bin/sh
ffmpeg "$@"
if [ -e hold ]; then
    for output; do :; done
    truncate --size="$(($(stat --format=%s "$output") / 2))" "$output"
    touch held
    sleep 600
fi
"#;

pub(crate) struct Nginx;

impl Software for Nginx {
    fn start(&self, place: &Place) -> Command {
        let folder = place.folder();
        let replace = |text: String, old: &str, new: &str| {
            assert!(text.contains(old), "the example has no {old}");
            text.replace(old, new)
        };
        let converter = folder.join("converter");
        let mut configuration = CONFIGURATION.to_owned();
        for (old, new) in [
            ("127.0.0.1:8080", format!("127.0.0.1:{}", place.http())),
            ("127.0.0.1:1935", format!("127.0.0.1:{}", place.rtmp())),
            ("\"ffmpeg ", format!("\"{} ", converter.display())),
        ] {
            configuration = replace(configuration, old, &new);
        }
        for folder in ["rec", "tmp"].map(|name| folder.join(name)) {
            fs::create_dir_all(folder).expect("there is room");
        }
        fs::write(&converter, CONVERTER).expect("there is room");
        let may_run = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&converter, may_run).expect("it is ours");
        fs::write(folder.join("nginx.conf"), configuration).expect("there is room");
        // Its worker may not write here if it is another user.
        let user = if rustix::process::geteuid().is_root() {
            " user root;"
        } else {
            ""
        };
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .args(["-e", "error.log", "-g", &format!("daemon off;{user}")]);
        command
    }

    fn environment(&self, http: u16) -> (&'static str, String) {
        let base_url = format!("http://127.0.0.1:{http}");
        ("LIVECUT_NGINX_RTMP_BASE_URL", base_url)
    }

    fn received(&self, place: &Place, stream: &str) -> Option<Duration> {
        let stat = place.get("/stat")?;
        let (_, rest) = stat.split_once(&format!("<name>{stream}</name>"))?;
        let (own, _) = rest.split_once("</stream>")?;
        let (_, rest) = own.split_once("<timestamp>")?;
        let millis = rest.split_once('<')?.0.parse().ok()?;
        Some(Duration::from_millis(millis))
    }

    fn answers(&self, place: &Place) -> bool {
        place.get("/stat").is_some()
    }

    fn is_stop(&self, request: &[u8]) -> bool {
        request.starts_with(b"POST /control/drop")
    }
}
