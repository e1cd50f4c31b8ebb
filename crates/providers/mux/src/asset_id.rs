use std::fmt;

use livecut_core::RecordingId;

/// The id of an asset, which can stand as it is in a URL, in `mux://assets/...` and in JSON.
///
/// Mux documents no alphabet, only a length (at most 255 characters), and its samples
/// are letters and digits. What would need escaping somewhere isn't an id of Mux's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetId(RecordingId);

impl AssetId {
    pub(crate) fn new(id: &RecordingId) -> Option<Self> {
        let text = id.as_str();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() <= 255 && text.bytes().all(plain)).then(|| Self(id.clone()))
    }

    pub(crate) fn read(id: &str) -> Option<Self> {
        Self::new(&RecordingId::new(id).ok()?)
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn recording(&self) -> RecordingId {
        self.0.clone()
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_mean_something_else_is_none() {
        for good in [
            "ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag",
            "a-b_c",
            "0",
        ] {
            assert_eq!(AssetId::read(good).unwrap().to_string(), good);
        }
        let long = "x".repeat(256);
        for bad in [
            "",
            "..",
            "a/b",
            "a?b",
            "a#b",
            "a%2fb",
            "a\"b",
            "a b",
            "a.b",
            "{active_asset_id}",
            "é",
            &long,
        ] {
            assert_eq!(AssetId::read(bad), None, "{bad}");
        }
    }
}
