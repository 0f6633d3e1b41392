//! The compiled indicators of all policies, and what one adds to a tally.

use xiezhi_model::CivilDate;
use xiezhi_model::case::Source;
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::policy::{Indicator, IndicatorSubject, PolicyDocument, Threshold};

use super::{EVIDENCE_MAX, Tally};
use crate::PolicyProblem;
use crate::condition::{Count, Facts, Language};
use crate::engine::policy_version;

/// One indicator, compiled.
#[derive(Debug)]
pub(crate) struct CompiledIndicator {
    pub(crate) indicator: Indicator,
    /// `<policy id>@<version>`.
    pub(crate) policy_version: String,
    /// `<policy id>@<version>/<indicator version>`.
    pub(crate) rule_version: String,
    /// The category in Chinese.
    pub(crate) category_name: String,
    count: Count,
    base: Option<Count>,
    from: CivilDate,
    to: Option<CivilDate>,
}

/// All indicators, in file order.
#[derive(Debug, Default)]
pub(crate) struct IndicatorSet {
    indicators: Vec<CompiledIndicator>,
}

impl IndicatorSet {
    /// Compiles every indicator; what does not compile is added to the problems.
    pub(crate) fn compile(policies: &[PolicyDocument], language: &Language, problems: &mut Vec<PolicyProblem>) -> Self {
        let mut set = Self::default();
        for policy in policies {
            for indicator in &policy.indicators {
                let mut compile = |field: &str, text: &str| {
                    let path = format!("indicator[{}].{field}", indicator.id);
                    let report = |text: String| problems.push(PolicyProblem::new(&policy.id, path.clone(), text));
                    language.compile_count(text).map_err(|texts| texts.into_iter().for_each(report)).ok()
                };
                let count = compile("count", &indicator.count);
                let base = indicator.base.as_deref().map(|base| compile("base", base));
                if let (Some(count), None | Some(Some(_))) = (count, &base) {
                    set.push(policy, indicator, count, base.flatten());
                }
            }
        }
        set
    }

    fn push(&mut self, policy: &PolicyDocument, indicator: &Indicator, count: Count, base: Option<Count>) {
        let policy_version = policy_version(policy);
        let category = policy.categories.iter().find(|category| category.id == indicator.category);
        self.indicators.push(CompiledIndicator {
            rule_version: format!("{policy_version}/{}", indicator.version),
            policy_version,
            category_name: category.map(|category| category.name.clone()).unwrap_or_default(),
            count,
            base,
            from: policy.effective_from,
            to: policy.effective_to,
            indicator: indicator.clone(),
        });
    }

    /// The indicators of a subject's kind that apply on a day, with their places.
    pub(crate) fn of(
        &self,
        subject: IndicatorSubject,
        on: CivilDate,
    ) -> impl Iterator<Item = (usize, &CompiledIndicator)> {
        let applies = move |indicator: &CompiledIndicator| {
            indicator.indicator.subject == subject && indicator.from <= on && indicator.to.is_none_or(|to| on <= to)
        };
        self.indicators.iter().enumerate().filter(move |(_, indicator)| applies(indicator))
    }

    pub(crate) fn len(&self) -> usize {
        self.indicators.len()
    }
}

impl CompiledIndicator {
    /// Adds a file. One that cannot be counted is counted as such, and the case says so.
    pub(crate) fn add(&self, file: &EntityFile, facts: &Facts, tally: &mut Tally) {
        let base = self.base.as_ref().map_or(Ok(0), |base| base.of(facts));
        match (self.count.of(facts), base) {
            (Ok(count), Ok(base)) => {
                tally.files = tally.files.saturating_add(1);
                tally.count = tally.count.saturating_add(count);
                tally.base = tally.base.saturating_add(base);
                let speaks = match self.indicator.threshold {
                    Threshold::AtLeast(_) | Threshold::AtLeastPercent(_) => count > 0,
                    Threshold::BelowPercent(_) => base > count,
                };
                if speaks {
                    self.note(file, tally);
                } else if tally.clear.is_none() {
                    tally.clear = source(file, &format!("复核{}，未计入", self.indicator.name));
                }
            }
            (Err(why), _) | (_, Err(why)) => tally.uncounted = (tally.uncounted.0.saturating_add(1), why),
        }
    }

    fn note(&self, file: &EntityFile, tally: &mut Tally) {
        tally.addresses.extend(file.ledger().and_then(|entry| entry.cluster_address));
        if tally.evidence.len() < EVIDENCE_MAX {
            tally.evidence.extend(source(file, &format!("计入{}", self.indicator.name)));
        }
    }
}

/// A file as a source: its newest record, whose message leads to everything else in it.
fn source(file: &EntityFile, what: &str) -> Option<Source> {
    let kept = file.records.last()?;
    let party = file.party().unwrap_or_default();
    let name = party.name.as_deref().unwrap_or("名称不详");
    let code = party.uscc.as_ref().map_or(file.entity.as_str(), xiezhi_model::Uscc::as_str);
    Some(Source {
        agency: kept.agency.clone(),
        reference: code.to_owned(),
        message_id: kept.message_id.clone(),
        inbox_seq: kept.inbox_seq,
        row: kept.row,
        kind: kept.record.kind().to_owned(),
        title: format!("{name}（{code}）：{what}"),
        received_at: kept.received_at,
    })
}
