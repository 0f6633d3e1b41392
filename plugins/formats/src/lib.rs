//! What several agencies' formats have in common: character sets, XML, damaged spreadsheet cells, fault places.
//!
//! A plugin author need not use it. It knows no agency and, [`office`], [`xml_forms`] and the JSON design of our own ([`ledger`],
//! [`answers`], [`orders`]) aside, no record kind's meaning; it turns bytes into texts whose places are known, and back. Everything here is
//! a pure function.

pub mod answers;
pub mod cell;
pub mod charset;
pub mod codes;
pub mod csv;
pub mod fields;
pub mod json;
pub mod json_writer;
pub mod ledger;
mod moment;
pub mod office;
pub mod orders;
mod problem;
pub mod refusal;
pub mod rows;
#[cfg(feature = "testing")]
pub mod schema_check;
pub mod setting;
pub mod sheet;
#[cfg(feature = "testing")]
pub mod testing;
pub mod writer;
pub mod xml;
pub mod xml_forms;

pub use moment::Edge;
pub use problem::{Problem, code};
