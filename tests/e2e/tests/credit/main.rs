//! Publishing to the credit system, through the real binary and the simulator as a process of its own.

#![allow(clippy::indexing_slicing, reason = "a test that reads JSON may panic")]

mod matrix;
mod stage;
mod story;
