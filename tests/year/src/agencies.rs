//! The agencies: each has a temper, and answers by it what it is sent, some days later.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xiezhi_kit::Random;
use xiezhi_model::{AgencyId, MessageId, Record};

use crate::district::{District, Expect};
use crate::ledger::address_entry;

/// Percent of what a returning agency gets that it sends back.
const RETURNED_PERCENT: u64 = 60;
/// Percent of reminders after the deadline that move a slow agency.
const MOVED_PERCENT: u64 = 50;
/// Percent of requests that a prompt or slow agency refuses, with a reason.
const REFUSED_PERCENT: u64 = 10;

/// How an agency answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Temper {
    /// Within days.
    Prompt,
    /// Mostly after the deadline, some only after reminders.
    Slow,
    /// Sends much back as not its duty; refuses joint punishments.
    Returning,
    /// Names numbers that are unknown or others', forgets reasons, answers twice, and in the end rightly.
    Wrong,
    /// Never.
    Silent,
}

/// Dealt to the agencies in a shuffled order, so that every temper is there with every seed.
const DECK: [Temper; 8] = [
    Temper::Prompt,
    Temper::Slow,
    Temper::Returning,
    Temper::Prompt,
    Temper::Wrong,
    Temper::Silent,
    Temper::Prompt,
    Temper::Slow,
];

/// Of these one returns: the policy's rules name who is next.
const RETURNING: [&str; 2] = ["urban-management", "planning"];
/// Of these one is silent: each leads cases by itself.
const SILENT: [&str; 3] = ["housing", "fire", "emergency"];

/// Something that an agency will send.
#[derive(Debug, Clone)]
struct Planned {
    agency: AgencyId,
    records: Vec<Value>,
    expect: Expect,
}

/// All agencies.
#[derive(Debug)]
pub(crate) struct Agencies {
    pub(crate) tempers: BTreeMap<AgencyId, Temper>,
    random: Random,
    /// By the day on which it is sent.
    planned: BTreeMap<usize, Vec<Planned>>,
    /// Every assignment that went out: a wrong agency names others'.
    assigned: Vec<(AgencyId, String)>,
    /// From this day on nobody answers any more, so that the year can end.
    last_day: usize,
    references: u64,
}

/// Picks one of them; `None` of none.
pub(crate) fn pick<'a, T>(random: &mut Random, items: &'a [T]) -> Option<&'a T> {
    let last = u64::try_from(items.len()).unwrap_or(0).checked_sub(1)?;
    items.get(usize::try_from(random.between(0, last)).unwrap_or(0))
}

/// A number of days.
pub(crate) fn days(random: &mut Random, low: u64, high: u64) -> usize {
    usize::try_from(random.between(low, high)).unwrap_or(0)
}

/// True so often, in percent.
pub(crate) fn chance(random: &mut Random, percent: u64) -> bool {
    random.between(1, 100) <= percent
}

impl Agencies {
    /// Deals the tempers.
    pub(crate) fn new(ids: &[AgencyId], bureau: &AgencyId, seed: u64, last_day: usize) -> Self {
        let mut random = Random::new(seed ^ 0xa6e4_c1e5);
        let mut shuffled: Vec<(u64, &AgencyId)> = ids.iter().map(|id| (random.next_u64(), id)).collect();
        shuffled.sort();
        let dealt = shuffled.iter().zip(DECK.iter().cycle()).map(|((_, id), temper)| ((*id).clone(), *temper));
        let mut tempers: BTreeMap<AgencyId, Temper> = dealt.collect();
        // Two cases in three are the bureau's own: were it silent, little else could be seen.
        let of_bureau = *pick(&mut random, &[Temper::Prompt, Temper::Slow, Temper::Wrong]).unwrap_or(&Temper::Prompt);
        tempers.insert(bureau.clone(), of_bureau);
        // Somebody returns what a rule knows a next agency for, and somebody with cases of its own never answers.
        for (temper, among) in [(Temper::Returning, RETURNING.as_slice()), (Temper::Silent, SILENT.as_slice())] {
            if let Some(id) = pick(&mut random, among)
                && let Some((_, held)) = tempers.iter_mut().find(|(agency, _)| agency.as_str() == *id)
            {
                *held = temper;
            }
        }
        Self { tempers, random, planned: BTreeMap::new(), assigned: Vec::new(), last_day, references: 0 }
    }

    /// An agency gets a record, and plans what it answers.
    pub(crate) fn receive(&mut self, day: usize, to: &AgencyId, id: &MessageId, record: &Record) {
        let temper = self.tempers.get(to).copied().unwrap_or(Temper::Prompt);
        match record {
            Record::Assignment(assignment) => self.assignment(day, to, temper, assignment.assignment.as_str()),
            Record::Reminder(reminder) => {
                let moves = temper == Temper::Slow && reminder.level > 0 && chance(&mut self.random, MOVED_PERCENT);
                if moves {
                    let answer = self.feedback(reminder.assignment.as_str(), "done", "经督办已办结");
                    self.plan(day + 1, to, vec![answer], Expect::Done);
                }
            }
            Record::JointPunishment(request) => self.measure(day, to, temper, &request.request),
            Record::Lift(lift) => self.measure(day, to, temper, &lift.request),
            Record::Publication(_) => self.publication(day, to, temper, id),
            Record::Notice(notice) => {
                let status = match notice.act.as_deref() {
                    Some("suspend") => "suspended",
                    Some("resume") => "active",
                    Some("cancel") => "cancelled",
                    _ => return,
                };
                // The filing platform carries the decision out, whatever its temper: it stands in the address's file.
                if let Some(address) = notice.cluster_address.as_deref().filter(|_| to.as_str() == "address-filing") {
                    let entry = address_entry(address, None, status);
                    self.plan(day + 1, to, vec![entry], Expect::Done);
                }
            }
            _ => {}
        }
    }

    fn assignment(&mut self, day: usize, to: &AgencyId, temper: Temper, id: &str) {
        self.assigned.push((to.clone(), id.to_owned()));
        match temper {
            Temper::Silent => {}
            Temper::Prompt => self.handle(day, to, id, 1, (2, 6)),
            Temper::Slow => {
                let accepted = days(&mut self.random, 2, 5);
                self.handle(day, to, id, accepted, (8, 35));
            }
            Temper::Returning => {
                if chance(&mut self.random, RETURNED_PERCENT) {
                    let answer = self.feedback(id, "returned", "非本单位职责");
                    let later = days(&mut self.random, 1, 3);
                    self.plan(day + later, to, vec![answer], Expect::Done);
                } else {
                    self.handle(day, to, id, 1, (2, 6));
                }
            }
            Temper::Wrong => self.confuse(day, to, id),
        }
    }

    /// Accepts, works and reports, in three messages or one.
    fn handle(&mut self, day: usize, to: &AgencyId, id: &str, accepted: usize, done: (u64, u64)) {
        let finished = accepted + days(&mut self.random, done.0, done.1);
        let steps = [
            ("accepted", "已接收", accepted),
            ("in_progress", "正在办理", accepted + 1),
            ("done", "已依法处理", finished),
        ];
        let answers: Vec<(Value, usize)> =
            steps.iter().map(|(result, text, after)| (self.feedback(id, result, text), day + after)).collect();
        if chance(&mut self.random, 30) {
            let records = answers.into_iter().map(|(answer, _)| answer).collect();
            self.plan(day + finished, to, records, Expect::Done);
            return;
        }
        for (answer, on) in answers {
            self.plan(on, to, vec![answer], Expect::Done);
        }
    }

    fn confuse(&mut self, day: usize, to: &AgencyId, id: &str) {
        if chance(&mut self.random, 40) {
            let unknown = self.feedback("TZ-2026-9999999/1", "done", "已办结");
            self.plan(day + 1, to, vec![unknown], Expect::Dead("case.unknown"));
        }
        let others: Vec<String> =
            self.assigned.iter().filter(|(agency, _)| agency != to).map(|(_, other)| other.clone()).collect();
        if chance(&mut self.random, 40)
            && let Some(other) = pick(&mut self.random, &others).cloned()
        {
            let answer = self.feedback(&other, "done", "已办结");
            self.plan(day + 1, to, vec![answer], Expect::Dead("case.not-assigned"));
        }
        let later = days(&mut self.random, 3, 9);
        let right = self.feedback(id, "done", "已办结");
        let unknown = self.feedback("TZ-2026-8888888/2", "accepted", "");
        self.plan(day + later, to, vec![unknown, right], Expect::Done);
        let again = self.feedback(id, "accepted", "");
        self.plan(day + later + 1, to, vec![again], Expect::Done);
    }

    fn measure(&mut self, day: usize, to: &AgencyId, temper: Temper, request: &str) {
        let later = match temper {
            Temper::Silent => return,
            Temper::Prompt | Temper::Returning | Temper::Wrong => days(&mut self.random, 1, 7),
            Temper::Slow => days(&mut self.random, 10, 30),
        };
        if temper == Temper::Wrong {
            let (unreasoned, unknown) = (self.measured(request, false, " "), self.measured("LHCJ-0", true, "已落实"));
            self.plan(day + 1, to, vec![unreasoned], Expect::Dead("act.no-reason"));
            self.plan(day + 1, to, vec![unknown], Expect::Dead("case.unknown"));
            // One in four forgets the right answer over the wrong ones.
            if chance(&mut self.random, 25) {
                return;
            }
            let (right, again) = (self.measured(request, true, "已落实"), self.measured(request, true, "已落实"));
            self.plan(day + later, to, vec![right], Expect::Done);
            self.plan(day + later + 2, to, vec![again], Expect::Done);
            return;
        }
        let refuses = temper == Temper::Returning || chance(&mut self.random, REFUSED_PERCENT);
        let answer = match refuses {
            true => self.measured(request, false, "无相应职权，不能落实"),
            false => self.measured(request, true, "已落实"),
        };
        self.plan(day + later, to, vec![answer], Expect::Done);
    }

    /// The credit system confirms an entry, some times late, or refuses it, or never answers.
    fn publication(&mut self, day: usize, to: &AgencyId, temper: Temper, id: &MessageId) {
        let later = match temper {
            Temper::Silent => return,
            Temper::Prompt | Temper::Returning | Temper::Wrong => 1,
            Temper::Slow => days(&mut self.random, 2, 20),
        };
        let refuses = temper != Temper::Slow && chance(&mut self.random, REFUSED_PERCENT);
        let (outcome, text) = if refuses { ("refused", "列入文号重复") } else { ("accepted", "已公示") };
        let code = refuses.then_some("5");
        let receipt = json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": id, "outcome": outcome,
            "code": code, "text": text
        });
        self.plan(day + later, to, vec![receipt.clone()], Expect::Done);
        if temper == Temper::Wrong {
            let unknown = json!({
                "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "0".repeat(32),
                "outcome": "accepted", "text": "已公示"
            });
            self.plan(day + later, to, vec![unknown, receipt], Expect::Done);
        }
    }

    fn feedback(&mut self, assignment: &str, result: &str, text: &str) -> Value {
        let reference = self.reference("FK");
        json!({
            "kind": "feedback", "schema_version": 1, "reference": reference, "assignment": assignment,
            "result": result, "text": text
        })
    }

    fn measured(&mut self, request: &str, applied: bool, text: &str) -> Value {
        let reference = self.reference("CJ");
        json!({
            "kind": "measure_feedback", "schema_version": 1, "reference": reference, "request": request,
            "applied": applied, "text": text
        })
    }

    fn reference(&mut self, prefix: &str) -> String {
        self.references += 1;
        format!("{prefix}-{}", self.references)
    }

    fn plan(&mut self, day: usize, agency: &AgencyId, records: Vec<Value>, expect: Expect) {
        if day <= self.last_day {
            let planned = Planned { agency: agency.clone(), records, expect };
            self.planned.entry(day).or_default().push(planned);
        }
    }

    /// Sends what is planned for the day.
    pub(crate) fn act(&mut self, day: usize, district: &mut District) -> anyhow::Result<()> {
        for Planned { agency, records, expect } in self.planned.remove(&day).unwrap_or_default() {
            district.send(&agency, records, expect)?;
        }
        Ok(())
    }
}
