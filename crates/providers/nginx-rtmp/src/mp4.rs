//! What the front of an mp4 file tells: how long it is, and when its pictures are shown. Pure: no I/O.
//!
//! A file is boxes, each with its size and its type before it (ISO/IEC 14496-12, 4.2). The index is the box `moov`, and the
//! first box in it is `mvhd` (8.2.2), which has the length. A box `trak` for each track comes after it, and ffmpeg writes
//! that of the pictures first. What is read may end anywhere, also within the index, so no library that reads whole files
//! would do.

use std::ops::Range;
use std::time::Duration;

/// What the index says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Index {
    /// How long the file is shown.
    pub(crate) length: Duration,
    /// `None`: it isn't in what was read.
    pub(crate) track: Option<Track>,
}

/// When the first track's samples are shown. Each has a time at which it is decoded (8.6.1), and a later one at which it is
/// shown; the edit list (8.6.6) says which part of the track the file shows, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Track {
    /// How long nothing of it is shown at first: the sound began earlier.
    pub(crate) empty: Duration,
    /// How much of its beginning is never shown. In the recording of an encoder with B-frames, that is how much earlier
    /// than shown a picture is decoded; in what nginx cut, what is there from the key frame to the cut's start.
    pub(crate) hidden: Duration,
    /// How long most samples last; `None`: it isn't in what was read.
    pub(crate) frame: Option<Duration>,
}

impl Index {
    /// Reads it; `None` if there is none at the front. Then the file isn't whole, or its index is at its end.
    pub(crate) fn read(front: &[u8]) -> Option<Self> {
        let mut file = Part(front);
        let mut index = loop {
            match file.next_box()? {
                (b"moov", index) => break index,
                (b"mdat", _) => return None,
                _ => {}
            }
        };
        let (scale, length) = index.find(b"mvhd")?.scale_and_length()?;
        let track = index.find(b"trak");
        Some(Self {
            length: time(length, scale)?,
            track: track.and_then(|track| Track::read(track, scale)),
        })
    }
}

impl Track {
    fn read(mut track: Part<'_>, movie_scale: u32) -> Option<Self> {
        let mut edits = (0, 0);
        let mut media = loop {
            match track.next_box()? {
                (b"edts", mut list) => edits = list.find(b"elst")?.edits()?,
                (b"mdia", media) => break media,
                _ => {}
            }
        };
        let (scale, _) = media.find(b"mdhd")?.scale_and_length()?;
        let mut frame = || {
            let mut times = media.find(b"minf")?.find(b"stbl")?.find(b"stts")?;
            time(times.longest_run()?.into(), scale)
        };
        Some(Self {
            empty: time(edits.0, movie_scale)?,
            hidden: time(edits.1, scale)?,
            frame: frame().filter(|frame| !frame.is_zero()),
        })
    }

    /// What to ask nginx for so that this part of the recording is shown, all in milliseconds. nginx knows no edit list: it
    /// takes both bounds for times of decoding, and begins and ends each part at the sample before. A length in whole
    /// frames is never cut down to one frame less.
    pub(crate) fn times_of_decoding(&self, shown: &Range<u64>) -> Range<u64> {
        let decoded = |millis| {
            let media = Duration::from_millis(millis).saturating_add(self.hidden);
            media.saturating_sub(self.empty)
        };
        let (start, end) = (decoded(shown.start), decoded(shown.end));
        let length = end.saturating_sub(start).as_nanos();
        let frame = self.frame.map_or(1, |frame| frame.as_nanos());
        let length = length.div_ceil(frame).max(1).saturating_mul(frame);
        let millis = |nanos: u128| u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let start = millis(start.as_nanos());
        start..start.saturating_add(millis(length))
    }

    /// What to ask for instead, if what nginx served begins with a key frame, and pictures that are shown before it are
    /// decoded before it, so that they aren't there: to begin a frame earlier, with all from the key frame before.
    pub(crate) fn earlier(&self, asked: &Range<u64>, served: &Self) -> Option<Range<u64>> {
        if self.hidden.is_zero() || !served.hidden.is_zero() {
            return None;
        }
        let frame = u64::try_from(self.frame?.as_millis()).ok()?;
        Some(asked.start.checked_sub(frame.max(1))?..asked.end)
    }
}

/// Some time in units of which there are so many in a second.
fn time(units: u64, scale: u32) -> Option<Duration> {
    let scale = u64::from(scale);
    let below = units.checked_rem(scale)?;
    let nanos = below.checked_mul(1_000_000_000)?.checked_div(scale)?;
    Some(Duration::new(
        units.checked_div(scale)?,
        u32::try_from(nanos).ok()?,
    ))
}

/// A part of a file: boxes, or the fields of one. It may end sooner than its box does.
#[derive(Debug, Clone, Copy)]
struct Part<'a>(&'a [u8]);

impl<'a> Part<'a> {
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

    /// A field of 64 bits in version 1, and of 32 in version 0.
    fn wide(&mut self, is_wide: bool) -> Option<u64> {
        if is_wide {
            self.u64()
        } else {
            self.u32().map(u64::from)
        }
    }

    /// Whether this box is of version 1, whose times have 64 bits.
    fn is_wide(&mut self) -> Option<bool> {
        self.take(4)?.first().map(|version| *version == 1)
    }

    /// The type of the next box, and what is here of its content. `None` also for one that goes on to the file's end.
    fn next_box(&mut self) -> Option<(&'a [u8; 4], Self)> {
        let size = self.u32()?;
        let kind = self.take(4)?.try_into().ok()?;
        let length = match size {
            1 => self.u64()?.checked_sub(16)?,
            size => u64::from(size).checked_sub(8)?,
        };
        let here = usize::try_from(length).map_or(self.0.len(), |length| length.min(self.0.len()));
        Some((kind, Self(self.take(here)?)))
    }

    /// The content of the next box of this type.
    fn find(&mut self, wanted: &[u8; 4]) -> Option<Self> {
        loop {
            let (kind, content) = self.next_box()?;
            if kind == wanted {
                return Some(content);
            }
        }
    }

    /// Of `mvhd` and `mdhd`: how many units there are in a second, and how many of them it lasts.
    fn scale_and_length(&mut self) -> Option<(u32, u64)> {
        let is_wide = self.is_wide()?;
        // When it was made, and changed.
        self.take(if is_wide { 16 } else { 8 })?;
        Some((self.u32()?, self.wide(is_wide)?))
    }

    /// Of `elst`: how long nothing is shown, in the movie's units, and at what time of the track it begins then, in its own.
    fn edits(&mut self) -> Option<(u64, u64)> {
        let is_wide = self.is_wide()?;
        let mut empty = 0_u64;
        for _ in 0..self.u32()? {
            let (length, from) = (self.wide(is_wide)?, self.wide(is_wide)?);
            self.take(4)?;
            // -1: an empty edit.
            let nothing = if is_wide { u64::MAX } else { u32::MAX.into() };
            if from != nothing {
                return Some((empty, from));
            }
            empty = empty.checked_add(length)?;
        }
        Some((empty, 0))
    }

    /// Of `stts`: how long each sample of the longest run of alike ones lasts, in the track's units.
    fn longest_run(&mut self) -> Option<u32> {
        self.take(8)?;
        let runs = std::iter::from_fn(|| Some((self.u32()?, self.u32()?)));
        runs.max_by_key(|(count, _)| *count).map(|(_, each)| each)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "tests may overflow: they fail then"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fronts of a recording that ffmpeg made of an encoder's with two B-frames, and of what nginx cut from it.
    const WHOLE: &[u8] = include_bytes!("../fixtures/whole.response.mp4");
    const CUT: &[u8] = include_bytes!("../fixtures/cut.response.mp4");
    /// Of a cut that begins where a key frame is decoded.
    const KEY: &[u8] = include_bytes!("../fixtures/key.response.mp4");

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn track(empty: u64, hidden: u64, frame: u64) -> Track {
        Track {
            empty: millis(empty),
            hidden: millis(hidden),
            frame: Some(millis(frame)),
        }
    }

    fn index(length: u64, track: Track) -> Option<Index> {
        Some(Index {
            length: millis(length),
            track: Some(track),
        })
    }

    #[test]
    fn the_index_of_a_real_file_tells_its_length_and_when_its_pictures_are_shown() {
        // The sound began 21 ms earlier, and each picture is decoded two frames before it is shown.
        assert_eq!(Index::read(WHOLE), index(19_541, track(21, 80, 40)));
        // From the key frame at 10 s to the picture at 11.32 s.
        assert_eq!(Index::read(CUT), index(8208, track(0, 1320, 40)));
        assert_eq!(Index::read(KEY), index(2000, track(0, 0, 40)));
    }

    #[test]
    fn a_file_whose_index_is_not_at_its_front_has_none_yet() {
        let mut unfinished = WHOLE.get(..32).unwrap().to_vec();
        unfinished.extend(b"\0\0\0\x08free\0\0\0\0mdat");
        assert_eq!(Index::read(&unfinished), None);
        assert_eq!(Index::read(b"<html>404</html>"), None);
    }

    #[test]
    fn what_was_not_read_is_not_known_and_never_taken_for_nothing() {
        let read = |length| Index::read(WHOLE.get(..length).unwrap());
        for length in 0..68 {
            assert_eq!(read(length), None, "{length}");
        }
        // Its edit list ends at 296, its units stand up to 328, and the first run of samples up to 668.
        for length in 68..328 {
            assert_eq!(read(length).unwrap().track, None, "{length}");
        }
        for length in 332..668 {
            let track = read(length).unwrap().track.unwrap();
            assert_eq!((track.hidden, track.frame), (millis(80), None), "{length}");
        }
        assert_eq!(read(668), Index::read(WHOLE));
    }

    #[test]
    fn a_long_file_has_its_times_in_64_bits() {
        let mut long = b"\0\0\0\x80moov\0\0\0\x78mvhd\x01\0\0\0".to_vec();
        long.extend([0; 16]);
        long.extend(1000_u32.to_be_bytes());
        long.extend(5_000_000_000_500_u64.to_be_bytes());
        let length = Index::read(&long).map(|index| index.length);
        assert_eq!(length, Some(millis(5_000_000_000_500)));
    }

    #[test]
    fn nginx_is_asked_for_the_times_at_which_the_pictures_are_decoded() {
        let asked = |track: Track, shown: Range<u64>| track.times_of_decoding(&shown);
        // Six seconds and a quarter are 156.25 frames: the part is of 157, and not of 156.
        assert_eq!(asked(track(0, 0, 40), 3333..9583), 3333..9613);
        assert_eq!(asked(track(21, 80, 40), 3333..9583), 3392..9672);
        assert_eq!(asked(track(21, 0, 40), 4000..8000), 3979..7979);
        assert_eq!(asked(track(0, 80, 40), 0..4000), 80..4080);
        // The part begins while nothing is shown yet.
        assert_eq!(asked(track(500, 0, 40), 100..1500), 0..1000);
        assert_eq!(asked(track(500, 0, 40), 100..200), 0..40);
        let unknown = Track {
            frame: None,
            ..track(500, 80, 0)
        };
        assert_eq!(asked(unknown, 3333..9583), 2913..9163);
        assert_eq!(asked(unknown, 100..200), 0..1);
    }

    #[test]
    fn a_part_that_lacks_pictures_before_its_key_frame_is_asked_for_again_from_a_frame_earlier() {
        let part = 4000..6000;
        let b_frames = track(21, 80, 40);
        let at_key = track(0, 0, 40);
        assert_eq!(b_frames.earlier(&part, &at_key), Some(3960..6000));
        assert_eq!(b_frames.earlier(&part, &track(0, 40, 40)), None);
        // Nothing is earlier than the beginning.
        assert_eq!(b_frames.earlier(&(10..6000), &at_key), None);
        // Without B-frames all that is shown from the key frame on is decoded from there on.
        assert_eq!(track(21, 0, 40).earlier(&part, &at_key), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_are_no_index(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            at in 0..4096_usize,
            byte: u8,
            length in 0..4096_usize,
            start: u64,
            end: u64,
        ) {
            let mut broken = WHOLE.to_vec();
            broken[at] = byte;
            broken.truncate(length);
            for front in [&bytes, &broken] {
                if let Some(Index { track: Some(track), .. }) = Index::read(front) {
                    let part = track.times_of_decoding(&(start..end));
                    prop_assert!(part.start < part.end || part.start == u64::MAX);
                    track.earlier(&part, &track);
                }
            }
        }

        /// Where nginx cuts is worked out here as its source has it: by samples as they are decoded, of which the length is
        /// counted on its own.
        #[test]
        fn what_is_shown_is_within_a_frame_of_what_was_asked_for(
            frame in 10..100_u64,
            held_back in 0..4_u64,
            empty in 0..50_u64,
            start in 50..100_000_u64,
            length in 1..100_000_u64,
        ) {
            let hidden = held_back * frame;
            let shown = start..start + length;
            let asked = track(empty, hidden, frame).times_of_decoding(&shown);
            let first = asked.start / frame;
            let last = first + (asked.end - asked.start) / frame;
            for (bound, sample) in [(shown.start, first), (shown.end, last)] {
                let at = sample * frame + empty;
                prop_assert!(at.abs_diff(bound + hidden) <= frame, "{asked:?}: {at} for {bound}");
            }
            if length % frame == 0 {
                prop_assert_eq!(last - first, length / frame);
            }
        }
    }
}
