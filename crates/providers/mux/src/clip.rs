//! The clip that a cut becomes: what of it is known before it is made. Pure.

use std::fmt;
use std::time::Duration;

use livecut_core::{
    Capabilities, Cut, Error, ErrorKind, RecordingId, Result, StopRequest, StreamId, Ticket,
    Timeline, Visibility,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::asset_id::AssetId;
use crate::wire::Asset;
use crate::{PROVIDER, hex};

/// The shortest clip that Mux makes.
const SHORTEST: Duration = Duration::from_millis(500);

/// The cut as Mux will make it, if it is known with this anchor.
pub(crate) fn admit(
    capabilities: &Capabilities,
    request: &StopRequest,
    anchor: Option<OffsetDateTime>,
) -> Result<Option<Cut>> {
    let cut = capabilities.admit_at(request, anchor)?;
    if cut.is_some_and(|cut| cut.effective().duration() < SHORTEST) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the provider makes no clip shorter than 500 ms",
        ));
    }
    Ok(cut)
}

/// Who may see a clip, in Mux's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policies(String);

impl Policies {
    /// What was asked for; `None` where nothing was. The capabilities have refused
    /// what there is no word for.
    pub(crate) fn asked(visibility: Option<&Visibility>) -> Result<Option<Self>> {
        Ok(match visibility {
            None => None,
            Some(Visibility::Public) => Some(Self::list(&["public"])),
            Some(Visibility::Private) => Some(Self::list(&["signed"])),
            Some(_) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "the provider has no such visibility",
                ));
            }
        })
    }

    /// Those of the recording itself, since an asset that is made without any can't be played.
    pub(crate) fn of(source: &Asset) -> Result<Self> {
        let mut words = Vec::new();
        for playback in source.playback_ids.iter().flatten() {
            match playback.policy.as_deref() {
                Some(word @ ("public" | "signed")) if !words.contains(&word) => words.push(word),
                Some("public" | "signed") => {}
                _ => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "the recording has a playback policy other than `public` and `signed`, \
                         so a clip can't be given the same: ask for a visibility",
                    ));
                }
            }
        }
        Ok(Self::list(&words))
    }

    fn list(words: &[&str]) -> Self {
        let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        Self(format!("[{}]", words.join(",")))
    }
}

/// What every mark begins with.
const MARK: &str = "livecut-";

/// What finds a clip again, since creating an asset isn't idempotent: the same for
/// every attempt at the same clip, and for no other.
///
/// Not made of the stream, which is used again for the next broadcast.
pub(crate) fn mark(source: &AssetId, cut: &Cut, visibility: Option<&Visibility>) -> String {
    // None of the three parts can hold a line break. A mark must stay what it is for as long
    // as tickets do.
    let clip = format!(
        "livecut clip 1\n{source}\n{}\n{}",
        cut.effective(),
        visibility.map_or("", Visibility::as_str)
    );
    format!("{MARK}{}", hex(&Sha256::digest(clip)))
}

/// The body of the call that makes the clip. A part that isn't known yet is a placeholder.
pub(crate) struct Body<'a> {
    pub(crate) source: &'a dyn fmt::Display,
    pub(crate) cut: Option<&'a Cut>,
    pub(crate) policies: Option<&'a Policies>,
    pub(crate) mark: Option<&'a str>,
}

/// JSON: no part has anything in it that needs escaping.
impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = match self.cut {
            Some(cut) => {
                let seconds = cut.effective().decimal_seconds();
                (seconds.start, seconds.end)
            }
            None => ("{start_time}".to_owned(), "{end_time}".to_owned()),
        };
        let policies = self
            .policies
            .map_or("{playback_policies}", |policies| &policies.0);
        let mark = self.mark.unwrap_or("{passthrough}");
        let source = self.source;
        write!(
            f,
            "{{\"inputs\":[{{\"url\":\"mux://assets/{source}\",\"start_time\":{start},\
             \"end_time\":{end}}}],\"playback_policies\":{policies},\"passthrough\":\"{mark}\"}}"
        )
    }
}

/// A cut that is still to be made, or was perhaps made, as a ticket has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) source: AssetId,
    pub(crate) cut: Cut,
    pub(crate) visibility: Option<Visibility>,
    pub(crate) mark: String,
}

impl Owed {
    pub(crate) fn new(source: AssetId, cut: Cut, visibility: Option<&Visibility>) -> Self {
        Self {
            mark: mark(&source, &cut, visibility),
            source,
            cut,
            visibility: visibility.cloned(),
        }
    }

    pub(crate) fn ticket(&self, stream: &StreamId) -> Ticket {
        Ticket::new(PROVIDER, stream.clone())
            .with_cut(Some(self.cut))
            .with_source(self.source.recording())
            .with_visibility(self.visibility.clone())
    }

    /// Whether this asset is the clip: it bears the mark, which is made of the source, the cut and the
    /// visibility, and no other source is said of it.
    pub(crate) fn is(&self, asset: &Asset) -> bool {
        let source = asset.source_asset_id.as_deref();
        asset.passthrough.as_deref() == Some(&self.mark)
            && source.is_none_or(|id| id == self.source.as_str())
    }
}

impl Owed {
    /// Why an asset with the clip's id can't be the clip: it says itself that it is another's.
    pub(crate) fn contradicted_by(&self, asset: &Asset) -> Option<&'static str> {
        let other_source = asset
            .source_asset_id
            .as_deref()
            .is_some_and(|source| source != self.source.as_str());
        // Somebody may have put something else there since.
        let other_mark = asset
            .passthrough
            .as_deref()
            .is_some_and(|mark| mark.starts_with(MARK) && mark != self.mark);
        (other_source || other_mark)
            .then_some("the answer is about a clip of another recording or another cut")
    }
}

/// Whether somebody else may see the clip than was asked for, by its playback policies.
pub(crate) fn is_seen_otherwise(asset: &Asset, visibility: Option<&Visibility>) -> bool {
    let wanted = match visibility {
        Some(Visibility::Public) => "public",
        Some(Visibility::Private) => "signed",
        _ => return false,
    };
    let mut policies = asset.playback_ids.iter().flatten();
    policies.any(|playback| {
        playback
            .policy
            .as_deref()
            .is_some_and(|policy| policy != wanted)
    })
}

/// What people are told of it.
pub(crate) const SEEN_OTHERWISE: &str = "the clip is made, and its playback policy isn't the visibility that was asked for: change it in \
     the provider's dashboard";

/// Of several clips that bear the same mark, the one for which this is least is the one that counts.
pub(crate) fn preference<'a>(id: &'a AssetId, clip: &Asset) -> (bool, &'a str) {
    let failed = clip.status.as_deref() == Some("errored");
    (failed, id.as_str())
}

/// The clip that a ticket is about, if its cut is one.
pub(crate) fn of(ticket: &Ticket) -> Option<Owed> {
    let source = AssetId::new(ticket.source()?)?;
    Some(Owed::new(source, *ticket.cut()?, ticket.visibility()))
}

/// What a ticket is to be followed to.
#[derive(Debug)]
pub(crate) enum Quest {
    /// An asset that is known.
    Asset(AssetId),
    /// A clip that is to be found, or else made.
    Clip(Owed),
    /// Neither: the live stream had no asset when it was ended.
    Nothing,
}

impl Quest {
    /// Checks what of the ticket no other provider's has, since it isn't signed.
    pub(crate) fn of(ticket: &Ticket) -> Result<Self> {
        let refuse = |what: &'static str| Error::new(ErrorKind::InvalidTicket, what);
        let id = |id: &RecordingId| {
            AssetId::new(id).ok_or_else(|| refuse("the ticket names what is no asset of Mux's"))
        };
        if let Some(recording) = ticket.recording() {
            return Ok(Self::Asset(id(recording)?));
        }
        let Some(cut) = ticket.cut() else {
            return Ok(Self::Nothing);
        };
        let source = ticket
            .source()
            .ok_or_else(|| refuse("the ticket doesn't name the recording to make its cut of"))?;
        if cut.effective().timeline() != Timeline::Offset || cut.effective().duration() < SHORTEST {
            return Err(refuse("the ticket's cut is none that Mux makes"));
        }
        Policies::asked(ticket.visibility())
            .map_err(|_| refuse("the ticket's visibility is none that Mux has"))?;
        Ok(Self::Clip(Owed::new(
            id(source)?,
            *cut,
            ticket.visibility(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use livecut_core::CutRange;

    use super::*;

    fn cut(text: &str) -> Cut {
        let range: CutRange = text.parse().unwrap();
        Cut::new(range, range)
    }

    fn asset(id: &str) -> AssetId {
        AssetId::read(id).unwrap()
    }

    #[test]
    fn a_mark_is_the_same_for_the_same_clip_and_for_no_other() {
        let public = Some(Visibility::Public);
        let marks = [
            mark(&asset("a"), &cut("10..51.1"), None),
            mark(&asset("b"), &cut("10..51.1"), None),
            mark(&asset("a"), &cut("10..51.2"), None),
            mark(&asset("a"), &cut("10..51.1"), public.as_ref()),
        ];
        for (n, one) in marks.iter().enumerate() {
            assert!(one.len() <= 255);
            assert!(!marks[..n].contains(one));
        }
        let asked_otherwise = Cut::new(
            "9.9999999..51.1".parse().unwrap(),
            "10..51.1".parse().unwrap(),
        );
        assert_eq!(mark(&asset("a"), &asked_otherwise, None), marks[0]);
    }

    /// Or else a ticket of this version, followed by a later one, makes a second clip.
    #[test]
    fn marks_never_change() {
        // printf 'livecut clip 1\nabc\n10s..51.1s\npublic' | sha256sum
        assert_eq!(
            mark(&asset("abc"), &cut("10..51.1"), Some(&Visibility::Public)),
            "livecut-5c8efb32fb8072c7d1957a4e6039b20ac59467d185b8ce2414dbaa603be9982c"
        );
    }

    #[test]
    fn numbers_in_the_body_are_exact_decimals() {
        let body = Body {
            source: &asset("abc"),
            cut: Some(&cut("0.1..43199.999999")),
            policies: Some(&Policies::list(&["public", "signed"])),
            mark: Some("m"),
        };
        assert_eq!(
            body.to_string(),
            r#"{"inputs":[{"url":"mux://assets/abc","start_time":0.1,"end_time":43199.999999}],"playback_policies":["public","signed"],"passthrough":"m"}"#
        );
    }

    #[test]
    fn a_clip_is_as_visible_as_its_recording_unless_asked_otherwise() {
        let of = |json: &str| Policies::of(&serde_json::from_str(json).unwrap());
        let both = r#"{"playback_ids":[{"id":"a","policy":"signed"},{"id":"b","policy":"public"},{"id":"c","policy":"signed"}]}"#;
        assert_eq!(of(both).unwrap(), Policies::list(&["signed", "public"]));
        assert_eq!(of("{}").unwrap(), Policies::list(&[]));
        for odd in [
            r#"{"playback_ids":[{"id":"a","policy":"drm"}]}"#,
            r#"{"playback_ids":[{"id":"a"}]}"#,
        ] {
            assert_eq!(of(odd).unwrap_err().kind(), ErrorKind::Conflict);
        }
    }
}
