//! The engine's data: policies, calendars, code tables and agencies, checked and compiled once.

use std::collections::HashMap;
use std::fmt;

use xiezhi_model::calendar::{MissingYear, YearCalendar};
use xiezhi_model::codes::DeviceTable;
use xiezhi_model::plugin::Decoded;
use xiezhi_model::policy::{Authority, Expiry, PolicyDocument, PublicationClocks, Reminders, Steps};
use xiezhi_model::town::{TownCode, TownTable};
use xiezhi_model::{ActId, AgencyId, CaseNumber, CivilDate, Record};

use crate::clock::Calendar;
use crate::condition::Language;
use crate::indicators::IndicatorSet;
use crate::party::Resolver;
use crate::route::Unrouted;
use crate::rules::RuleSet;
use crate::{IntakeMessage, Needs, check, party, route};

/// Everything that decisions are made from.
#[derive(Debug, Clone, Default)]
pub struct EngineData {
    /// The policies, in the order in which their rules are tried.
    pub policies: Vec<PolicyDocument>,
    /// Working-day tables.
    pub calendars: Vec<YearCalendar>,
    /// What to do where a table is missing.
    pub missing_year: MissingYear,
    /// Which entity a device stands for.
    pub devices: DeviceTable,
    /// The towns and their old codes.
    pub towns: TownTable,
    /// The agencies that can be assigned to or that send.
    pub agencies: Vec<AgencyProfile>,
}

/// What the engine must know of an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyProfile {
    /// Id.
    pub id: AgencyId,
    /// Chinese name.
    pub name: String,
    /// Whether messages can be sent to it.
    pub route: Route,
    /// Whether it is told what became of its messages.
    pub receipts: ReceiptMode,
    /// Record kinds that its plugin can write.
    pub writes: Vec<String>,
    /// The host unit (主办单位) that it is, by the name that ledgers call it; its own name where absent.
    pub host_unit: Option<String>,
    /// The town whose government it is, by today's code: `@town` in a rule finds it by the party's.
    pub town: Option<TownCode>,
}

/// How an agency is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Through a link: assignments go out as messages.
    Linked,
    /// In the house: assignments show in the case list, nothing is sent.
    Internal,
}

/// When an agency gets a receipt (回执).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptMode {
    /// For every message.
    Always,
    /// For messages that could not be used as a whole.
    Faults,
    /// Never.
    Never,
}

/// One thing that is wrong with a policy, a calendar or the agencies they name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyProblem {
    /// The policy's id, or `calendar/<year>`, or `agencies`.
    pub policy: String,
    /// Where in it, such as `rule[5.3.9-2-lost-contact].when`.
    pub path: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl PolicyProblem {
    pub(crate) fn new(policy: &str, path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { policy: policy.to_owned(), path: path.into(), text: text.into() }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.policy, self.path, self.text)
    }
}

/// Decides. Cheap to share between threads; holds no state that a decision changes.
pub struct Engine {
    pub(crate) language: Language,
    pub(crate) rules: RuleSet,
    pub(crate) indicators: IndicatorSet,
    /// Periods of indicator records that the entities' files hold.
    kept_periods: Vec<String>,
    pub(crate) calendar: Calendar,
    pub(crate) resolver: Resolver,
    pub(crate) unrouted: Unrouted,
    agencies: HashMap<AgencyId, AgencyProfile>,
    by_town: HashMap<TownCode, AgencyId>,
    follow_up: Vec<(String, FollowUp)>,
    authority: Option<Authority>,
    publication: PublicationClocks,
    /// What is proposed when a joint punishment ends, and the rule's version as histories name it.
    expiry: Option<(Expiry, String)>,
}

/// How assignments under a policy are followed up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FollowUp {
    pub(crate) reminders: Reminders,
    pub(crate) steps: Steps,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Checks the data and compiles the policies.
    ///
    /// # Errors
    /// Every problem there is, at once, in the order of the files.
    pub fn new(data: EngineData) -> Result<Self, Vec<PolicyProblem>> {
        let language = Language::new();
        let mut problems = check::data(&data);
        let rules = RuleSet::compile(&data.policies, &language, &mut problems);
        let indicators = IndicatorSet::compile(&data.policies, &language, &mut problems);
        let unrouted =
            Unrouted::new().map_err(|error| problems.push(PolicyProblem::new("engine", "unrouted", error.to_string())));
        let Ok(unrouted) = unrouted else { return Err(problems) };
        if !problems.is_empty() {
            return Err(problems);
        }
        // The newest policy's: an authority that was renamed decides under its new name.
        let authority = data.policies.iter().rev().find_map(|policy| policy.authority.clone());
        let has_clocks = |policy: &&PolicyDocument| policy.publication != PublicationClocks::default();
        let publication = data.policies.iter().rev().find(has_clocks).map(|policy| policy.publication);
        let expiry = data.policies.iter().rev().find_map(|policy| {
            let expiry = policy.expiry.clone()?;
            let version = format!("{}/{}", policy_version(policy), expiry.version);
            Some((expiry, version))
        });
        let follow_up = |policy: &PolicyDocument| FollowUp { reminders: policy.reminders, steps: policy.steps };
        let follow_up = data.policies.iter().map(|policy| (policy_version(policy), follow_up(policy))).collect();
        let town_of = |agency: &AgencyProfile| Some((agency.town.clone()?, agency.id.clone()));
        Ok(Self {
            language,
            rules,
            indicators,
            kept_periods: data.policies.iter().flat_map(|policy| policy.kept.periods.iter().cloned()).collect(),
            calendar: Calendar::new(&data.calendars, data.missing_year),
            resolver: Resolver::new(data.devices, data.towns),
            unrouted,
            by_town: data.agencies.iter().filter_map(town_of).collect(),
            agencies: data.agencies.into_iter().map(|agency| (agency.id.clone(), agency)).collect(),
            follow_up,
            authority,
            publication: publication.unwrap_or_default(),
            expiry,
        })
    }

    /// How many rules apply on a day.
    #[must_use]
    pub fn rules_active(&self, on: CivilDate) -> usize {
        self.rules.active(on)
    }

    /// Which cases to load before [`Engine::decide`] is asked about a message. Call it for what the message decodes to
    /// and for every [`crate::Joined`], and merge ([`Needs::merged`]).
    ///
    /// The keys are those of every rule that the record could match by its kind, issue code and sender: more than are
    /// needed in the end, and much cheaper than evaluating conditions twice.
    #[must_use]
    pub fn needs(&self, message: &IntakeMessage, decoded: &Decoded) -> Needs {
        let mut needs = Needs::default();
        let on = message.received_at.beijing_date();
        for (index, row) in decoded.document.records.iter().enumerate() {
            match &row.record {
                Record::Feedback(feedback) => needs.cases.push(feedback.assignment.case_number()),
                Record::MeasureFeedback(answer) => needs.acts.extend(ActId::parse(&answer.request)),
                Record::Receipt(receipt) => needs.receipts.push(receipt.message_id.clone()),
                _ => {}
            }
            if message.redrives > 0 {
                // Before it was redriven, the message may have opened cases that are closed by now.
                needs.cases.push(CaseNumber::for_intake(on.year(), message.seq, index));
            }
            if let Some(party) = row.record.party() {
                let party = self.resolver.resolve(party, &message.agency, on);
                let entity = party::entity_key(&party, message, index);
                for (category, proposes) in route::categories(self, message, &row.record) {
                    let key = party::join_key(&entity, category);
                    if proposes {
                        needs.proposing.push(key.clone());
                    }
                    needs.join_keys.push(key);
                }
            }
        }
        Needs::merged([needs])
    }

    pub(crate) fn agency(&self, id: &AgencyId) -> Option<&AgencyProfile> {
        self.agencies.get(id)
    }

    /// The agency's Chinese name, or its id.
    pub(crate) fn agency_name<'a>(&'a self, id: &'a AgencyId) -> &'a str {
        self.agencies.get(id).map_or(id.as_str(), |agency| agency.name.as_str())
    }

    /// Whether the entities' files hold indicator records of this period.
    pub(crate) fn keeps_period(&self, period: &str) -> bool {
        self.kept_periods.iter().any(|kept| kept == period)
    }

    /// The link of a host unit, by the name that ledgers call it.
    pub(crate) fn host_unit_link(&self, name: &str) -> Option<AgencyId> {
        let is_it = |agency: &&AgencyProfile| agency.host_unit.as_deref().unwrap_or(&agency.name) == name;
        self.agencies.values().filter(is_it).map(|agency| agency.id.clone()).min()
    }

    /// Whether a record of this kind can be sent to the agency.
    pub(crate) fn sends(&self, id: &AgencyId, kind: &str) -> bool {
        self.agencies
            .get(id)
            .is_some_and(|agency| agency.route == Route::Linked && agency.writes.iter().any(|written| written == kind))
    }

    /// What is proposed when a joint punishment ends.
    pub(crate) fn expiry(&self) -> Option<(&Expiry, &str)> {
        self.expiry.as_ref().map(|(expiry, version)| (expiry, version.as_str()))
    }

    /// By when what is decided must be public, and how long the steps of an objection may take.
    pub(crate) fn publication_clocks(&self) -> PublicationClocks {
        self.publication
    }

    /// Who decides legal acts.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// The linked agencies that a record of this kind can be sent to, by id.
    pub(crate) fn agencies_that_take(&self, kind: &str) -> Vec<AgencyId> {
        let mut takers: Vec<AgencyId> = self.agencies.keys().filter(|id| self.sends(id, kind)).cloned().collect();
        takers.sort_unstable();
        takers
    }

    /// The township agency of a town.
    pub(crate) fn agency_of_town(&self, town: &TownCode) -> Option<&AgencyId> {
        self.by_town.get(town)
    }

    /// Whether an agency can be assigned to: in the house, or reached by a link whose plugin can write it.
    pub(crate) fn takes_assignments(&self, id: &AgencyId) -> bool {
        self.agency(id).is_some_and(|agency| agency.route == Route::Internal) || self.sends(id, "assignment")
    }

    /// How assignments of a case are followed up: by the policy that opened it, else by a newer version of it, else by
    /// any.
    pub(crate) fn follow_up(&self, policy_version: &str) -> Option<FollowUp> {
        let id = |version: &str| version.split('@').next().unwrap_or_default().to_owned();
        let found = |wanted: &dyn Fn(&str) -> bool| {
            self.follow_up.iter().rev().find(|(version, _)| wanted(version)).map(|(_, follow_up)| *follow_up)
        };
        found(&|version| version == policy_version)
            .or_else(|| found(&|version| id(version) == id(policy_version)))
            .or_else(|| found(&|_| true))
    }
}

/// `<policy id>@<version>`.
pub(crate) fn policy_version(policy: &PolicyDocument) -> String {
    format!("{}@{}", policy.id, policy.version)
}
