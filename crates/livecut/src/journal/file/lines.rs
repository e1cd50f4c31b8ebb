//! A file of lines to which is only ever added, of which at most the last line is torn.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use crate::in_place::{self, is_at};

/// No run writes a longer file: about two million streams. Each one is held in memory.
const MAX_BYTES: u64 = 4 << 30;

/// An open file of lines, which no other run has.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    /// Where it was opened.
    path: PathBuf,
    /// Keeps the path from other runs, also where another file is put there.
    place: Option<Place>,
    /// The length of its whole lines.
    whole: u64,
}

/// Why a file can't be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another run has it.
    Locked,
    /// It is a terminal, a pipe, a device or a folder, which keep nothing.
    NotRegular,
    /// It is longer than any run makes it.
    TooLong,
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl OpenError {
    /// With the path.
    pub(super) fn at(self, path: &Path) -> io::Error {
        let (kind, why) = match self {
            Self::Locked => (
                io::ErrorKind::ResourceBusy,
                "another run has these results open: wait for its end",
            ),
            Self::NotRegular => (
                io::ErrorKind::InvalidInput,
                "this isn't a regular file, so it can't keep results",
            ),
            Self::TooLong => (
                io::ErrorKind::FileTooLarge,
                "longer than 4 GiB, which no run writes: is this a results file?",
            ),
            Self::Io(error) => return unusable(path, &error),
        };
        io::Error::new(kind, format!("{}: {why}", path.display()))
    }
}

/// A file that can't be read or written.
pub(super) fn unusable(path: &Path, error: &io::Error) -> io::Error {
    let message = format!(
        "{}: the results can't be kept there: {error}",
        path.display()
    );
    io::Error::new(error.kind(), message)
}

/// Opens a file to read it. `None`: there is none.
pub(super) fn look(path: &Path) -> Result<Option<impl BufRead>, OpenError> {
    if !exists(path)? {
        return Ok(None);
    }
    let file = File::open(path)?;
    length(&file)?;
    Ok(Some(BufReader::new(file)))
}

/// Whether a regular file is there. A pipe isn't even opened, for that waits for its other end.
fn exists(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(OpenError::NotRegular),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn length(file: &File) -> Result<u64, OpenError> {
    match file.metadata()?.len() {
        length if length > MAX_BYTES => Err(OpenError::TooLong),
        length => Ok(length),
    }
}

fn lock(file: &File) -> Result<(), OpenError> {
    match in_place::lock(file)? {
        true => Ok(()),
        false => Err(OpenError::Locked),
    }
}

/// A locked file beside a path, which another run finds locked whatever is at the path by then.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    file: File,
}

impl Place {
    /// `None`: nobody who is this user can put another file there either.
    fn take(path: &Path) -> Result<Option<Self>, OpenError> {
        // As symbolic links have it: by whatever name, it is the same place.
        let mut name = fs::canonicalize(path)?.into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        loop {
            exists(&path)?;
            let opened = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path);
            let file = match opened {
                Ok(file) => file,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                    ) =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            };
            lock(&file)?;
            // The run that had it may have removed it between the opening and the lock.
            match is_at(&file, &path) {
                Ok(true) => return Ok(Some(Self { path, file })),
                Ok(false) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Place {
    /// While it is still locked, so that nobody else's is removed.
    fn drop(&mut self) {
        if cfg!(unix) && is_at(&self.file, &self.path).is_ok_and(|is_mine| is_mine) {
            drop(fs::remove_file(&self.path));
        }
        in_place::unlock(&self.file);
    }
}

impl Lines {
    /// Opens a file, or makes it. The lock goes with the process, however that ends.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        exists(path)?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        // This keeps others from the file, by whatever name; the place keeps them from the path.
        lock(&file)?;
        let place = Place::take(path)?;
        let whole = length(&file)?;
        let lines = Self {
            file,
            path: path.to_owned(),
            place,
            whole,
        };
        // Another run may have had the path, and moved the file, until now.
        lines.is_in_place()?;
        Ok(lines)
    }

    /// Fails where the path leads to another file by now, or to none: what is noted here would be
    /// found by nobody, and another run would stop the same streams again.
    pub(super) fn is_in_place(&self) -> io::Result<()> {
        match is_at(&self.file, &self.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::Error::other(
                "another file is at its path by now: it was moved or replaced while this run had it open",
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(io::Error::other(
                "it isn't at its path any more: it was moved or deleted while this run had it open",
            )),
            Err(error) => Err(error),
        }
    }

    /// Reads it from where it was read to before.
    pub(super) fn reader(&self) -> impl BufRead {
        BufReader::new(&self.file)
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
        let added = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        let whole = self.whole.saturating_add(added);
        if whole > MAX_BYTES {
            // Or else the next run couldn't read it.
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if let Err(error) = self.file.write_all(&bytes) {
            // Or else a line that could be written later would follow half of this one.
            drop(self.file.set_len(self.whole));
            return Err(error);
        }
        self.whole = whole;
        Ok(())
    }

    /// Has all of it on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl Drop for Lines {
    /// Whoever finds the file unlocked finds the path so, too.
    fn drop(&mut self) {
        drop(self.place.take());
        in_place::unlock(&self.file);
    }
}

#[cfg(test)]
impl Lines {
    /// Of a file that `open` refuses.
    pub(super) fn unchecked(path: &str, whole: u64) -> Self {
        let file = OpenOptions::new().append(true).open(path).unwrap();
        Self {
            file,
            path: path.into(),
            place: None,
            whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that is started while the file is open has copies until it runs its own program.
    #[test]
    fn a_file_that_is_closed_is_free_whoever_still_has_copies_of_it() {
        let folder = std::env::temp_dir().join(format!("livecut-copies-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("results.jsonl");
        let lines = Lines::open(&path).unwrap();
        let place = lines.place.as_ref().unwrap();
        let copies = [&lines.file, &place.file].map(|file| file.try_clone().unwrap());
        assert!(matches!(Lines::open(&path), Err(OpenError::Locked)));
        drop(lines);
        Lines::open(&path).unwrap();
        drop(copies);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_never_grows_beyond_what_is_read() {
        let mut lines = Lines::unchecked("/dev/null", MAX_BYTES - 2);
        lines.append("a").unwrap();
        let error = lines.append("").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
