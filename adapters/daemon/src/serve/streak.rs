//! Failures in a row: when a plugin itself keeps failing, its agency is reported, once per streak.

use std::collections::{BTreeMap, HashMap};

use xiezhi_model::{AgencyId, Digest, InboxSeq};
use xiezhi_ports::{CodecError, CodecFailure};

/// Failures of one agency's plugin since it last worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Streak {
    /// The plugin.
    pub(super) plugin: Digest,
    /// How it failed last.
    pub(super) fault_code: String,
    /// How often.
    pub(super) failures: usize,
    /// The inbound messages among what it failed on.
    pub(super) messages: Vec<InboxSeq>,
}

/// The streaks of all agencies.
#[derive(Debug)]
pub(super) struct Streaks {
    failures_max: usize,
    running: HashMap<AgencyId, Streak>,
}

/// Most messages remembered of one streak: a quarantine begins within two batches.
const MESSAGES_MAX: usize = 20_000;

impl Streaks {
    /// No streak yet; one of `failures_max` failures is too long.
    pub(super) fn new(failures_max: usize) -> Self {
        Self { failures_max, running: HashMap::new() }
    }

    /// Takes up how a call ended. `true` when the agency's streak is too long.
    pub(super) fn note(&mut self, agency: &AgencyId, message: Option<InboxSeq>, error: Option<&CodecError>) -> bool {
        let failed = error.filter(|error| error.failure == CodecFailure::Plugin);
        let Some((error, plugin)) = failed.and_then(|error| Some((error, error.digest?))) else {
            // It read, wrote or refused: it works.
            self.running.remove(agency);
            return false;
        };
        let streak = self.running.entry(agency.clone()).or_insert_with(|| Streak {
            plugin,
            fault_code: String::new(),
            failures: 0,
            messages: Vec::new(),
        });
        if streak.plugin != plugin {
            *streak = Streak { plugin, fault_code: String::new(), failures: 0, messages: Vec::new() };
        }
        streak.failures = streak.failures.saturating_add(1);
        streak.fault_code.clone_from(&error.fault.code);
        streak.messages.extend(message.filter(|_| streak.messages.len() < MESSAGES_MAX));
        streak.failures >= self.failures_max
    }

    /// Gives a streak back that was taken out and could not be acted on.
    pub(super) fn put_back(&mut self, agency: &AgencyId, plugin: Digest, fault_code: String, messages: Vec<InboxSeq>) {
        let failures = self.failures_max;
        let streak = self.running.entry(agency.clone()).or_insert_with(|| Streak {
            plugin,
            fault_code,
            failures: 0,
            messages: Vec::new(),
        });
        streak.failures = streak.failures.saturating_add(failures);
        streak.messages.extend(messages);
    }

    /// Takes out the streaks that are too long.
    pub(super) fn take_long(&mut self) -> BTreeMap<AgencyId, Streak> {
        let failures_max = self.failures_max;
        self.running.extract_if(|_, streak| streak.failures >= failures_max).collect()
    }
}

#[cfg(test)]
mod tests {
    use xiezhi_model::fault::{Fault, code};

    use super::*;

    fn error(plugin: &[u8], failure: CodecFailure) -> CodecError {
        CodecError {
            agency: AgencyId::parse("police").unwrap(),
            digest: Some(Digest::of(plugin)),
            failure,
            fault: Fault::new(code::PLUGIN_TRAP, "x"),
        }
    }

    #[test]
    fn only_failures_of_the_plugin_in_a_row_count() {
        let police = AgencyId::parse("police").unwrap();
        let housing = AgencyId::parse("housing").unwrap();
        let mut streaks = Streaks::new(3);
        let broken = error(b"1", CodecFailure::Plugin);
        let refusal = error(b"1", CodecFailure::Input);
        let ends = [Some(&broken), Some(&broken), None, Some(&broken), Some(&broken), Some(&refusal)];
        for (n, ended) in (0_i64..).zip(ends) {
            assert!(!streaks.note(&police, Some(InboxSeq(n)), ended), "{n}");
        }
        assert!(!streaks.note(&police, Some(InboxSeq(10)), Some(&broken)));
        assert!(!streaks.note(&housing, None, Some(&broken)));
        assert!(!streaks.note(&police, None, Some(&broken)));
        assert!(streaks.note(&police, Some(InboxSeq(12)), Some(&broken)));
        let long = streaks.take_long();
        assert_eq!(long.keys().collect::<Vec<_>>(), [&police]);
        assert_eq!(long[&police].messages, [InboxSeq(10), InboxSeq(12)]);
        assert!(streaks.take_long().is_empty());
    }

    #[test]
    fn another_version_begins_anew() {
        let police = AgencyId::parse("police").unwrap();
        let mut streaks = Streaks::new(2);
        assert!(!streaks.note(&police, None, Some(&error(b"1", CodecFailure::Plugin))));
        assert!(!streaks.note(&police, None, Some(&error(b"2", CodecFailure::Plugin))));
        assert!(streaks.note(&police, None, Some(&error(b"2", CodecFailure::Plugin))));
    }
}
