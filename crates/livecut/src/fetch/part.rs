//! What there is of a file while it is fetched: `FILE.part`, and beside it `FILE.part.json`, which says of what it is.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use livecut_core::adapter::mp4_duration;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::answer::Version;
use crate::in_place;
use crate::{Error, ErrorKind, Result};

/// More than the notes ever are.
const MOST_NOTES: u64 = 64 * 1024;

/// Of what the bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Notes {
    /// Which part of which recording.
    recording: String,
    /// Without it nothing can be added to them.
    file: Option<Version>,
}

/// The bytes that have come, which no other run adds to.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    path: PathBuf,
    notes_path: PathBuf,
    notes: Notes,
    length: u64,
}

impl Part {
    /// Opens what an earlier run has left of this recording, or begins anew.
    pub(super) async fn open(target: &Path, recording: String) -> Result<Self> {
        let (path, notes_path) = (beside(target, ".part"), beside(target, ".part.json"));
        let file = open(&path)?;
        let length = file
            .metadata()
            .map_err(|error| unusable(&path, error))?
            .len();
        let left = read_notes(&notes_path);
        if left.is_none() && length > 0 {
            return Err(refused(
                &path,
                "is there, and isn't what an earlier fetch has left: remove it, or name another file",
            ));
        }
        let fresh = Notes {
            recording,
            file: None,
        };
        let notes = left.filter(|left| left.recording == fresh.recording);
        let mut part = Self {
            file: File::from_std(file),
            path,
            notes_path,
            notes: notes.unwrap_or(fresh),
            length,
        };
        let fits = |version: &Version| part.length <= version.total;
        if part.notes.file.as_ref().is_some_and(fits) {
            let end = part.file.seek(SeekFrom::End(0)).await;
            end.map_err(|error| part.unusable(error))?;
        } else {
            part.clear().await?;
        }
        Ok(part)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes have come.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// What more bytes have to be of, if any can be added.
    pub(super) fn version(&self) -> Option<&Version> {
        self.notes.file.as_ref().filter(|_| self.length > 0)
    }

    async fn clear(&mut self) -> Result<()> {
        let cleared = async {
            self.file.set_len(0).await?;
            self.file.rewind().await
        };
        let cleared = cleared.await;
        cleared.map_err(|error| self.unusable(error))?;
        self.length = 0;
        Ok(())
    }

    /// Begins anew, with this version of the file.
    pub(super) async fn begin(&mut self, version: Option<Version>) -> Result<()> {
        self.clear().await?;
        self.notes.file = version;
        let notes = serde_json::to_vec(&self.notes).map_err(io::Error::from);
        let written = notes.and_then(|notes| fs::write(&self.notes_path, notes));
        written.map_err(|error| unusable(&self.notes_path, error))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| self.unusable(error))?;
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(count);
        Ok(())
    }

    /// Waits for what is still being written. `length` is then what really is there, for it may not be all.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let written = self.file.flush().await;
        if let Ok(found) = self.file.metadata().await {
            self.length = found.len();
        }
        written.map_err(|error| self.unusable(error))
    }

    /// Has all of it on the disk, and reads how long it plays.
    pub(super) async fn finish(&mut self) -> Result<Option<Duration>> {
        self.settle().await?;
        let synced = self.file.sync_all().await;
        synced.map_err(|error| self.unusable(error))?;
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || {
            let file = fs::File::open(path).ok()?;
            mp4_duration(&mut io::BufReader::new(file))
        });
        // What can't be read says nothing of its length.
        Ok(read.await.unwrap_or_default())
    }

    /// Gives it its name.
    pub(super) fn publish(&self, target: &Path, overwrite: bool) -> Result<()> {
        let named = match overwrite {
            true => fs::rename(&self.path, target),
            // Unlike a rename, it fails if there is such a file by now.
            false => match fs::hard_link(&self.path, target) {
                Ok(()) => fs::remove_file(&self.path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(exists(target));
                }
                // Not every file system has them.
                Err(_) if target.symlink_metadata().is_err() => fs::rename(&self.path, target),
                Err(_) => return Err(exists(target)),
            },
        };
        named.map_err(|error| unusable(target, error))?;
        drop(fs::remove_file(&self.notes_path));
        sync_folder(target);
        Ok(())
    }

    /// Leaves nothing behind.
    pub(super) fn remove(&self) {
        drop(fs::remove_file(&self.path));
        drop(fs::remove_file(&self.notes_path));
    }

    fn unusable(&self, error: io::Error) -> Error {
        unusable(&self.path, error)
    }
}

/// Whether a fetched file can be put there.
pub(super) fn check(target: &Path, overwrite: bool) -> Result<()> {
    let Some(name) = target.file_name() else {
        return Err(refused(target, "isn't the name of a file"));
    };
    // As `a/`, which `file_name` takes for `a`.
    let ends_with_name = target.as_os_str().as_encoded_bytes();
    if !ends_with_name.ends_with(name.as_encoded_bytes()) {
        return Err(refused(
            target,
            "is the name of a folder: name a file in it",
        ));
    }
    match fs::metadata(target) {
        Ok(found) if found.is_dir() => Err(refused(target, "is a folder: name a file in it")),
        Ok(found) if !found.is_file() => Err(refused(target, "isn't a regular file")),
        Ok(_) if !overwrite => Err(exists(target)),
        Ok(_) => Ok(()),
        // A link that leads nowhere.
        Err(_) if target.symlink_metadata().is_ok() && !overwrite => Err(exists(target)),
        Err(_) => match folder(target).metadata() {
            Ok(found) if found.is_dir() => Ok(()),
            _ => Err(refused(target, "is in a folder that isn't there")),
        },
    }
}

fn exists(target: &Path) -> Error {
    refused(
        target,
        "is there already, and isn't replaced unless that is allowed",
    )
}

fn refused(path: &Path, why: &str) -> Error {
    let message = format!("{} {why}", path.display());
    Error::new(ErrorKind::InvalidRequest, message)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    let message = format!("{} can't be written", path.display());
    Error::new(ErrorKind::File, message).with_source(error)
}

fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = target.into();
    name.push(suffix);
    name.into()
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Opens it for this run alone.
fn open(path: &Path) -> Result<fs::File> {
    loop {
        // Not what a link of somebody else's leads to.
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(refused(path, "isn't a regular file"));
        }
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let locked = opened.and_then(|file| Ok((in_place::lock(&file)?, file)));
        let (is_locked, file) = locked.map_err(|error| unusable(path, error))?;
        if !is_locked {
            return Err(refused(
                path,
                "is being written by another fetch: wait for its end",
            ));
        }
        // The run that had it may have given it its name between the opening and the lock.
        match in_place::is_at(&file, path) {
            Ok(true) => return Ok(file),
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(path, error)),
        }
    }
}

fn read_notes(path: &Path) -> Option<Notes> {
    let found = path.symlink_metadata().ok()?;
    let is_sound = found.is_file() && found.len() <= MOST_NOTES;
    let text = fs::read(path).ok().filter(|_| is_sound)?;
    serde_json::from_slice(&text).ok()
}

/// So that the name outlives the machine's power, too.
fn sync_folder(target: &Path) {
    // Not every system can, and the file itself is on the disk.
    if let Ok(folder) = fs::File::open(folder(target)) {
        drop(folder.sync_all());
    }
}
