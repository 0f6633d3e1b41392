//! How many heaps the C library's allocator keeps: fewer heaps hold less memory that was used once and is not given back.
//!
//! Sets one parameter and nothing else; allocation itself stays the system's.

/// Heaps of the allocator. glibc makes up to eight for each processor; under full load with every plugin the gateway's peak was
/// 284 MB with those and 210 MB with two.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS_MAX: i32 = 2;

/// Limits the heaps. Call first in `main`, before any other thread is there.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library; the proof stands beside it")]
pub(crate) fn limit_heaps() {
    // SAFETY: `mallopt` takes two integers, no pointer, and changes only the allocator's own parameters. It must not run
    // beside other calls of the allocator from other threads: it is the first call of `main`, where there is only one. A value
    // that it does not take is ignored, and then only memory is lost.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS_MAX);
    }
}

/// Other C libraries have no such parameter.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn limit_heaps() {}
