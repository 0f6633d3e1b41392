//! The clock port. Nothing that decides reads a clock; `now` is an argument, and it comes from here.

use xiezhi_model::UtcTime;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, to the millisecond. May step back when the machine's clock is set; callers compare, they do not count on
    /// it growing.
    fn now(&self) -> UtcTime;
}
