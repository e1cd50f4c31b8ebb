//! How long an mp4 file is. A file is boxes, each with its size and its type before it (ISO/IEC 14496-12, 4.2). The
//! index is the box `moov`; in it is `mvhd` (8.2.2), which has the length.

use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

/// No file that is played has so many boxes beside each other; what has more isn't searched for ever.
const MOST_BOXES: usize = 4096;

/// How long an mp4 lasts by its own index, wherever in the file that is; or by the front of one, if the index is there.
///
/// `None` if no index can be read, or if it says no length, as that of a fragmented file does.
///
/// ```
/// use std::io::Cursor;
/// use livecut_core::adapter::mp4_duration;
///
/// assert_eq!(mp4_duration(&mut Cursor::new(b"<html>404</html>")), None);
/// ```
pub fn mp4_duration(file: &mut (impl Read + Seek)) -> Option<Duration> {
    // What is in an index has its end, which isn't searched beyond.
    let index = find(file, *b"moov", u64::MAX)?;
    find(file, *b"mvhd", index)?;
    let version = u32(file)?.checked_shr(24)?;
    // It was created, and changed, at two instants.
    let (scale, length) = if version == 1 {
        skip(file, 16)?;
        (u32(file)?, u64(file)?)
    } else {
        skip(file, 8)?;
        let (scale, length) = (u32(file)?, u32(file)?);
        // All ones is "can't be determined", in both versions.
        let length = u64::from(length);
        (
            scale,
            if length == u64::from(u32::MAX) {
                0
            } else {
                length
            },
        )
    };
    if length == 0 || length == u64::MAX {
        return None;
    }
    let scale = u64::from(scale);
    let whole = length.checked_div(scale)?;
    let below = length.checked_rem(scale)?;
    let nanos = below.checked_mul(1_000_000_000)?.checked_div(scale)?;
    Some(Duration::new(whole, u32::try_from(nanos).ok()?))
}

/// Goes to what is in the next box of this type within so many bytes. Gives how long that is.
fn find(file: &mut (impl Read + Seek), kind: [u8; 4], mut within: u64) -> Option<u64> {
    for _ in 0..MOST_BOXES {
        let size = u32(file)?;
        let found: [u8; 4] = bytes(file)?;
        let (head, size) = match size {
            // It goes on to the end.
            0 => (8, within),
            1 => (16, u64(file)?),
            size => (8, u64::from(size)),
        };
        let content = size.checked_sub(head)?;
        within = within.checked_sub(size)?;
        if found == kind {
            return Some(content);
        }
        skip(file, content)?;
    }
    None
}

fn bytes<const N: usize>(file: &mut impl Read) -> Option<[u8; N]> {
    let mut read = [0; N];
    file.read_exact(&mut read).ok()?;
    Some(read)
}

fn u32(file: &mut impl Read) -> Option<u32> {
    bytes(file).map(u32::from_be_bytes)
}

fn u64(file: &mut impl Read) -> Option<u64> {
    bytes(file).map(u64::from_be_bytes)
}

fn skip(file: &mut impl Seek, count: u64) -> Option<()> {
    let count = i64::try_from(count).ok()?;
    file.seek(SeekFrom::Current(count)).ok().map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn duration(file: &[u8]) -> Option<Duration> {
        mp4_duration(&mut Cursor::new(file))
    }

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len().saturating_add(8)).unwrap();
        [&size.to_be_bytes(), &kind[..], content].concat()
    }

    /// As ffmpeg writes it, but for the tracks.
    fn index(version: u8, scale: u32, length: u64) -> Vec<u8> {
        let mut header = vec![version, 0, 0, 0];
        if version == 1 {
            header.extend([0; 16]);
            header.extend(scale.to_be_bytes());
            header.extend(length.to_be_bytes());
        } else {
            header.extend([0; 8]);
            header.extend(scale.to_be_bytes());
            header.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
        header.extend([0; 80]);
        boxed(b"moov", &boxed(b"mvhd", &header))
    }

    fn file(index: &[u8], is_at_end: bool) -> Vec<u8> {
        let (start, media) = (boxed(b"ftyp", b"isom"), boxed(b"mdat", &[7; 300]));
        match is_at_end {
            false => [&start, index, &media].concat(),
            true => [&start, &media, index].concat(),
        }
    }

    #[test]
    fn the_index_tells_the_length_wherever_it_is() {
        for is_at_end in [false, true] {
            let file = file(&index(0, 1000, 8250), is_at_end);
            assert_eq!(duration(&file), Some(Duration::from_millis(8250)));
        }
        let long = file(&index(1, 1000, 5_000_000_000_500), false);
        let millis = Duration::from_millis(5_000_000_000_500);
        assert_eq!(duration(&long), Some(millis));
    }

    #[test]
    fn the_front_of_a_file_is_enough_if_the_index_is_there() {
        let (fast, slow) = (
            file(&index(0, 600, 1500), false),
            file(&index(0, 600, 1500), true),
        );
        assert_eq!(duration(&fast[..100]), Some(Duration::from_millis(2500)));
        assert_eq!(duration(&slow[..100]), None);
        for length in 0..48 {
            assert_eq!(duration(&fast[..length]), None, "{length}");
        }
    }

    /// A box of more than 4 GiB has its size in 64 bits; the last may go on to the end.
    #[test]
    fn both_other_forms_of_a_size_are_read() {
        let mut large = 1_u32.to_be_bytes().to_vec();
        large.extend(b"free");
        large.extend(20_u64.to_be_bytes());
        large.extend([0; 4]);
        let mut last = index(0, 1, 5);
        last[..4].fill(0);
        assert_eq!(
            duration(&[large, last].concat()),
            Some(Duration::from_secs(5))
        );
    }

    #[test]
    fn an_index_that_says_no_length_has_none() {
        for (version, scale, length) in [
            (0, 1000, 0),
            (0, 1000, u64::from(u32::MAX)),
            (1, 1000, u64::MAX),
            (1, 0, 7),
        ] {
            let file = file(&index(version, scale, length), false);
            assert_eq!(duration(&file), None, "{version} {scale} {length}");
        }
        // Nor has one whose header is somewhere else.
        let elsewhere = [
            boxed(b"moov", &boxed(b"trak", &[0; 8])),
            boxed(b"mvhd", &[0; 100]),
        ]
        .concat();
        assert_eq!(duration(&elsewhere), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            at in 0_usize..600,
            byte: u8,
            is_at_end: bool,
        ) {
            let _ = duration(&bytes);
            let mut broken = file(&index(0, 1000, 8250), is_at_end);
            if let Some(old) = broken.get_mut(at) {
                *old = byte;
            }
            let _ = duration(&broken);
        }
    }
}
