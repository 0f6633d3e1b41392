//! The checks on small broken worlds.
