//! What a run counts.

use std::fmt;

use serde::Serialize;

use crate::ledger::Ledger;
use crate::proof::Verdict;

/// The figures of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// What the run was chosen by.
    pub seed: u64,
    /// Seconds from the start of the broker to the end of the proof.
    pub elapsed_s: u64,
    /// Seconds from the last trouble until everything had come where it belongs.
    pub rest_s: u64,
    /// Messages that the broker confirmed to departments, each counted once.
    pub accepted: usize,
    /// Of these, how often one was confirmed again: sent twice on purpose, or because its outcome was unknown.
    pub accepted_again: usize,
    /// Messages that departments received, each counted once.
    pub received: usize,
    /// How often a department received one that it had: given back, not acknowledged in time, or published again.
    pub duplicates_seen: usize,
    /// Cases that were opened.
    pub cases: usize,
    /// Of these, cases that several findings were joined to.
    pub cases_joined: usize,
    /// Reminders of late assignments.
    pub reminders: usize,
    /// How often the gateway was killed (SIGKILL) and started again.
    pub gateway_kills: usize,
    /// How often the broker was killed (SIGKILL) and started again.
    pub broker_kills: usize,
    /// How often the broker was ended in order and started again.
    pub broker_restarts: usize,
    /// How many queues the broker left standing after a start, so that its administrator had to start them.
    pub queues_started: usize,
    /// How often every connection was cut.
    pub network_cuts: usize,
    /// How many connections were open at these cuts.
    pub connections_cut: usize,
    /// How often the network swallowed, delayed, halved or cut up what was sent, or refused connections.
    pub network_faults: usize,
    /// Of these faults, how many met something: packets, or connections that had to be made anew and were refused.
    pub network_faults_met: usize,
    /// How often a department connected again, of its own will or because it had to.
    pub reconnects: usize,
    /// How often a department gave a message back.
    pub given_back: usize,
    /// Messages without their effect, or that never reached their department. None may be.
    pub lost: usize,
    /// Effects that a message had more than once. None may be.
    pub doubled: usize,
}

impl Figures {
    /// Adds what the ledger and the proof know.
    pub(crate) fn take(&mut self, ledger: &Ledger, verdict: &Verdict) {
        let counts = ledger.counts();
        self.accepted = counts.accepted;
        self.accepted_again = counts.accepted_again;
        self.received = counts.received;
        self.duplicates_seen = counts.duplicates_seen;
        self.given_back = counts.given_back;
        self.cases = verdict.cases;
        self.cases_joined = verdict.cases_joined;
        self.reminders = verdict.reminders;
        self.lost = verdict.lost.len();
        self.doubled = verdict.doubled.len();
    }

    fn rows(&self) -> [(&'static str, u64); 22] {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        [
            ("seed", self.seed),
            ("elapsed, s", self.elapsed_s),
            ("of these until all was at rest, s", self.rest_s),
            ("messages accepted", count(self.accepted)),
            ("accepted again", count(self.accepted_again)),
            ("messages received", count(self.received)),
            ("duplicates seen by departments", count(self.duplicates_seen)),
            ("cases", count(self.cases)),
            ("cases of several findings", count(self.cases_joined)),
            ("reminders", count(self.reminders)),
            ("gateway killed", count(self.gateway_kills)),
            ("broker killed", count(self.broker_kills)),
            ("broker restarted", count(self.broker_restarts)),
            ("queues that the administrator started", count(self.queues_started)),
            ("network cut", count(self.network_cuts)),
            ("connections cut in these", count(self.connections_cut)),
            ("network faults", count(self.network_faults)),
            ("of these faults met something", count(self.network_faults_met)),
            ("departments connected again", count(self.reconnects)),
            ("given back by departments", count(self.given_back)),
            ("lost", count(self.lost)),
            ("doubled", count(self.doubled)),
        ]
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.rows().iter().map(|(name, number)| format!("{name:<34} {number:>9}")).collect();
        f.write_str(&lines.join("\n"))
    }
}
