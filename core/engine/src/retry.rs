//! When to try again: backoff with full jitter, and the breaker that spares an agency that is down.
//!
//! Both are pure: time and randomness come in as arguments, nothing sleeps.

use xiezhi_model::UtcTime;

/// How long to wait between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Upper end of the first wait, in milliseconds; it doubles with every attempt.
    pub base_ms: u64,
    /// No wait is longer than this, in milliseconds.
    pub cap_ms: u64,
    /// After this many attempts there is none more.
    pub attempts_max: u32,
}

impl Backoff {
    /// When to try again after `attempts` failed attempts (at least 1); `None` when that was the last one.
    ///
    /// Full jitter: anywhere from 1 ms to the doubled base, so that many messages that failed together do not come
    /// back together. `random` is any number, evenly spread.
    #[must_use]
    pub fn next_attempt(&self, attempts: u32, now: UtcTime, random: u64) -> Option<UtcTime> {
        if attempts >= self.attempts_max {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(u64::BITS - 1);
        let ceiling = self.base_ms.saturating_mul(1_u64 << doublings).min(self.cap_ms).max(1);
        let wait = random % ceiling + 1;
        Some(now.plus_ms(i64::try_from(wait).unwrap_or(i64::MAX)))
    }
}

/// What a breaker tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerLimits {
    /// Failures in a row that open it.
    pub failures_max: u32,
    /// How long it stays open before one probe is let through, in milliseconds.
    pub open_ms: i64,
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything goes through; so many failures in a row so far.
    Closed {
        /// Failures since the last success.
        failures: u32,
    },
    /// Nothing goes through until then.
    Open {
        /// When a probe may go.
        until: UtcTime,
    },
    /// One probe is under way; the next may go when this one has said nothing until then.
    HalfOpen {
        /// When the probe counts as lost.
        until: UtcTime,
    },
}

/// One agency's breaker: after enough failures in a row it holds everything back, then lets single probes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    limits: BreakerLimits,
    state: BreakerState,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(limits: BreakerLimits) -> Self {
        Self { limits, state: BreakerState::Closed { failures: 0 } }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.state
    }

    /// Whether an attempt may go now. `true` from an open breaker is the one probe: its outcome must be recorded, or
    /// after `open_ms` another may go.
    pub fn allows(&mut self, now: UtcTime) -> bool {
        match self.state {
            BreakerState::Closed { .. } => true,
            BreakerState::Open { until } | BreakerState::HalfOpen { until } if self.is_over(until, now) => {
                self.state = BreakerState::HalfOpen { until: now.plus_ms(self.limits.open_ms) };
                true
            }
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => false,
        }
    }

    /// Also where more is left than it ever waits: the clock was set back since.
    fn is_over(&self, until: UtcTime, now: UtcTime) -> bool {
        now >= until || now.plus_ms(self.limits.open_ms) < until
    }

    /// An attempt succeeded: closed, and the count starts anew.
    pub fn record_success(&mut self) {
        self.state = BreakerState::Closed { failures: 0 };
    }

    /// An attempt failed.
    pub fn record_failure(&mut self, now: UtcTime) {
        let open = BreakerState::Open { until: now.plus_ms(self.limits.open_ms) };
        self.state = match self.state {
            BreakerState::Closed { failures } => match failures.saturating_add(1) {
                failures if failures < self.limits.failures_max => BreakerState::Closed { failures },
                _ => open,
            },
            // A late failure of an attempt from before the opening must not push the probe away for ever.
            BreakerState::Open { until } => BreakerState::Open { until },
            BreakerState::HalfOpen { .. } => open,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> UtcTime {
        UtcTime::from_unix_ms(ms).unwrap()
    }

    #[test]
    fn waits_double_up_to_the_cap_and_end() {
        let backoff = Backoff { base_ms: 100, cap_ms: 1_000, attempts_max: 80 };
        // The largest wait of each attempt: random just below the ceiling.
        for (attempts, longest) in [(0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000), (70, 1_000)] {
            let waits = (0..=2_000).map(|random| backoff.next_attempt(attempts, at(0), random).unwrap().unix_ms());
            let (least, most) = waits.fold((i64::MAX, 0), |(least, most), ms| (least.min(ms), most.max(ms)));
            assert_eq!((least, most), (1, longest), "after {attempts}");
        }
        assert_eq!(backoff.next_attempt(80, at(0), 7), None);
        let zero = Backoff { base_ms: 0, cap_ms: 0, attempts_max: 2 };
        assert_eq!(zero.next_attempt(1, at(5), u64::MAX), Some(at(6)), "never at once: a loop would spin");
    }

    #[test]
    fn the_breaker_opens_probes_and_closes() {
        let mut breaker = Breaker::new(BreakerLimits { failures_max: 2, open_ms: 100 });
        breaker.record_failure(at(0));
        assert!(breaker.allows(at(0)));
        breaker.record_failure(at(10));
        assert_eq!(breaker.state(), BreakerState::Open { until: at(110) });
        breaker.record_failure(at(50));
        assert!(!breaker.allows(at(109)), "a late failure does not move the probe");
        assert!(breaker.allows(at(110)), "one probe");
        assert!(!breaker.allows(at(111)), "only one");
        assert!(breaker.allows(at(210)), "the probe was lost");
        breaker.record_failure(at(211));
        assert!(!breaker.allows(at(310)));
        assert!(breaker.allows(at(311)));
        breaker.record_success();
        assert_eq!(breaker.state(), BreakerState::Closed { failures: 0 });
        breaker.record_failure(at(400));
        assert!(breaker.allows(at(400)), "failures are counted in a row");
        breaker.record_failure(at(90_000));
        assert!(breaker.allows(at(1_000)), "the clock was set back: nobody waits for it to come again");
    }
}
