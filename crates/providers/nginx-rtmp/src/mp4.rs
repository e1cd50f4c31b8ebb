//! How long an mp4 file is, by its front. Pure: no I/O.
//!
//! A file is boxes, each with its size and its type before it (ISO/IEC 14496-12, 4.2). The index is the box `moov`, and the
//! first box in it is `mvhd` (8.2.2), which has the length.

use std::time::Duration;

/// A part of a file, from the front on.
#[derive(Debug, Clone, Copy)]
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_be_bytes)
    }

    /// The type of the next box, and how long what is in it is. `None` also for one that goes on to the file's end.
    fn head(&mut self) -> Option<(&'a [u8], usize)> {
        let size = self.u32()?;
        let kind = self.take(4)?;
        let length = match size {
            1 => self.u64()?.checked_sub(16)?,
            size => u64::from(size).checked_sub(8)?,
        };
        Some((kind, usize::try_from(length).ok()?))
    }
}

/// The length that the index says; `None` if there is no index at the front. Then the file isn't whole, or its index is at
/// its end.
pub(crate) fn duration(front: &[u8]) -> Option<Duration> {
    let mut file = Front(front);
    loop {
        match file.head()? {
            (b"moov", _) => break,
            (b"mdat", _) => return None,
            (_, length) => file.take(length)?,
        };
    }
    loop {
        match file.head()? {
            (b"mvhd", _) => break,
            (_, length) => file.take(length)?,
        };
    }
    let version = file.u32()?.checked_shr(24)?;
    let (scale, length) = if version == 1 {
        file.take(16)?;
        (file.u32()?, file.u64()?)
    } else {
        file.take(8)?;
        (file.u32()?, u64::from(file.u32()?))
    };
    let scale = u64::from(scale);
    let whole = length.checked_div(scale)?;
    let below = length.checked_rem(scale)?;
    let nanos = below.checked_mul(1_000_000_000)?.checked_div(scale)?;
    Some(Duration::new(whole, u32::try_from(nanos).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The front of a file that ffmpeg wrote, and nginx cut.
    const FRONT: &[u8] = include_bytes!("../fixtures/front.response.mp4");

    #[test]
    fn the_index_of_a_real_file_tells_its_length() {
        assert_eq!(duration(FRONT), Some(Duration::from_millis(8250)));
    }

    #[test]
    fn a_file_whose_index_is_not_at_its_front_has_none_yet() {
        let mut unfinished = FRONT.get(..32).unwrap().to_vec();
        unfinished.extend(b"\0\0\0\x08free\0\0\0\0mdat");
        assert_eq!(duration(&unfinished), None);
        for length in 0..68 {
            assert_eq!(duration(FRONT.get(..length).unwrap()), None, "{length}");
        }
        assert_eq!(duration(b"<html>404</html>"), None);
    }

    #[test]
    fn a_long_file_has_its_length_in_64_bits() {
        let mut long = b"\0\0\0\0moov\0\0\0\x78mvhd\x01\0\0\0".to_vec();
        long.splice(..4, 128_u32.to_be_bytes());
        long.extend([0; 16]);
        long.extend(1000_u32.to_be_bytes());
        long.extend(5_000_000_000_500_u64.to_be_bytes());
        assert_eq!(
            duration(&long),
            Some(Duration::from_millis(5_000_000_000_500))
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..1024, byte: u8) {
            let _ = duration(&bytes);
            let mut broken = FRONT.to_vec();
            if let Some(old) = broken.get_mut(at) {
                *old = byte;
            }
            let _ = duration(&broken);
        }
    }
}
