//! Randomness for tests: seeded, and the seed is printed, so that a failure can be run again (`XIEZHI_SEED=…`).

use std::time::{SystemTime, UNIX_EPOCH};

/// A small generator (xorshift64*), good enough to choose moments and bytes.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// From `XIEZHI_SEED`, or from the clock; prints the seed.
    #[must_use]
    pub fn from_environment(what: &str) -> Self {
        let given = std::env::var("XIEZHI_SEED").ok().and_then(|seed| seed.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_nanos()));
        let seed: u64 = given.unwrap_or_else(clock);
        println!("{what}: XIEZHI_SEED={seed}");
        Self::new(seed)
    }

    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // A state of zero would stay zero.
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next_u64() % (high - low + 1)
    }
}
