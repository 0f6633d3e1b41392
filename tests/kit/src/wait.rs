//! Waiting for a condition, with a limit.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks at a condition until it gives a value or `limit` is over; `None` when it never did.
pub fn wait_until<T>(limit: Duration, look: impl FnMut() -> Option<T>) -> Option<T> {
    wait_every(LOOK_EVERY, limit, look)
}

/// As [`wait_until`], for a condition that costs too much to be looked at all the time.
pub fn wait_every<T>(every: Duration, limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        if let Some(value) = look() {
            return Some(value);
        }
        if begin.elapsed() >= limit {
            return None;
        }
        std::thread::park_timeout(every);
    }
}
