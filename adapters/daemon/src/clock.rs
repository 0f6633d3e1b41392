//! The clocks: the machine's, and a simulated one for demos and tests that replay recorded messages.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use xiezhi_model::UtcTime;
use xiezhi_ports::Clock;

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        UtcTime::from_unix_ms(ms)
            .unwrap_or_else(|_| unreachable!("the machine's clock is within the years -9999..9999"))
    }
}

/// A clock that starts at a set time and runs on at normal speed.
#[derive(Debug)]
pub(crate) struct SimulatedClock {
    start: UtcTime,
    begun: Instant,
}

impl SimulatedClock {
    /// Starts now, at `start`.
    pub(crate) fn starting_at(start: UtcTime) -> Self {
        Self { start, begun: Instant::now() }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> UtcTime {
        self.start.plus_ms(i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// The clock of a configuration: the system's, or a simulated one.
pub(crate) fn of(start: Option<UtcTime>) -> Arc<dyn Clock> {
    match start {
        Some(start) => Arc::new(SimulatedClock::starting_at(start)),
        None => Arc::new(SystemClock),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulated_clock_starts_where_it_is_told() {
        let start = UtcTime::parse_rfc3339("2026-09-21T09:06:00+08:00").unwrap();
        let ms = SimulatedClock::starting_at(start).now().ms_since(start);
        assert!((0..60_000).contains(&ms), "{ms}");
        assert!(SystemClock.now() > start);
    }
}
