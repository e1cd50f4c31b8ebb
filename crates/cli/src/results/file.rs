//! A file of lines to which is only ever added, of which at most the last line is torn.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use fs4::TryLockError;

/// An open file of lines, which no other run has.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    /// The length of its whole lines.
    whole: u64,
}

/// Why a file can't be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another run has it.
    Locked,
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Lines {
    /// Opens a file, or makes it, and reads it. The lock goes with the process, however that ends.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<u8>), OpenError> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        // Not the method of the same name that `File` has from Rust 1.89 on.
        fs4::FileExt::try_lock(&file).map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::Locked,
            TryLockError::Error(error) => OpenError::Io(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        Ok((Self { file, whole }, bytes))
    }

    /// Cuts off what a run that was killed in the middle of a write has left at the end.
    pub(super) fn cut_off(&mut self, torn: u64) -> io::Result<()> {
        self.whole = self.whole.saturating_sub(torn);
        self.file.set_len(self.whole)
    }

    /// Adds a line. When this returns, the operating system has it: it outlives the process,
    /// though not the machine's power.
    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        debug_assert!(!line.contains('\n'), "one line: {line}");
        let mut bytes = Vec::with_capacity(line.len().saturating_add(1));
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        if let Err(error) = self.file.write_all(&bytes) {
            // Or else a line that could be written later would follow half of this one.
            drop(self.file.set_len(self.whole));
            return Err(error);
        }
        let added = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.whole = self.whole.saturating_add(added);
        Ok(())
    }

    /// Has all of it on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}
