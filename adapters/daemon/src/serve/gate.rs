//! The gate before each agency's link: a breaker that spares an agency which is down, a pace that it asked for, and a rest after a
//! lane that could try nothing.
//!
//! It holds no message: what may not go yet stays in the outbox.

use xiezhi_engine::pace::Pace;
use xiezhi_engine::retry::{Breaker, BreakerLimits, BreakerState};
use xiezhi_model::UtcTime;

/// Decides how many messages may be tried now.
#[derive(Debug)]
pub(super) struct Gate {
    breaker: Breaker,
    pace: Option<Pace>,
    /// How long a lane rests that could try nothing, in milliseconds: without it a closed link would be looked at without a pause.
    rest_ms: i64,
    rests_until: Option<UtcTime>,
}

/// What became of a lane's attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attempts {
    /// Attempts made.
    pub(super) made: usize,
    /// Whether the other side took or refused at least one: it is there.
    pub(super) answered: bool,
    /// Whether at least one has to be repeated.
    pub(super) failed: bool,
}

impl Gate {
    pub(super) fn new(limits: BreakerLimits, per_second: Option<u32>, rest_ms: i64, now: UtcTime) -> Self {
        let pace = per_second.map(|per_second| Pace::new(per_second, now));
        Self { breaker: Breaker::new(limits), pace, rest_ms, rests_until: None }
    }

    /// How many messages may be tried now, at most `wanted`: one when the breaker probes, none while it is open.
    pub(super) fn admits(&mut self, wanted: usize, now: UtcTime) -> usize {
        // More than a rest is left only where the clock was set back since.
        if self.rests_until.is_some_and(|until| now < until && until <= now.plus_ms(self.rest_ms)) {
            return 0;
        }
        let paced = self.pace.as_mut().map_or(wanted, |pace| pace.permits(now).min(wanted));
        if paced == 0 || !self.breaker.allows(now) {
            return 0;
        }
        match self.breaker.state() {
            BreakerState::HalfOpen { .. } => 1,
            _ => paced,
        }
    }

    /// Takes note of what became of them.
    pub(super) fn note(&mut self, attempts: Attempts, now: UtcTime) {
        if let Some(pace) = &mut self.pace {
            pace.take(attempts.made);
        }
        self.rests_until = (attempts == Attempts::default()).then(|| now.plus_ms(self.rest_ms));
        match attempts {
            Attempts { answered: true, .. } => self.breaker.record_success(),
            Attempts { failed: true, .. } => self.breaker.record_failure(now),
            _ => {}
        }
    }

    /// For the gauge: 0 closed, 1 probing, 2 open.
    pub(super) fn level(&self) -> u8 {
        match self.breaker.state() {
            BreakerState::Closed { .. } => 0,
            BreakerState::HalfOpen { .. } => 1,
            BreakerState::Open { .. } => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> UtcTime {
        UtcTime::from_unix_ms(ms).unwrap()
    }

    #[test]
    fn an_agency_that_is_down_gets_single_probes() {
        let mut gate = Gate::new(BreakerLimits { failures_max: 2, open_ms: 100 }, None, 30, at(0));
        let failed = Attempts { made: 5, answered: false, failed: true };
        assert_eq!((gate.admits(50, at(0)), gate.level()), (50, 0));
        gate.note(failed, at(0));
        gate.note(failed, at(1));
        assert_eq!((gate.admits(50, at(50)), gate.level()), (0, 2));
        assert_eq!((gate.admits(50, at(101)), gate.level()), (1, 1));
        gate.note(Attempts { made: 1, answered: true, failed: false }, at(102));
        assert_eq!((gate.admits(50, at(103)), gate.level()), (50, 0));
    }

    #[test]
    fn a_pace_is_kept_and_an_idle_lane_costs_nothing() {
        let mut gate = Gate::new(BreakerLimits { failures_max: 2, open_ms: 100 }, Some(10), 30, at(0));
        assert_eq!(gate.admits(50, at(0)), 10);
        gate.note(Attempts { made: 10, answered: true, failed: false }, at(0));
        assert_eq!(gate.admits(50, at(50)), 0);
        gate.note(Attempts::default(), at(50));
        assert_eq!(gate.admits(50, at(200)), 2);
        assert_eq!(gate.admits(1, at(200)), 1);
    }

    #[test]
    fn a_lane_that_could_try_nothing_rests() {
        let mut gate = Gate::new(BreakerLimits { failures_max: 2, open_ms: 100 }, None, 30, at(0));
        gate.note(Attempts::default(), at(0));
        assert_eq!((gate.admits(50, at(29)), gate.admits(50, at(30))), (0, 50));
        gate.note(Attempts { made: 1, answered: true, failed: false }, at(31));
        assert_eq!(gate.admits(50, at(31)), 50, "one that tried something goes on at once");
        gate.note(Attempts::default(), at(10_000));
        assert_eq!(gate.admits(50, at(5_000)), 50, "the clock was set back");
    }
}
