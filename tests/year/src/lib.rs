//! A year in a district on simulated time.
#![allow(dead_code)]
mod district;
mod shipped;
mod totals;
pub use totals::Totals;
