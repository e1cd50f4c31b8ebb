use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Serialize};

use crate::{Cut, CutRange};

/// What a document says where all of the recording is kept.
const NONE: &str = "none";

/// A cut, and in one word how far it is, or what is known of it.
#[derive(Serialize, Deserialize)]
pub(super) struct CutMembers {
    state: Cow<'static, str>,
    #[serde(default)]
    requested: Option<CutRange>,
    #[serde(default)]
    effective: Option<CutRange>,
}

impl CutMembers {
    pub(super) fn new(cut: Option<&Cut>, state: Option<&'static str>) -> Self {
        Self {
            state: state.unwrap_or(NONE).into(),
            requested: cut.map(Cut::requested),
            effective: cut.map(Cut::effective),
        }
    }

    /// The cut, and what its word means by `named`.
    pub(super) fn read<W, E: Error>(
        &self,
        named: impl FnOnce(&str) -> Option<W>,
    ) -> Result<Option<(Cut, W)>, E> {
        if self.state == NONE {
            return Ok(None);
        }
        let state = named(&self.state);
        let state = state.ok_or_else(|| {
            E::custom(format_args!(
                "a cut can't be `{}` in this document",
                self.state
            ))
        })?;
        match (self.requested, self.effective) {
            (Some(requested), Some(effective)) => Ok(Some((Cut::new(requested, effective), state))),
            _ => Err(E::custom("the cut has no range, and isn't `none`")),
        }
    }
}
