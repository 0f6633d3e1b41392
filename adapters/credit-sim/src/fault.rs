//! Faults on demand: which request meets which fault. What a fault does is `answer`'s business.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most counted faults that wait in a row, and most names in one drawing.
const PLANS_MAX: usize = 64;
/// Most requests that one order covers.
const COUNT_MAX: u32 = 1_000_000;

/// How a request or a handshake goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    TimeoutBefore,
    TimeoutAfter,
    #[serde(rename = "error_500")]
    Error500,
    #[serde(rename = "error_500_after")]
    Error500After,
    BadRequest,
    TooMany,
    Closed,
    WrongReceipt,
    Garbage,
    SlowBody,
    CutBody,
    Reset,
    BadCertificate,
}

/// Which requests a fault is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum On {
    /// `POST …/entries`.
    #[default]
    Entries,
    /// `GET …/entries/by-key/…`.
    Query,
    /// `GET …/entries`.
    Export,
    /// TLS handshakes; follows from the fault, is not asked for.
    #[serde(skip_deserializing)]
    Handshake,
}

/// A trainer's order, as it stands in the body of `POST /control/faults`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FaultOrder {
    clear: bool,
    fault: Option<Fault>,
    count: Option<u32>,
    rate: Option<f64>,
    seed: Option<u64>,
    faults: Vec<Fault>,
    on: Option<On>,
}

/// Why an order is not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum OrderError {
    #[error("an order has exactly one of fault (with count), rate (with seed and faults), clear")]
    Shape,
    #[error("count must be 1 to {COUNT_MAX}, rate 0 to 1, faults 1 to {PLANS_MAX} names")]
    Number,
    #[error("{PLANS_MAX} orders wait already: clear them")]
    Full,
    #[error(
        "bad_certificate is for handshakes: it takes a count, no rate and no on, and needs TLS and a bad certificate"
    )]
    Certificate,
    #[error("wrong_receipt is for entries and query: an export has no receipt")]
    Receipt,
}

/// All orders that are in force, and how often each fault happened.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plans: BTreeMap<On, Plan>,
    happened: BTreeMap<Fault, u64>,
    /// Whether there is a bad certificate to show.
    bad_certificate: bool,
}

#[derive(Debug, Default)]
struct Plan {
    /// Faults for the next requests, in the order of their orders.
    counted: VecDeque<(Fault, u32)>,
    drawn: Option<Drawing>,
}

#[derive(Debug)]
struct Drawing {
    rate: f64,
    generator: SplitMix,
    faults: Vec<Fault>,
}

impl Faults {
    /// No faults. `bad_certificate` says whether there is one to show.
    pub(crate) fn new(bad_certificate: bool) -> Self {
        Self { bad_certificate, ..Self::default() }
    }

    /// Takes an order.
    pub(crate) fn order(&mut self, order: FaultOrder) -> Result<(), OrderError> {
        let drawing = order.seed.is_some() || !order.faults.is_empty();
        match (order.clear, order.fault, order.rate) {
            (true, None, None) if !drawing && order.count.is_none() => self.plans.clear(),
            (false, Some(fault), None) if !drawing => {
                let count = order.count.unwrap_or(1);
                if !(1..=COUNT_MAX).contains(&count) {
                    return Err(OrderError::Number);
                }
                let on = self.target(fault, order.on)?;
                let plan = self.plans.entry(on).or_default();
                if plan.counted.len() >= PLANS_MAX {
                    return Err(OrderError::Full);
                }
                plan.counted.push_back((fault, count));
            }
            (false, None, Some(rate)) if order.count.is_none() => {
                if !(0.0..=1.0).contains(&rate) || !(1..=PLANS_MAX).contains(&order.faults.len()) {
                    return Err(OrderError::Number);
                }
                for fault in &order.faults {
                    if *fault == Fault::BadCertificate {
                        return Err(OrderError::Certificate);
                    }
                    self.target(*fault, order.on)?;
                }
                let generator = SplitMix(order.seed.unwrap_or_default());
                let drawing = Drawing { rate, generator, faults: order.faults };
                self.plans.entry(order.on.unwrap_or_default()).or_default().drawn = Some(drawing);
            }
            _ => return Err(OrderError::Shape),
        }
        Ok(())
    }

    fn target(&self, fault: Fault, on: Option<On>) -> Result<On, OrderError> {
        match (fault, on) {
            (Fault::BadCertificate, None) if self.bad_certificate => Ok(On::Handshake),
            (Fault::BadCertificate, _) => Err(OrderError::Certificate),
            (Fault::WrongReceipt, Some(On::Export)) => Err(OrderError::Receipt),
            (_, on) => Ok(on.unwrap_or_default()),
        }
    }

    /// The fault that the next request meets, if any: counted ones first, then the drawing.
    pub(crate) fn draw(&mut self, on: On) -> Option<Fault> {
        let plan = self.plans.get_mut(&on)?;
        let fault = match plan.counted.front_mut() {
            Some((fault, left)) => {
                let fault = *fault;
                *left -= 1;
                if *left == 0 {
                    plan.counted.pop_front();
                }
                fault
            }
            None => plan.drawn.as_mut()?.draw()?,
        };
        *self.happened.entry(fault).or_default() += 1;
        Some(fault)
    }

    /// How often each fault happened since the start.
    pub(crate) fn happened(&self) -> &BTreeMap<Fault, u64> {
        &self.happened
    }

    /// Counted faults that are still to come, by what they are for.
    pub(crate) fn waiting(&self) -> BTreeMap<On, u64> {
        self.plans.iter().map(|(on, plan)| (*on, plan.counted.iter().map(|(_, left)| u64::from(*left)).sum())).collect()
    }
}

impl Drawing {
    fn draw(&mut self) -> Option<Fault> {
        // Two numbers for each request, whatever comes of them: the n-th request is decided by the seed and n.
        let (chance, which) = (self.generator.next(), self.generator.next());
        // 53 bits, which a double holds exactly.
        let chance = (chance >> 11) as f64 / (1_u64 << 53) as f64;
        let index = which.checked_rem(u64::try_from(self.faults.len()).ok()?)?;
        (chance < self.rate).then(|| self.faults.get(usize::try_from(index).ok()?).copied()).flatten()
    }
}

/// The splitmix64 generator: small, and the same on every machine. Not for secrets.
#[derive(Debug)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> FaultOrder {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_faults_again_at_about_its_rate() {
        let run = || {
            let mut faults = Faults::default();
            faults.order(order(r#"{"rate":0.05,"seed":7,"faults":["reset","garbage"]}"#)).unwrap();
            (0..10_000).map(|_| faults.draw(On::Entries)).collect::<Vec<_>>()
        };
        let drawn = run();
        assert_eq!(drawn, run());
        let hits = drawn.iter().flatten().count();
        assert!((400..600).contains(&hits), "{hits}");
        assert!(drawn.contains(&Some(Fault::Reset)) && drawn.contains(&Some(Fault::Garbage)));
    }

    #[test]
    fn counted_faults_come_in_order_and_only_where_they_belong() {
        let mut faults = Faults::default();
        faults.order(order(r#"{"fault":"error_500","count":2}"#)).unwrap();
        faults.order(order(r#"{"fault":"closed","on":"query"}"#)).unwrap();
        assert_eq!(faults.draw(On::Export), None);
        let drawn = [On::Entries, On::Query, On::Entries, On::Entries, On::Query].map(|on| faults.draw(on));
        assert_eq!(drawn, [Some(Fault::Error500), Some(Fault::Closed), Some(Fault::Error500), None, None]);
    }

    #[test]
    fn wrong_orders_are_refused() {
        for (text, error) in [
            ("{}", OrderError::Shape),
            (r#"{"clear":true,"fault":"reset"}"#, OrderError::Shape),
            (r#"{"fault":"reset","seed":1}"#, OrderError::Shape),
            (r#"{"rate":0.5,"count":1,"faults":["reset"]}"#, OrderError::Shape),
            (r#"{"fault":"reset","count":0}"#, OrderError::Number),
            (r#"{"rate":1.5,"faults":["reset"]}"#, OrderError::Number),
            (r#"{"rate":0.5}"#, OrderError::Number),
            (r#"{"fault":"bad_certificate"}"#, OrderError::Certificate),
            (r#"{"rate":0.5,"faults":["bad_certificate"]}"#, OrderError::Certificate),
            (r#"{"fault":"wrong_receipt","on":"export"}"#, OrderError::Receipt),
        ] {
            assert_eq!(Faults::default().order(order(text)), Err(error), "{text}");
        }
        let mut faults = Faults::default();
        let taken = (0..=PLANS_MAX).map(|_| faults.order(order(r#"{"fault":"reset"}"#))).filter(Result::is_ok).count();
        assert_eq!(taken, PLANS_MAX);
    }
}
