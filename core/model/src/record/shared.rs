//! What several record kinds share: the party, the issue, people and attachments.

use serde::{Deserialize, Serialize};

use crate::personal::{IdNumber, PersonName};
use crate::place::Coordinate;
use crate::town::TownCode;
use crate::uscc::Uscc;

/// The version that this build writes and reads.
pub const SCHEMA_VERSION: SchemaVersion = SchemaVersion(1);

/// The version of the record's schema; only a change that breaks readers raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
#[cfg_attr(feature = "schema", schemars(with = "u32"))]
pub struct SchemaVersion(u32);

impl Default for SchemaVersion {
    fn default() -> Self {
        SCHEMA_VERSION
    }
}

impl TryFrom<u32> for SchemaVersion {
    type Error = String;
    fn try_from(version: u32) -> Result<Self, String> {
        if version == SCHEMA_VERSION.0 {
            Ok(Self(version))
        } else {
            Err(format!("schema_version {version} is not readable here; this build reads {}", SCHEMA_VERSION.0))
        }
    }
}

impl From<SchemaVersion> for u32 {
    fn from(version: SchemaVersion) -> Self {
        version.0
    }
}

/// An entity (经营主体) as a sender names it. At least one of `uscc`, `name`, `address` and `device` is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Party {
    /// Registered name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Unified social credit code, GB 32100-2015.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc: Option<Uscc>,
    /// Registered or inspected address, as the sender writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Town (街道/镇/乡) of the address, GB/T 10114 nine-digit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town: Option<TownCode>,
    /// Where, when the sender gives coordinates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinate: Option<Coordinate>,
    /// A device that stands for the entity (HJ 212 `MN`, a fire controller's address); resolved to a USCC by
    /// `config/codes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// What a sender says is wrong, in its own code table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Issue {
    /// Which table the code is from, such as `cjt214` or `ga-ywlx`.
    pub code_system: String,
    /// The code.
    pub code: String,
    /// The code's name, as the sender gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A natural person in a record. Personal data: masked wherever it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Person {
    /// Name.
    pub name: PersonName,
    /// 公民身份号码, GB 11643.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<IdNumber>,
    /// What the person is in the matter, such as 被冒用人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A file that the sender keeps and refers to by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// File type, such as `jpg`.
    pub kind: String,
    /// Digest algorithm, `sm3` or `sha256`.
    pub algorithm: String,
    /// Digest in lower-case hex.
    pub digest: String,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}
