//! The work on one message: cases as they change, history, drafts and counts, until it all becomes a decision.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use xiezhi_model::act::LegalAct;
use xiezhi_model::audit::{ACTOR_GATEWAY, AuditAction, AuditEntry};
use xiezhi_model::case::{Case, CaseStatus, Source};
use xiezhi_model::fault::{Fault, RowFault};
use xiezhi_model::ledger::EntityRecord;
use xiezhi_model::message::Outgoing;
use xiezhi_model::{ActId, AgencyId, CaseNumber, Digest, MessageId, Record, RuleId, UtcTime};
use xiezhi_ports::CaseWrite;

use crate::book::source_key;
use crate::{CaseBook, Draft, Engine, IntakeMessage};

/// Most rules named in an audit text; the rest are counted.
const RULES_NAMED_MAX: usize = 5;

/// The work on one message.
pub(crate) struct Work<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) message: &'a IntakeMessage,
    pub(crate) now: UtcTime,
    /// The plugin that read the message.
    pub(crate) plugin: Option<Digest>,
    book: &'a CaseBook,
    touched: Vec<Touched>,
    /// Places in `touched`: a message may have thousands of rows.
    by_number: HashMap<CaseNumber, usize>,
    by_join_key: HashMap<String, usize>,
    opened: usize,
    /// Acts that this message proposes or changes.
    acts: BTreeMap<ActId, LegalAct>,
    /// What goes into the entities' files.
    pub(crate) entity_records: Vec<EntityRecord>,
    pub(crate) audit: Vec<AuditEntry>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) row_faults: Vec<RowFault>,
    pub(crate) counts: Counts,
    /// Cases that the message opened, joined or answered, in order.
    pub(crate) case_numbers: Vec<CaseNumber>,
    numbers_noted: HashSet<CaseNumber>,
    undecided: BTreeMap<RuleId, &'static str>,
}

/// What became of the records.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) opened: usize,
    pub(crate) joined: usize,
    pub(crate) repeated: usize,
    pub(crate) unrouted: usize,
    pub(crate) answered: usize,
    pub(crate) noted: usize,
}

/// A case that this message changes.
struct Touched {
    case: Case,
    added: Vec<Source>,
    /// Their keys.
    added_keys: BTreeSet<Digest>,
}

/// What the finished work changes in the cases.
pub(crate) struct Changes {
    /// As T2 writes it.
    pub(crate) writes: Vec<CaseWrite>,
    /// As the book keeps it: the keys of each write's new sources.
    pub(crate) source_keys: Vec<BTreeSet<Digest>>,
    /// Acts, as T2 writes them and as the book keeps them.
    pub(crate) acts: Vec<LegalAct>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        message: &'a IntakeMessage,
        plugin: Option<Digest>,
        book: &'a CaseBook,
        now: UtcTime,
    ) -> Self {
        Self {
            engine,
            message,
            now,
            plugin,
            book,
            touched: Vec::new(),
            by_number: HashMap::new(),
            by_join_key: HashMap::new(),
            opened: 0,
            acts: BTreeMap::new(),
            entity_records: Vec::new(),
            audit: Vec::new(),
            drafts: Vec::new(),
            row_faults: Vec::new(),
            counts: Counts::default(),
            case_numbers: Vec::new(),
            numbers_noted: HashSet::new(),
            undecided: BTreeMap::new(),
        }
    }

    /// An audit entry about the message, which the caller completes and pushes.
    pub(crate) fn entry(&self, action: AuditAction, text: impl Into<String>) -> AuditEntry {
        AuditEntry {
            agency: Some(self.message.agency.clone()),
            inbox_seq: Some(self.message.seq),
            message_id: Some(self.message.message_id.clone()),
            message_digest: Some(self.message.digest),
            plugin_digest: self.plugin,
            ..AuditEntry::new(self.now, action, ACTOR_GATEWAY, text)
        }
    }

    /// The case of a number, with this message's changes.
    pub(crate) fn case(&self, number: &CaseNumber) -> Option<&Case> {
        match self.by_number.get(number).and_then(|place| self.touched.get(*place)) {
            Some(touched) => Some(&touched.case),
            None => self.book.case(number),
        }
    }

    /// The open case that a record with this key joins, with this message's changes.
    pub(crate) fn open_case(&self, join_key: &str) -> Option<&Case> {
        let touched = self.by_join_key.get(join_key).and_then(|place| self.touched.get(*place));
        match touched {
            Some(touched) => (touched.case.status != CaseStatus::Closed).then_some(&touched.case),
            None => self.book.open_case(join_key),
        }
    }

    /// The case of a number, to be changed: it is written with its version raised by one, however often it is changed.
    pub(crate) fn case_mut(&mut self, number: &CaseNumber) -> Option<&mut Case> {
        let now = self.now;
        self.touch(number).map(|touched| {
            touched.case.updated_at = now;
            &mut touched.case
        })
    }

    /// Opens a case. `version` 1 says that it is based on none.
    pub(crate) fn open(&mut self, case: Case, source: Source) {
        self.note_case(&case.number);
        self.push(Touched { case, added_keys: BTreeSet::from([source_key(&source)]), added: vec![source] });
    }

    /// An act, with this message's changes.
    pub(crate) fn act(&self, id: &ActId) -> Option<LegalAct> {
        self.acts.get(id).or_else(|| self.book.act(id)).cloned()
    }

    /// The acts about an entity, with this message's changes.
    pub(crate) fn acts_of(&self, entity: &str) -> Vec<LegalAct> {
        let unchanged = self.book.acts_of(entity).filter(|act| !self.acts.contains_key(&act.id));
        unchanged.chain(self.acts.values().filter(|act| act.entity == entity)).cloned().collect()
    }

    /// Every act that is known here, with this message's changes.
    pub(crate) fn known_acts(&self) -> impl Iterator<Item = &LegalAct> {
        let unchanged = self.book.known_acts().filter(|act| !self.acts.contains_key(&act.id));
        unchanged.chain(self.acts.values())
    }

    /// Writes an act, whose version the caller raised by one.
    pub(crate) fn write_act(&mut self, act: LegalAct) {
        let first = self.book.act(&act.id).map_or(0, |stored| stored.version).saturating_add(1);
        // However often a message changes an act, it is written once.
        let act = LegalAct { version: first, ..act };
        self.acts.insert(act.id.clone(), act);
    }

    /// The sources of a case that are known here, with this message's.
    pub(crate) fn sources_of(&self, number: &CaseNumber) -> Vec<Source> {
        let touched = self.by_number.get(number).and_then(|place| self.touched.get(*place));
        let added = touched.into_iter().flat_map(|touched| &touched.added);
        self.book.evidence(number).iter().chain(added).cloned().collect()
    }

    /// The number of the next case that this message opens. Numbers that the message used before it was redriven are
    /// passed over.
    pub(crate) fn next_number(&mut self) -> CaseNumber {
        let year = self.message.received_at.beijing_date().year();
        loop {
            let number = CaseNumber::for_intake(year, self.message.seq, self.opened);
            self.opened += 1;
            // Ends: the book and the work hold finitely many cases.
            if self.case(&number).is_none() {
                return number;
            }
        }
    }

    /// Adds a source to a case; `false` when the case has it already, and then nothing is changed.
    pub(crate) fn add_source(&mut self, number: &CaseNumber, source: Source) -> bool {
        let key = source_key(&source);
        let touched = self.by_number.get(number).and_then(|place| self.touched.get(*place));
        let known =
            touched.is_some_and(|touched| touched.added_keys.contains(&key)) || self.book.has_source(number, &key);
        self.note_case(number);
        if known {
            return false;
        }
        let now = self.now;
        if let Some(touched) = self.touch(number) {
            let case = &mut touched.case;
            case.updated_at = now;
            case.source_count = case.source_count.saturating_add(1);
            if !case.source_agencies.contains(&source.agency) {
                case.source_agencies.push(source.agency.clone());
            }
            touched.added_keys.insert(key);
            touched.added.push(source);
        }
        true
    }

    /// Drafts a record for an agency and returns the id that its message gets.
    pub(crate) fn draft(
        &mut self,
        rule: &str,
        index: usize,
        agency: &AgencyId,
        case_number: Option<CaseNumber>,
        record: Record,
    ) -> MessageId {
        let id = Outgoing::derive_id(&self.cause(), rule, agency, index);
        self.drafts.push(Draft { id: id.clone(), agency: agency.clone(), case_number, record });
        id
    }

    /// What outgoing ids derive from: the inbox key.
    pub(crate) fn cause(&self) -> String {
        format!("{}|{}|{}", self.message.agency, self.message.message_id, self.message.digest)
    }

    pub(crate) fn fault_row(&mut self, row: u32, fault: Fault) {
        self.row_faults.push(RowFault { row, fault });
    }

    pub(crate) fn note_case(&mut self, number: &CaseNumber) {
        if self.numbers_noted.insert(number.clone()) {
            self.case_numbers.push(number.clone());
        }
    }

    pub(crate) fn note_undecided(&mut self, rule: &RuleId, why: &'static str) {
        self.undecided.insert(rule.clone(), why);
    }

    /// What became of the message, for its audit row.
    pub(crate) fn settled_text(&self, records: usize) -> String {
        let counts = self.counts;
        let mut text = format!("共{records}条记录、{}条有误", self.row_faults.len());
        for (count, what) in [
            (counts.opened, "新开案件"),
            (counts.joined, "并入案件"),
            (counts.repeated, "重复报送"),
            (counts.unrouted, "转人工分派"),
            (counts.answered, "处置反馈"),
            (counts.noted, "仅登记"),
        ] {
            if count > 0 {
                text.push_str(&format!("；{what}{count}"));
            }
        }
        if !self.undecided.is_empty() {
            let named: Vec<_> =
                self.undecided.iter().take(RULES_NAMED_MAX).map(|(rule, why)| format!("{rule}（{why}）")).collect();
            text.push_str(&format!("；规则{}未能判断", named.join("、")));
            if self.undecided.len() > RULES_NAMED_MAX {
                text.push_str(&format!("，连同其他共{}条规则", self.undecided.len()));
            }
        }
        text
    }

    /// The changed cases: as T2 writes them, and as the book keeps them.
    pub(crate) fn into_changes(self) -> Changes {
        let acts = self.acts.into_values().collect();
        let mut changes = Changes { writes: Vec::new(), source_keys: Vec::new(), acts };
        for Touched { case, added, added_keys } in self.touched {
            changes.writes.push(CaseWrite { case: Arc::new(case), sources: added });
            changes.source_keys.push(added_keys);
        }
        changes
    }

    fn touch(&mut self, number: &CaseNumber) -> Option<&mut Touched> {
        let place = match self.by_number.get(number) {
            Some(place) => *place,
            None => {
                let mut case = self.book.case(number)?.clone();
                case.version = case.version.saturating_add(1);
                self.push(Touched { case, added: Vec::new(), added_keys: BTreeSet::new() })
            }
        };
        self.touched.get_mut(place)
    }

    fn push(&mut self, touched: Touched) -> usize {
        let place = self.touched.len();
        self.by_number.insert(touched.case.number.clone(), place);
        self.by_join_key.insert(touched.case.join_key.clone(), place);
        self.touched.push(touched);
        place
    }
}
