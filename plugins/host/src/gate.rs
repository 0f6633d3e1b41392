//! Lets at most so many instances live at once: a further caller waits for a place.
//!
//! The wait is bounded by the callers before it, each of which the call deadline ends.

use std::sync::{Condvar, Mutex, PoisonError};

/// The places.
#[derive(Debug)]
pub(crate) struct Gate {
    places: u32,
    free: Mutex<u32>,
    freed: Condvar,
}

impl Gate {
    pub(crate) fn new(places: u32) -> Self {
        Self { places, free: Mutex::new(places), freed: Condvar::new() }
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> u32 {
        self.places.saturating_sub(*self.free.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a place, waiting for one where none is free.
    pub(crate) fn enter(&self) -> Place<'_> {
        // A poisoned count is still right: nothing can panic while it is being changed.
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free = free.saturating_sub(1);
        Place { gate: self }
    }
}

/// A taken place; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    gate: &'a Gate,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut free = self.gate.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.saturating_add(1);
        drop(free);
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn never_more_inside_than_there_are_places() {
        let (gate, inside, most) = (Gate::new(3), AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let place = gate.enter();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(place);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert_eq!(*gate.free.lock().unwrap(), 3);
    }
}
