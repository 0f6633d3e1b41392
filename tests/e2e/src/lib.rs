//! Tests of the real binary over its public sides: HTTP and the command line. The tests are in `tests/`; this crate is
//! empty. Run them by `cargo xtask test`, which builds the binary and the plugins first.
