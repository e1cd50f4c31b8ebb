//! Enums whose values have a word each: written once, and so read as it is written.

/// Gives an enum `as_str`, `named`, `Display` and serde, by one table. `or Unknown`: what a document has that isn't in the
/// table reads as that; without it, it is refused.
macro_rules! words {
    ($type:ident $(or $unknown:ident)? { $($value:ident = $word:literal,)+ }) => {
        impl $type {
            #[doc = concat!("Its name:", $(" `", $word, "`",)+ ".")]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// The one of this name ([`as_str`](Self::as_str)); `None` if it is none of them.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                let named = Self::named(&name);
                $(let named = named.or(Some(Self::$unknown));)?
                named.ok_or_else(|| serde::de::Error::unknown_variant(&name, &[$($word),+]))
            }
        }
    };
}

pub(crate) use words;
