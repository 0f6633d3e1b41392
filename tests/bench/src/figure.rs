//! One figure and what is demanded of it.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// A measured figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// Its name.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: f64,
    /// The value's unit; `ratio` for ratios within this run.
    pub(crate) unit: &'static str,
    /// Which way is better.
    pub(crate) better: Better,
    /// What is demanded, where something is.
    pub(crate) must: Option<f64>,
    /// What is hoped for, where something is.
    pub(crate) aim: Option<f64>,
    /// What it was measured against, and how.
    pub(crate) against: String,
}

impl Figure {
    /// A figure of which nothing is demanded.
    pub(crate) fn plain(
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        better: Better,
        against: &str,
    ) -> Self {
        Self { name: name.into(), value, unit, better, must: None, aim: None, against: against.to_owned() }
    }

    /// The same figure with what is demanded and hoped for.
    pub(crate) fn demanding(mut self, must: f64, aim: f64) -> Self {
        self.must = Some(must);
        self.aim = Some(aim);
        self
    }

    /// Whether what is demanded holds.
    pub(crate) fn is_met(&self) -> bool {
        self.must.is_none_or(|must| match self.better {
            Better::Higher => self.value >= must,
            Better::Lower => self.value <= must,
        })
    }

    /// Prints it.
    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let demand = |what: Option<f64>| what.map_or_else(|| "-".to_owned(), |value| value.to_string());
        println!(
            "{:<44} {:>12.3} {:<9} must {:>5} aim {:>5} {} ({})",
            self.name,
            self.value,
            self.unit,
            demand(self.must),
            demand(self.aim),
            if self.is_met() { "ok    " } else { "MISSED" },
            self.against
        );
        Ok(())
    }
}

/// The median time of one call, over samples of many calls each, in seconds.
pub(crate) fn seconds_per_call(mut call: impl FnMut()) -> f64 {
    /// Time for warming up.
    const WARM_UP: Duration = Duration::from_millis(300);
    /// Samples, of which the median is taken.
    const SAMPLES: usize = 15;
    /// Time of one sample.
    const SAMPLE: Duration = Duration::from_millis(100);
    let begin = Instant::now();
    let mut calls = 0_u32;
    while begin.elapsed() < WARM_UP {
        call();
        calls += 1;
    }
    let per_call = begin.elapsed().as_secs_f64() / f64::from(calls.max(1));
    let rounds = ((SAMPLE.as_secs_f64() / per_call).ceil()).clamp(1.0, 1e7);
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let begin = Instant::now();
            let mut done = 0.0;
            while done < rounds {
                call();
                done += 1.0;
            }
            begin.elapsed().as_secs_f64() / rounds
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}
