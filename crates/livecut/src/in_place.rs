//! A file that this run alone has, at the path where it was opened.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use fs4::TryLockError;

/// Locks a file for as long as it is open; `false`: another run has it.
pub(crate) fn lock(file: &File) -> io::Result<bool> {
    // Not the method of the same name that `File` has from Rust 1.89 on.
    match fs4::FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Gives the lock back. Closing the file does that too, but not while a process that this program has just started has its
/// copy of what is open.
#[cfg(feature = "file-journal")]
pub(crate) fn unlock(file: &File) {
    drop(fs4::FileExt::unlock(file));
}

/// Whether this path leads to this open file.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, found) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (found.dev(), found.ino()))
}

/// The standard library can't tell: a file that was replaced isn't noticed, one that is gone is.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}
