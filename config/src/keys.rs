//! Every key of every file, declared once: the checks, the defaults and `docs/configuration.md` all read these tables.
//!
//! Naming: snake_case, the unit last (`timeout_ms`, `body_bytes_max`), an upper bound ends in `_max`. A key that is
//! renamed stays beside its new name for one release with a problem that says so.

pub mod agency;
pub(crate) mod credit;
pub mod data;
pub mod gateway;

pub use crate::shape::{Key, Need, Shape};

/// A kind of file and its keys.
#[derive(Debug, Clone, Copy)]
pub struct FileKind {
    /// Where such files are, from `xiezhi.toml`.
    pub place: &'static str,
    /// What they are for.
    pub purpose: &'static str,
    /// Their keys.
    pub keys: &'static [Key],
}

/// Every kind of file, in the order of the reference page.
pub const FILES: &[FileKind] = &[
    FileKind { place: "xiezhi.toml", purpose: "The gateway's own settings.", keys: gateway::KEYS },
    FileKind {
        place: "agencies/*.toml",
        purpose: "One agency each: how it is reached, what it may send, which plugin speaks its format.",
        keys: agency::KEYS,
    },
    FileKind {
        place: "policy/*.toml",
        purpose: "The policy: rules that cite the measure. Conditions are compiled when the gateway loads them.",
        keys: data::POLICY,
    },
    FileKind {
        place: "calendar/*.toml",
        purpose: "One year's working days, after the State Council's notice.",
        keys: data::CALENDAR,
    },
    FileKind { place: "codes/devices.toml", purpose: "Which entity a device stands at.", keys: data::DEVICES },
    FileKind { place: "codes/towns.toml", purpose: "The towns of the district (GB/T 10114).", keys: data::TOWNS },
    FileKind {
        place: "plugins.lock",
        purpose: "The plugins that may run, by digest. Written by the plugin build, not by hand.",
        keys: data::LOCK,
    },
];

/// The release in which a key of this table came.
const FIRST: &str = "0.1.0";

const fn key(name: &'static str, shape: Shape, need: Need, unit: &'static str, meaning: &'static str) -> Key {
    Key { name, shape, need, unit, meaning, since: FIRST }
}

const fn integer(min: i64, max: i64) -> Shape {
    Shape::Integer { min, max }
}
