//! Crash points: places where a test has the process end at once, as if the power went.
//!
//! Armed only in builds with debug assertions and only by `XIEZHI_CRASH_POINT=<name>:<n>`: the process aborts when it
//! reaches the point for the `n`th time. A release build holds none of it.

use std::sync::atomic::{AtomicU64, Ordering};

/// The environment variable, read once when the store is opened.
const VARIABLE: &str = "XIEZHI_CRASH_POINT";

/// Where to crash, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct CrashPoints {
    armed: Option<Armed>,
}

#[derive(Debug)]
struct Armed {
    name: String,
    left: AtomicU64,
}

impl CrashPoints {
    /// Reads the environment, in builds with debug assertions.
    pub(crate) fn from_environment() -> Self {
        if !cfg!(debug_assertions) {
            return Self::default();
        }
        let armed = std::env::var(VARIABLE).ok().and_then(|text| {
            let (name, count) = text.rsplit_once(':')?;
            let left = count.parse().ok().filter(|&n: &u64| n > 0)?;
            Some(Armed { name: name.to_owned(), left: AtomicU64::new(left) })
        });
        Self { armed }
    }

    /// Ends the process when this is the point and the time.
    pub(crate) fn point(&self, transaction: &str, place: &str) {
        if !cfg!(debug_assertions) {
            return;
        }
        let Some(armed) = &self.armed else { return };
        let here = armed.name.strip_prefix(transaction).and_then(|rest| rest.strip_prefix('-')) == Some(place);
        if here && armed.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::process::abort();
        }
    }
}
