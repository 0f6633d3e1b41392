//! How fast an agency may be sent messages: a bucket of permits that fills evenly. Pure: the time comes in as an argument.

use xiezhi_model::UtcTime;

/// Thousandths of a permit, so that slow rates fill evenly too.
const PARTS: i64 = 1_000;

/// At most so many messages a second, and no more than one second's worth at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    per_second: u32,
    parts: i64,
    filled_at: UtcTime,
}

impl Pace {
    /// A full bucket.
    #[must_use]
    pub fn new(per_second: u32, now: UtcTime) -> Self {
        Self { per_second, parts: i64::from(per_second) * PARTS, filled_at: now }
    }

    /// How many messages may go now.
    pub fn permits(&mut self, now: UtcTime) -> usize {
        let elapsed_ms = now.unix_ms().saturating_sub(self.filled_at.unix_ms());
        // A clock that was set back fills nothing; it goes on from there.
        let filled = elapsed_ms.max(0).saturating_mul(i64::from(self.per_second));
        self.parts = self.parts.saturating_add(filled).min(i64::from(self.per_second) * PARTS);
        self.filled_at = now;
        usize::try_from(self.parts / PARTS).unwrap_or(0)
    }

    /// Takes permits for messages that were attempted; more than there are leave the bucket in debt.
    pub fn take(&mut self, messages: usize) {
        let parts = i64::try_from(messages).unwrap_or(i64::MAX).saturating_mul(PARTS);
        self.parts = self.parts.saturating_sub(parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> UtcTime {
        UtcTime::from_unix_ms(ms).unwrap()
    }

    #[test]
    fn a_second_s_worth_at_once_and_then_evenly() {
        let mut pace = Pace::new(4, at(0));
        assert_eq!(pace.permits(at(0)), 4);
        pace.take(4);
        for (ms, permits) in [(0, 0), (249, 0), (250, 1), (999, 3), (5_000, 4)] {
            assert_eq!(pace.permits(at(ms)), permits, "at {ms}");
        }
    }

    #[test]
    fn a_debt_is_paid_first_and_a_clock_set_back_fills_nothing() {
        let mut pace = Pace::new(2, at(10_000));
        pace.take(4);
        assert_eq!(pace.permits(at(11_000)), 0);
        assert_eq!(pace.permits(at(12_000)), 2);
        pace.take(2);
        assert_eq!(pace.permits(at(0)), 0);
        assert_eq!(pace.permits(at(500)), 1);
    }
}
