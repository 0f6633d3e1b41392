//! Indicators (指标研判): what the entities' files add up to, the case that follows where it is too much, and the acts that are
//! proposed one after the other while it stays so. 五（三）8 and 9（4） of the measure.
//!
//! The caller counts file by file ([`Engine::count`]) and then judges the subject ([`Engine::judge`]). Judging again on the same
//! day changes nothing: a case that is open is not opened again, and each step is proposed once.

mod case;
mod compile;
mod judge;

use std::collections::BTreeSet;

use xiezhi_model::case::Source;
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::policy::{IndicatorSubject, Threshold};
use xiezhi_model::{CivilDate, UtcTime};

pub(crate) use self::compile::IndicatorSet;
pub use self::judge::Judged;
use crate::{Engine, facts};

/// Most files that a case names as its evidence; the rest are counted.
const EVIDENCE_MAX: usize = 1_000;

/// What one indicator adds up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files counted.
    pub files: u64,
    /// The count.
    pub count: i64,
    /// What a share is of.
    pub base: i64,
    /// Files that cannot be counted, and why the first one cannot.
    pub uncounted: (u64, &'static str),
    /// The files that speak against the subject.
    pub evidence: Vec<Source>,
    /// The first file that does not: what the end of a suspension rests on.
    pub clear: Option<Source>,
    /// The cluster addresses of those that do.
    pub addresses: BTreeSet<String>,
}

impl Tally {
    /// Whether the threshold is reached. A share of less than the least base is none.
    #[must_use]
    pub fn reaches(&self, threshold: Threshold, base_min: u32) -> bool {
        let percent = |percent: u32| i64::from(percent).saturating_mul(self.base);
        let hundredfold = self.count.saturating_mul(100);
        let has_base = self.base > 0 && self.base >= i64::from(base_min);
        match threshold {
            Threshold::AtLeast(least) => self.count >= i64::from(least),
            Threshold::BelowPercent(below) => has_base && hundredfold < percent(below),
            Threshold::AtLeastPercent(least) => has_base && hundredfold >= percent(least),
        }
    }
}

/// What all indicators of a subject add up to, in the order of the policy; see [`Engine::count`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(Vec<Tally>);

impl Engine {
    /// Whether any indicator of this kind applies on a day.
    #[must_use]
    pub fn has_indicators(&self, subject: IndicatorSubject, on: CivilDate) -> bool {
        self.indicators.of(subject, on).next().is_some()
    }

    /// Adds a file to what the indicators of a subject of this kind count.
    pub fn count(&self, subject: IndicatorSubject, file: &EntityFile, tallies: &mut Tallies, now: UtcTime) {
        tallies.0.resize(self.indicators.len(), Tally::default());
        let facts = self.language.file_facts(facts::of(file, now));
        for (place, indicator) in self.indicators.of(subject, now.beijing_date()) {
            if let Some(tally) = tallies.0.get_mut(place) {
                indicator.add(file, &facts, tally);
            }
        }
    }
}
