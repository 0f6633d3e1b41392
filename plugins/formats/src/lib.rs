//! What several agencies' formats have in common: character sets, XML, damaged spreadsheet cells, fault places.
//!
//! A plugin author need not use it. It knows no agency and, [`office`] aside, no record kind's meaning; it turns bytes into
//! texts whose places are known, and back. Everything here is a pure function.

pub mod cell;
pub mod charset;
pub mod csv;
pub mod fields;
pub mod json;
pub mod json_writer;
mod moment;
pub mod office;
mod problem;
pub mod setting;
pub mod sheet;
#[cfg(feature = "testing")]
pub mod testing;
pub mod writer;
pub mod xml;

pub use moment::Edge;
pub use problem::{Problem, code};
