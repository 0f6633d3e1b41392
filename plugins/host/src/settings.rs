//! The limits that the host enforces on every plugin, with their defaults and allowed ranges.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use thiserror::Error;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Limits of the host. There is no way to say "no limit".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSettings {
    /// Longest time that one call may compute, in milliseconds, counted from the moment it starts to run. Default 1000:
    /// a hundred times what the slowest shipped plugin needs for its largest sample. Range 1 to 60 000.
    pub call_deadline_ms: u64,
    /// How often the clock that ends calls ticks, in milliseconds; a call may overrun its deadline by one tick. Default
    /// 10. Range 1 to 1000.
    pub epoch_tick_ms: u64,
    /// Largest linear memory of an instance, in bytes. Default 64 MiB. Range 1 MiB to 1 GiB, in whole 64 KiB pages.
    pub memory_bytes_max: usize,
    /// Longest message (all parts together) given to a plugin, in bytes. Default 4 MiB. Range 1 KiB to 64 MiB.
    pub input_bytes_max: usize,
    /// Most that one call may return, in bytes. Default 16 MiB: a record takes a few times the room of the row it is
    /// read from. Range 1 KiB to 256 MiB.
    pub output_bytes_max: usize,
    /// Native stack that a call may use, in bytes. Default 512 KiB, a quarter of a thread's stack. Range 64 KiB to 1 MiB.
    pub stack_bytes_max: usize,
    /// Largest component, in bytes. Default 8 MiB: the shipped plugins have less than 1 MiB. Range 1 KiB to 64 MiB.
    pub component_bytes_max: usize,
    /// Most instances alive at once; a further call waits for a place. Default 16. Range 1 to 256.
    pub instances_max: u32,
    /// Folder of the compile cache; `None` compiles at each start.
    pub cache_dir: Option<PathBuf>,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            call_deadline_ms: 1000,
            epoch_tick_ms: 10,
            memory_bytes_max: 64 * MIB,
            input_bytes_max: 4 * MIB,
            output_bytes_max: 16 * MIB,
            stack_bytes_max: 512 * KIB,
            component_bytes_max: 8 * MIB,
            instances_max: 16,
            cache_dir: None,
        }
    }
}

/// A limit is outside of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plugin host setting {name} is {value}, allowed is {least} to {most}{rule}")]
pub struct SettingsError {
    /// The setting.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// Least allowed value.
    pub least: u64,
    /// Greatest allowed value.
    pub most: u64,
    /// A further rule, or nothing.
    pub rule: &'static str,
}

/// WebAssembly's page.
const PAGE_BYTES: u64 = 65_536;

impl HostSettings {
    /// Checks every range and returns every violation.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingsError> {
        let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mib = |count: usize| bytes(count.saturating_mul(MIB));
        let ranges: [(&'static str, u64, RangeInclusive<u64>); 8] = [
            ("call_deadline_ms", self.call_deadline_ms, 1..=60_000),
            ("epoch_tick_ms", self.epoch_tick_ms, 1..=1000),
            ("memory_bytes_max", bytes(self.memory_bytes_max), mib(1)..=mib(1024)),
            ("input_bytes_max", bytes(self.input_bytes_max), 1024..=mib(64)),
            ("output_bytes_max", bytes(self.output_bytes_max), 1024..=mib(256)),
            ("stack_bytes_max", bytes(self.stack_bytes_max), 65_536..=mib(1)),
            ("component_bytes_max", bytes(self.component_bytes_max), 1024..=mib(64)),
            ("instances_max", u64::from(self.instances_max), 1..=256),
        ];
        let mut problems = Vec::new();
        for (name, value, range) in ranges {
            let error = |rule| SettingsError { name, value, least: *range.start(), most: *range.end(), rule };
            if !range.contains(&value) {
                problems.push(error(""));
            } else if name == "memory_bytes_max" && !value.is_multiple_of(PAGE_BYTES) {
                problems.push(error(" in whole pages of 65536"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_every_violation_is_named() {
        assert_eq!(HostSettings::default().problems(), []);
        let wrong = HostSettings {
            call_deadline_ms: 0,
            memory_bytes_max: 2 * MIB + 1,
            instances_max: 1000,
            ..HostSettings::default()
        };
        let texts: Vec<String> = wrong.problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "plugin host setting call_deadline_ms is 0, allowed is 1 to 60000",
                "plugin host setting memory_bytes_max is 2097153, allowed is 1048576 to 1073741824 in whole pages of 65536",
                "plugin host setting instances_max is 1000, allowed is 1 to 256",
            ]
        );
    }
}
