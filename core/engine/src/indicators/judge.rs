//! What follows from a tally: a case where the threshold is reached, the next step while it stays so, and the end of a suspension
//! once it is mended.

use xiezhi_model::UtcTime;
use xiezhi_model::act::{ActKind, ActStatus, LegalAct};
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::policy::{IndicatorSubject, Propose, Threshold};
use xiezhi_model::record::Party;
use xiezhi_model::{AgencyId, CivilDate};
use xiezhi_ports::{InboxOutcome, Settlement, Trigger};

use super::compile::CompiledIndicator;
use super::{Tallies, Tally, case};
use crate::acts::{Ground, Made, Reason, record_kind};
use crate::{Decision, Engine, party};

/// Who or what is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Of which kind.
    pub kind: IndicatorSubject,
    /// Who.
    pub party: &'a Party,
    /// Its own file: its cases and the acts about it.
    pub own: &'a EntityFile,
}

impl Engine {
    /// Decides what follows from the tallies: for each indicator at most one decision, based on the file's cases and acts; T2
    /// refuses those that have changed since.
    #[must_use]
    pub fn judge(&self, judged: Judged<'_>, tallies: &Tallies, now: UtcTime) -> Vec<Decision> {
        let nothing = Tally::default();
        let mut decisions = Vec::new();
        for (place, indicator) in self.indicators.of(judged.kind, now.beijing_date()) {
            let tally = tallies.0.get(place).unwrap_or(&nothing);
            decisions.extend(self.judge_one(judged, indicator, tally, now));
        }
        decisions
    }

    fn judge_one(
        &self,
        judged: Judged<'_>,
        indicator: &CompiledIndicator,
        tally: &Tally,
        now: UtcTime,
    ) -> Option<Decision> {
        let reached = tally.reaches(indicator.indicator.threshold, indicator.indicator.base_min);
        let join_key = party::join_key(&judged.own.entity, &indicator.indicator.category);
        let last = judged.own.cases.iter().rev().find(|case| case.join_key == join_key);
        let open = last.filter(|case| case.status != CaseStatus::Closed);
        match (open, reached) {
            // A suspension may outlive its case.
            (None, false) => last.and_then(|case| self.mended(judged, indicator, tally, case, now)),
            (None, true) if rests(last, indicator, now) => None,
            (None, true) => Some(self.raise(judged, indicator, tally, join_key, now)),
            (Some(case), true) => self.next_step(judged, indicator, tally, case, now),
            (Some(case), false) => self.mended(judged, indicator, tally, case, now),
        }
    }

    fn raise(
        &self,
        judged: Judged<'_>,
        indicator: &CompiledIndicator,
        tally: &Tally,
        join_key: String,
        now: UtcTime,
    ) -> Decision {
        let mut opened = case::open(self, judged, indicator, tally, join_key, now);
        if let Some(step) = indicator.indicator.propose.first() {
            let sources = tally.evidence.clone();
            self.add_step(&mut opened, judged, indicator, tally, step, &sources, now);
        }
        opened
    }

    /// Proposes the next step once the one before is decided and its time is over.
    fn next_step(
        &self,
        judged: Judged<'_>,
        indicator: &CompiledIndicator,
        tally: &Tally,
        case: &Case,
        now: UtcTime,
    ) -> Option<Decision> {
        let of_case: Vec<&LegalAct> = judged.own.acts.iter().filter(|act| act.case_number == case.number).collect();
        let taken = |step: &&Propose| of_case.iter().any(|act| act.kind == step.act);
        let steps = &indicator.indicator.propose;
        let next = steps.iter().find(|step| !taken(step))?;
        let before = steps.iter().rev().find(taken)?;
        let is_over = |act: &&&LegalAct| {
            let due = act.terms.due.as_ref().map_or(act.closed_at(), |due| Some(due.at));
            act.status == ActStatus::Decided && due.is_some_and(|due| due < now)
        };
        let of_step: Vec<_> = of_case.iter().filter(|act| act.kind == before.act).collect();
        if !of_step.iter().all(is_over) {
            return None;
        }
        let mut decision = Decision::of(Settlement::empty(Trigger::Timer, InboxOutcome::Done, now), Vec::new());
        decision.settlement.cases.push(case::touched(case, now));
        self.add_step(&mut decision, judged, indicator, tally, next, &tally.evidence, now);
        (!decision.settlement.acts.is_empty()).then_some(decision)
    }

    /// Proposes that suspensions end whose reason is mended.
    fn mended(
        &self,
        judged: Judged<'_>,
        indicator: &CompiledIndicator,
        tally: &Tally,
        case: &Case,
        now: UtcTime,
    ) -> Option<Decision> {
        let of_case = || judged.own.acts.iter().filter(|act| act.case_number == case.number);
        let suspended = of_case().filter(|act| act.kind == ActKind::Suspend && act.status == ActStatus::Decided);
        let is_resumed = |address: &Option<String>| {
            of_case().any(|act| {
                act.kind == ActKind::Resume && act.status != ActStatus::Refused && act.terms.cluster_address == *address
            })
        };
        let addresses = suspended.map(|act| &act.terms.cluster_address).filter(|address| !is_resumed(address));
        let tally = Tally { addresses: addresses.flatten().cloned().collect(), ..tally.clone() };
        if tally.addresses.is_empty() {
            return None;
        }
        let suspend = indicator.indicator.propose.iter().find(|step| step.act == ActKind::Suspend)?;
        let resume = Propose {
            act: ActKind::Resume,
            reason: format!("{}已恢复正常（{}）", indicator.indicator.name, says(indicator, &tally)),
            clock: None,
            ..suspend.clone()
        };
        let evidence = [tally.clear.clone()?];
        let mut decision = Decision::of(Settlement::empty(Trigger::Timer, InboxOutcome::Done, now), Vec::new());
        decision.settlement.cases.push(case::touched(case, now));
        self.add_step(&mut decision, judged, indicator, &tally, &resume, &evidence, now);
        (!decision.settlement.acts.is_empty()).then_some(decision)
    }

    /// Adds the acts of a step to a decision that writes the case: one for each address where the act is about one.
    #[expect(clippy::too_many_arguments, reason = "what is judged, by what, and what follows")]
    fn add_step(
        &self,
        decision: &mut Decision,
        judged: Judged<'_>,
        indicator: &CompiledIndicator,
        tally: &Tally,
        step: &Propose,
        evidence: &[Source],
        now: UtcTime,
    ) {
        let Some(case) = decision.settlement.cases.first().map(|write| std::sync::Arc::clone(&write.case)) else {
            return;
        };
        let receivers = self.link_of(judged, step);
        let reason = Reason {
            rule: &indicator.indicator.id,
            rule_version: &indicator.rule_version,
            clause: &indicator.indicator.clause,
        };
        let is_about_address = matches!(step.act, ActKind::Suspend | ActKind::Resume | ActKind::Cancel);
        let addresses: Vec<Option<&str>> = match is_about_address {
            true => tally.addresses.iter().map(|address| Some(address.as_str())).collect(),
            false => vec![None],
        };
        let step = Propose { reason: format!("{}（{}）", step.reason, says(indicator, tally)), ..step.clone() };
        let mut others = judged.own.acts.clone();
        for cluster_address in addresses {
            let ground =
                Ground { case: &case, evidence, others: &others, only: None, receivers: &receivers, cluster_address };
            let Made { acts, audit } = self.made_by_policy(&step, reason, ground, now);
            others.extend(acts.iter().cloned());
            decision.settlement.acts.extend(acts);
            decision.settlement.audit.extend(audit);
        }
    }

    /// The host unit's own link, where the act can be told there.
    fn link_of(&self, judged: Judged<'_>, step: &Propose) -> Vec<AgencyId> {
        let name = judged.party.name.as_deref().filter(|_| judged.kind == IndicatorSubject::HostUnit);
        let link = name.and_then(|name| self.host_unit_link(name));
        link.filter(|agency| self.sends(agency, record_kind(step.act))).into_iter().collect()
    }
}

/// Whether the indicator was raised lately and its case is closed.
fn rests(last: Option<&Case>, indicator: &CompiledIndicator, now: UtcTime) -> bool {
    let until = |day: CivilDate| day.plus_days(i32::from(indicator.indicator.rest_days));
    last.is_some_and(|case| now.beijing_date() <= until(case.updated_at.beijing_date()))
}

/// The number in words, such as `12户中9户，75%，低于95%`.
pub(super) fn says(indicator: &CompiledIndicator, tally: &Tally) -> String {
    let share = || tally.count.saturating_mul(100).checked_div(tally.base).unwrap_or(0);
    match indicator.indicator.threshold {
        Threshold::AtLeast(least) => format!("现为{}，达到{least}", tally.count),
        Threshold::BelowPercent(below) => {
            format!("应计{}、实计{}，约{}%，标准为{below}%以上", tally.base, tally.count, share())
        }
        Threshold::AtLeastPercent(least) => {
            format!("应计{}、实计{}，约{}%，标准为不足{least}%", tally.base, tally.count, share())
        }
    }
}
