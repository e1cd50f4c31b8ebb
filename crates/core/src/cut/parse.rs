//! The parser of the [text form](super::CutRange#text-form).

use std::ops::Range;
use std::time::Duration;

use time::OffsetDateTime;
use time::error::Parse;
use time::format_description::well_known::Rfc3339;

use super::check::{self, Role};
use super::{CutRange, CutRangeError, CutRangeErrorKind, Timeline, from_nanos};

/// Far more than the longest range needs; keeps what errors quote short.
const MAX_BYTES: usize = 256;

const HOUR: u128 = 60 * MINUTE;
const MINUTE: u128 = 60 * SECOND;
const SECOND: u128 = 1_000_000_000;
const MILLISECOND: u128 = 1_000_000;

/// In nanoseconds, and from large to small, as they have to be written.
const UNITS: [(&str, u128); 4] = [
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", MILLISECOND),
];

type Result<T> = std::result::Result<T, CutRangeError>;

pub(super) fn range(text: &str, now: OffsetDateTime) -> Result<CutRange> {
    let (start, end) = split(text)?;
    if start.text == "now" {
        return Err(start.refuse("`now` can only be the end of a range, as in `@1736754600..now`"));
    }
    let (timeline, from) = bound(Role::Start, start)?;
    let (end_timeline, to) = if end.text == "now" {
        let to = check::instant(Role::End, now).map_err(|error| error.at(end.span()))?;
        (Timeline::WallClock, to)
    } else {
        bound(Role::End, end)?
    };
    match (timeline, end_timeline) {
        (Timeline::Offset, Timeline::Offset) | (Timeline::WallClock, Timeline::WallClock) => {
            let range = CutRange::new(timeline, from, to).map_err(|error| error.at(end.span()))?;
            Ok(if end.text == "now" {
                range.ending_at_edge()
            } else {
                range
            })
        }
        (Timeline::Offset, Timeline::WallClock) => Err(end.error(
            CutRangeErrorKind::MixedTimelines,
            format!(
                "the start is an offset and the end, `{end}`, an instant: give two offsets, like \
                 `30s..2m`, or two instants, like `@1736754600..{end}`",
                end = end.quoted()
            ),
        )),
        (Timeline::WallClock, Timeline::Offset) => Err(end.error(
            CutRangeErrorKind::MixedTimelines,
            format!(
                "the start is an instant and the end, `{end}`, an offset: give two instants, \
                 like `{start}..now`, or two offsets, like `30s..2m`",
                start = start.quoted(),
                end = end.quoted()
            ),
        )),
    }
}

/// The start and the end, neither of which is empty.
fn split(text: &str) -> Result<(Piece<'_>, Piece<'_>)> {
    let all = Piece { text, at: 0 };
    if text.is_empty() {
        return Err(all.refuse("the range is empty: write START..END, like `30s..2m`"));
    }
    if text.len() > MAX_BYTES {
        return Err(all.refuse(format!(
            "the range is {} bytes long, and {MAX_BYTES} is the most: write START..END, like \
             `30s..2m`",
            text.len()
        )));
    }
    let (_, rest) = all.split_where(char::is_whitespace);
    let (space, _) = rest.split_where(|c| !c.is_whitespace());
    if !space.text.is_empty() {
        return Err(space.refuse(
            "a range has no spaces: write START..END without any, and `T` between a date and its \
             time",
        ));
    }
    let Some(dots_at) = text.find("..") else {
        return Err(all.refuse("there is no `..` in the range: write START..END, like `30s..2m`"));
    };
    let (start, rest) = all.split_at(dots_at);
    let (dots, end) = rest.split_where(|c| c != '.');
    if dots.text.len() > 2 {
        return Err(dots.refuse("start and end are separated by two dots: write `..`"));
    }
    if end.text.starts_with('=') {
        let (operator, _) = rest.split_at(3);
        return Err(operator
            .refuse("the end of a range is never part of it, so there is no `..=`: write `..`"));
    }
    if start.text.is_empty() {
        return Err(dots.refuse(if end.is_of_wall_clock() {
            "the range has no start: write both, START..END; before an instant the start is an \
             instant too, like `@1736754600` or `2025-01-13T07:50:00Z`"
        } else {
            "the range has no start: write both, START..END; the recording's start is `0s`"
        }));
    }
    if end.text.is_empty() {
        return Err(dots.refuse(if start.is_of_wall_clock() {
            "the range has no end: write both, START..END; after an instant, the end may be `now`"
        } else {
            "the range has no end: write both, START..END, like `30s..2m`"
        }));
    }
    if let Some(again) = end.text.find("..") {
        let (_, rest) = end.split_at(again);
        let (dots, _) = rest.split_where(|c| c != '.');
        return Err(dots.refuse("a range has one start and one end: write START..END"));
    }
    Ok((start, end))
}

/// A bound other than `now`, checked for the mistakes that its size gives away.
fn bound(role: Role, piece: Piece<'_>) -> Result<(Timeline, Duration)> {
    let in_text = |error: CutRangeError| error.at(piece.span());
    let unmarked = piece.strip_prefix("@");
    let (sign, _) = unmarked
        .unwrap_or(piece)
        .split_where(|c| !matches!(c, '-' | '+' | '\u{2212}'));
    if !sign.text.is_empty() {
        return Err(sign.refuse(
            "a bound has no sign: write an offset from the recording's start, like `30s`, or an \
             instant",
        ));
    }
    if let Some(epoch) = unmarked {
        let (seconds, nanos) = epoch_seconds(piece, epoch)?;
        let checked = check::epoch(role, seconds, nanos).map_err(in_text)?;
        return Ok((Timeline::WallClock, checked));
    }
    if let Some(refused) = time_of_day(piece) {
        return Err(refused);
    }
    let (_, after_digits) = piece.digits();
    if after_digits.text.starts_with(['-', 'T', 't']) {
        let checked = check::instant(role, rfc3339(piece)?).map_err(in_text)?;
        return Ok((Timeline::WallClock, checked));
    }
    let nanos = match piece.split_once(':') {
        Some((hours, rest)) => hms(piece, hours, rest)?,
        None => units(piece)?,
    };
    let offset = from_nanos(nanos).ok_or_else(|| piece.too_large())?;
    let checked = check::offset(role, offset).map_err(in_text)?;
    Ok((Timeline::Offset, checked))
}

/// What follows the `@` of `whole`: `1736754600[.f]`.
fn epoch_seconds(whole: Piece<'_>, epoch: Piece<'_>) -> Result<(i64, u32)> {
    let (digits, rest) = epoch.digits();
    let (nanos, rest) = rest.fraction()?;
    if digits.text.is_empty() || !rest.text.is_empty() {
        let wrong = if rest.text.is_empty() { whole } else { rest };
        return Err(wrong.refuse(
            "`@` is followed by the seconds since the Unix epoch and nothing else, like \
             `@1736754600`",
        ));
    }
    let seconds = digits.text.parse().map_err(|_| whole.too_large())?;
    Ok((seconds, nanos.unwrap_or_default()))
}

/// `2025-01-13T07:50:00[.f]` and a zone. The `time` crate parses it; it lets
/// more through than is meant here.
fn rfc3339(piece: Piece<'_>) -> Result<OffsetDateTime> {
    let (_, time) = piece.split_at("2025-01-13".len());
    let (separator, _) = time.split_at(1);
    let (_, second) = time.split_at("T07:50:".len());
    let (second, rest) = second.split_at(2);
    if second.text == "60" {
        // It would become the last nanosecond of the second before it.
        return Err(second.refuse(
            "a leap second can't be expressed: write the second before or after it, `59` or `00`",
        ));
    }
    // Digits after the ninth would be dropped.
    rest.fraction()?;
    let parses = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
    match parses(piece.text) {
        Ok(_) if !matches!(separator.text, "T" | "t") => Err(separator
            .refuse("a date and its time are separated by `T`, as in `2025-01-13T07:50:00Z`")),
        Ok(instant) => Ok(instant),
        Err(_) if parses(&format!("{}Z", piece.text)).is_ok() => Err(piece.refuse(format!(
            "`{0}` has no time zone: write `{0}Z` if it is UTC, or add the zone's offset, like \
             `+05:30`",
            piece.quoted()
        ))),
        Err(_) if parses(&format!("{}T00:00:00Z", piece.text)).is_ok() => {
            Err(piece.refuse(format!(
                "`{0}` is a date without a time: write an instant, like `{0}T07:50:00Z`",
                piece.quoted()
            )))
        }
        Err(Parse::TryFromParsed(_)) => Err(piece.refuse(format!(
            "`{}` is no date and time that exists",
            piece.quoted()
        ))),
        Err(_) => Err(piece.refuse(format!(
            "`{}` is no instant: write it in RFC 3339, like `2025-01-13T07:50:00Z` or \
             `2025-01-13T13:20:00+05:30`",
            piece.quoted()
        ))),
    }
}

/// The error for `7:50am`: people mean a time of day, of which no day and no zone is known.
fn time_of_day(piece: Piece<'_>) -> Option<CutRangeError> {
    let (digits, suffix) = piece.split_where(|c| !matches!(c, '0'..='9' | ':'));
    let is_suffix = |half| suffix.text.eq_ignore_ascii_case(half);
    (!digits.text.is_empty() && (is_suffix("am") || is_suffix("pm"))).then(|| {
        piece.refuse(format!(
            "`{}` is a time of day: write an instant, with its date and zone, like \
             `2025-01-13T07:50:00Z` or `2025-01-13T13:20:00+05:30`",
            piece.quoted()
        ))
    })
}

/// `H:MM:SS[.f]`, of which `hours` and `rest` are what is around the first
/// colon. In nanoseconds.
fn hms(whole: Piece<'_>, hours: Piece<'_>, rest: Piece<'_>) -> Result<u128> {
    if whole.text.contains(['Z', 'z', '+', '-']) {
        return Err(whole.refuse(format!(
            "`{}` has a time zone and no date: write the whole instant, like \
             `2025-01-13T07:50:00Z`",
            whole.quoted()
        )));
    }
    let Some((minutes, seconds)) = rest.split_once(':') else {
        return Err(ambiguous(whole, hours, rest));
    };
    let (seconds, after) = seconds.digits();
    let (nanos, after) = after.fraction()?;
    if !after.text.is_empty() {
        return Err(after.refuse(
            "an offset with colons is H:MM:SS and maybe a fraction, and nothing else, like \
             `0:01:30`",
        ));
    }
    let (digits, not_digits) = hours.digits();
    if digits.text.is_empty() || !not_digits.text.is_empty() {
        return Err(hours
            .or(whole)
            .refuse("the hours of H:MM:SS are digits, as in `0:01:30`"));
    }
    for (name, part) in [("minutes", minutes), ("seconds", seconds)] {
        if !matches!(part.text.as_bytes(), [b'0'..=b'5', b'0'..=b'9']) {
            return Err(part.or(whole).refuse(format!(
                "the {name} of H:MM:SS are two digits from `00` to `59`, as in `0:01:30`"
            )));
        }
    }
    [
        hours.times(HOUR)?,
        minutes.times(MINUTE)?,
        seconds.times(SECOND)?,
        nanos.unwrap_or_default().into(),
    ]
    .into_iter()
    .try_fold(0, u128::checked_add)
    .ok_or_else(|| whole.too_large())
}

/// The error for `MM:SS`, which may as well be `HH:MM`.
fn ambiguous(whole: Piece<'_>, first: Piece<'_>, second: Piece<'_>) -> CutRangeError {
    let short = |part: Piece<'_>| {
        matches!(part.text.len(), 1 | 2) && part.text.bytes().all(|b| b.is_ascii_digit())
    };
    let (first, second, short) = (first.text, second.text, short(first) && short(second));
    // Above that neither is written with colons.
    let number = |part: &str| part.parse::<u32>().unwrap_or(u32::MAX);
    let (minutes, seconds) = (number(first), number(second));
    whole.refuse(if short && seconds > 59 {
        format!("`{first}:{second}` is ambiguous: write `{minutes}m{seconds}s` for minutes and seconds")
    } else if short && minutes > 59 {
        format!(
            "`{first}:{second}` is ambiguous: write `{minutes}m{seconds}s` for minutes and seconds, or              `{first}:{second:0>2}:00` for hours and minutes"
        )
    } else if short {
        format!(
            "`{first}:{second}` is ambiguous: write `0:{first:0>2}:{second:0>2}` for minutes and \
             seconds, or `{first}:{second:0>2}:00` for hours and minutes, after the recording's \
             start; a time of day has its date and zone, like `2025-01-13T07:50:00Z`"
        )
    } else {
        format!(
            "`{}` is ambiguous: write all of H:MM:SS, like `0:01:30`",
            whole.quoted()
        )
    })
}

/// `30`, `30.5`, `30s`, `1h30m`, `1500ms`. In nanoseconds.
fn units(whole: Piece<'_>) -> Result<u128> {
    let mut total: u128 = 0;
    let mut rest = whole;
    // The units that may still come.
    let mut allowed = UNITS.as_slice();
    while !rest.text.is_empty() {
        let (digits, after) = rest.digits();
        if digits.text.is_empty() {
            return Err(not_an_offset(whole, rest));
        }
        let (nanos, after) = after.fraction()?;
        let (unit, after) = after.split_where(|c| !c.is_alphabetic());
        let (size, smaller) = if !unit.text.is_empty() {
            unit_among(allowed, unit)?
        } else if !after.text.is_empty() {
            return Err(not_an_offset(whole, after));
        } else if rest.at == whole.at {
            (SECOND, UNITS.as_slice())
        } else {
            return Err(rest.refuse(format!(
                "`{}` has no unit: write one after each number, h, m, s or ms, as in `1m30s`",
                rest.quoted()
            )));
        };
        if nanos.is_some() && size != SECOND {
            return Err(rest.up_to(after).refuse(
                "only seconds have a fraction: write `1h30m` for 1.5h, and `0.0015s` for 1.5ms",
            ));
        }
        if nanos.is_some() && !after.text.is_empty() {
            return Err(after.refuse("nothing follows a fraction: write `1.5s`, or `1s500ms`"));
        }
        total = digits
            .times(size)?
            .checked_add(nanos.unwrap_or_default().into())
            .and_then(|part| part.checked_add(total))
            .ok_or_else(|| whole.too_large())?;
        allowed = smaller;
        rest = after;
    }
    Ok(total)
}

/// The size of a unit, and the units that may follow it.
fn unit_among(
    allowed: &'static [(&'static str, u128)],
    unit: Piece<'_>,
) -> Result<(u128, &'static [(&'static str, u128)])> {
    let mut rest = allowed;
    while let [(name, size), smaller @ ..] = rest {
        if *name == unit.text {
            return Ok((*size, smaller));
        }
        rest = smaller;
    }
    Err(if UNITS.iter().any(|(name, _)| *name == unit.text) {
        unit.refuse("units go from large to small, each once: h, m, s, ms, as in `1h30m`")
    } else {
        unit.refuse(format!(
            "`{}` is no unit: the units are h, m, s and ms, as in `1h30m`",
            unit.quoted()
        ))
    })
}

/// The error for `rest`, which no offset can go on with.
fn not_an_offset(whole: Piece<'_>, rest: Piece<'_>) -> CutRangeError {
    let (symbol, _) = rest.split_where(|c| !matches!(c, '.' | ','));
    match symbol.text {
        "." => symbol.refuse("a decimal point has digits on both sides, as in `0.5`"),
        "," => symbol.refuse("the decimal point is a dot: write `1.5s`"),
        _ if whole.text.eq_ignore_ascii_case("now") => whole.refuse("`now` is in lower case"),
        _ => rest.refuse(format!(
            "`{}` is no part of an offset or an instant: write an offset like `30s`, `1h30m` or \
             `0:01:30`, or an instant like `@1736754600` or `2025-01-13T07:50:00Z`",
            rest.quoted()
        )),
    }
}

/// A part of the text, which knows where in the text it is.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    at: usize,
}

impl Piece<'_> {
    /// Whether it looks like an instant, as far as that can be told before it is read.
    fn is_of_wall_clock(self) -> bool {
        let (_, after_digits) = self.digits();
        self.text.starts_with('@') || self.text == "now" || after_digits.text.starts_with('-')
    }

    fn span(self) -> Range<usize> {
        self.at..self.at.saturating_add(self.text.len())
    }

    /// The first `bytes` of it, and the rest. All of it, where it has fewer, or
    /// a character is in the way.
    fn split_at(self, bytes: usize) -> (Self, Self) {
        let (text, rest) = self.text.split_at_checked(bytes).unwrap_or((self.text, ""));
        let rest = Self {
            text: rest,
            at: self.at.saturating_add(text.len()),
        };
        (Self { text, ..self }, rest)
    }

    /// What is before the first character that `stop` is true of, and the rest.
    fn split_where(self, stop: impl Fn(char) -> bool) -> (Self, Self) {
        self.split_at(self.text.find(stop).unwrap_or(self.text.len()))
    }

    /// What is before and after the first `separator`.
    fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let (before, rest) = self.split_where(|c| c == separator);
        (!rest.text.is_empty()).then(|| (before, rest.split_at(separator.len_utf8()).1))
    }

    fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let (found, rest) = self.split_at(prefix.len());
        (found.text == prefix).then_some(rest)
    }

    /// The ASCII digits that it starts with, and the rest.
    fn digits(self) -> (Self, Self) {
        self.split_where(|c| !c.is_ascii_digit())
    }

    /// The nanoseconds of the fraction that it starts with, if it does, and the
    /// rest.
    fn fraction(self) -> Result<(Option<u32>, Self)> {
        let Some(fraction) = self.strip_prefix(".") else {
            return Ok((None, self));
        };
        let (digits, rest) = fraction.digits();
        let (exact, too_fine) = digits.split_at(9);
        if !too_fine.text.is_empty() {
            return Err(too_fine.refuse(
                "times are exact to the nanosecond: leave out what follows the ninth digit of \
                 the fraction",
            ));
        }
        match format!("{:0<9}", exact.text).parse() {
            Ok(nanos) if !exact.text.is_empty() => Ok((Some(nanos), rest)),
            _ => Err(self
                .up_to(fraction)
                .refuse("a decimal point has digits on both sides, as in `0.5`")),
        }
    }

    /// What is between its start and the start of `later`.
    fn up_to(self, later: Self) -> Self {
        self.split_at(later.at.saturating_sub(self.at)).0
    }

    /// It, or `other` where there is nothing of it to point at.
    fn or(self, other: Self) -> Self {
        if self.text.is_empty() { other } else { self }
    }

    /// The digits that it is, so many times `nanos`.
    fn times(self, nanos: u128) -> Result<u128> {
        self.text
            .parse()
            .ok()
            .and_then(|number: u64| nanos.checked_mul(number.into()))
            .ok_or_else(|| self.too_large())
    }

    fn error(self, kind: CutRangeErrorKind, message: impl Into<String>) -> CutRangeError {
        CutRangeError::new(kind, message).at(self.span())
    }

    fn refuse(self, message: impl Into<String>) -> CutRangeError {
        self.error(CutRangeErrorKind::Syntax, message)
    }

    fn too_large(self) -> CutRangeError {
        self.error(
            CutRangeErrorKind::OutOfRange,
            format!(
                "`{}` is too large for a time: give a position within the recording",
                self.quoted()
            ),
        )
    }

    /// For messages: nothing in it disturbs a terminal, and it isn't long.
    fn quoted(self) -> String {
        let mut quoted = self
            .text
            .chars()
            .take(40)
            .flat_map(char::escape_debug)
            .collect::<String>();
        if self.text.chars().nth(40).is_some() {
            quoted.push('…');
        }
        quoted
    }
}
