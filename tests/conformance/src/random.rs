//! A small seeded generator: a failed run is repeated by its printed seed.

/// SplitMix64: enough to pick operations, not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From `XIEZHI_TEST_SEED`, else from the clock. Prints the seed.
    #[must_use]
    pub fn seeded(test: &str) -> Self {
        let given = std::env::var("XIEZHI_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64);
        let seed = given.unwrap_or_else(clock);
        println!("{test}: XIEZHI_TEST_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; `end` is above 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
