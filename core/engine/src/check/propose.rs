//! What is wrong with the acts that a policy proposes and with its indicators.

use std::collections::BTreeSet;

use xiezhi_model::act::ActKind;
use xiezhi_model::policy::{Indicator, IndicatorSubject, Propose, Threshold};

use super::PolicyCheck;
use crate::Route;
use crate::acts::record_kind;

/// Longest time in which an indicator rests, and longest time for which a punishment holds, in days.
const DAYS_MAX: u16 = 3_660;

impl PolicyCheck<'_> {
    /// Checks the indicators, whose ids no rule may have and whose categories are theirs alone.
    pub(super) fn indicators(&mut self) {
        let policy = self.policy;
        let mut ids: BTreeSet<_> = policy.rules.iter().map(|rule| &rule.id).collect();
        let mut categories: BTreeSet<_> = policy.rules.iter().map(|rule| rule.category.as_str()).collect();
        for indicator in &policy.indicators {
            let path = |field: &str| format!("indicator[{}].{field}", indicator.id);
            if !ids.insert(&indicator.id) {
                self.report(&path("id"), "is there twice: rules and indicators have ids of their own");
            }
            if !categories.insert(indicator.category.as_str()) {
                self.report(&path("category"), "is a rule's or another indicator's too: give it its own");
            }
            if !policy.categories.iter().any(|category| category.id == indicator.category) {
                self.report(&path("category"), &format!("unknown category {}: add it", indicator.category));
            }
            self.indicator(indicator);
        }
        if let Some(expiry) = &policy.expiry {
            if !ids.insert(&expiry.id) {
                self.report("expiry.id", "is a rule's too: give it its own");
            }
            self.clock("expiry.clock", expiry.clock);
        }
    }

    fn indicator(&mut self, indicator: &Indicator) {
        let path = |field: &str| format!("indicator[{}].{field}", indicator.id);
        if indicator.name.trim().is_empty() {
            self.report(&path("name"), "is empty: the case history shows it");
        }
        let is_share = !matches!(indicator.threshold, Threshold::AtLeast(_));
        if is_share != indicator.base.is_some() {
            self.report(&path("base"), "is what a share is of: give it with a threshold in percent, and only there");
        }
        if indicator.rest_days == 0 || indicator.rest_days > DAYS_MAX {
            self.report(&path("rest_days"), &format!("is outside 1 to {DAYS_MAX}"));
        }
        for (index, assign) in indicator.assign.iter().enumerate() {
            self.assign(&path(&format!("assign[{index}]")), assign);
        }
        let mut kinds = BTreeSet::new();
        for (index, propose) in indicator.propose.iter().enumerate() {
            let path = path(&format!("propose[{index}]"));
            if !kinds.insert(propose.act.as_str()) {
                self.report(&path, "proposes the same act as a step before");
            }
            let host_unit_is_told = indicator.subject == IndicatorSubject::HostUnit;
            self.propose(&path, propose, host_unit_is_told);
        }
    }

    /// Checks an act that is proposed. `others_are_told`: there are receivers beside those that it names.
    pub(super) fn propose(&mut self, path: &str, propose: &Propose, others_are_told: bool) {
        if propose.reason.trim().is_empty() {
            self.report(&format!("{path}.reason"), "is empty: the act says why");
        }
        if let Some(clock) = propose.clock {
            self.clock(&format!("{path}.clock"), clock);
        }
        if propose.days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
            self.report(&format!("{path}.days"), &format!("is outside 1 to {DAYS_MAX}"));
        }
        if propose.act.is_published() && propose.causes.is_empty() {
            self.report(&format!("{path}.causes"), "is empty: the credit system wants a code");
        }
        let is_punishment = propose.act == ActKind::JointPunishment;
        if is_punishment && (propose.measure_code.is_none() || propose.legal_basis.is_none() || propose.clock.is_none())
        {
            self.report(path, "needs measure_code, legal_basis and clock: nobody may punish without them");
        }
        if propose.act == ActKind::Rectify && propose.clock.is_none() {
            self.report(&format!("{path}.clock"), "is missing: an order to mend names a term");
        }
        // Who is told of a publication or a lifting follows from the act itself.
        let follows = propose.act.is_published() || propose.act.takes_back().is_some() || others_are_told;
        if propose.receivers.is_empty() && !follows {
            self.report(&format!("{path}.receivers"), "is empty: nobody would be told");
        }
        let record = record_kind(propose.act);
        for receiver in &propose.receivers {
            let path = format!("{path}.receivers");
            match self.data.agencies.iter().find(|agency| agency.id == *receiver) {
                None => self.report(&path, &format!("unknown agency {receiver}: add config/agencies/{receiver}.toml")),
                Some(agency) if agency.route == Route::Linked && !agency.writes.iter().any(|kind| kind == record) => {
                    self.report(&path, &format!("the plugin of {receiver} cannot write {record} records"));
                }
                Some(_) => {}
            }
        }
    }
}
