//! Legal acts: two different persons decide, each kind says what it must, and what is decided goes out once.

use std::slice;

use xiezhi_engine::{AgencyProfile, CaseBook, Decision, Denial, Engine, EngineData, Proposal, ReceiptMode, Route};
use xiezhi_model::act::{Account, ActKind, ActStatus, ActTerms, Ballot, LegalAct, PersonRole};
use xiezhi_model::audit::AuditAction;
use xiezhi_model::case::{Case, Source};
use xiezhi_model::policy::{Clock, ClockUnit};
use xiezhi_model::{AccountName, ActId, Record, Uscc};
use xiezhi_ports::Trigger;

use crate::support::{YUNYI, agency, at, clue, decide, finish, message, noon, number, shipped};

/// The shipped agencies, and those that are told of acts.
fn engine() -> Engine {
    let taker = |id: &str, name: &str, writes: &[&str]| AgencyProfile {
        id: agency(id),
        name: name.to_owned(),
        route: Route::Linked,
        receipts: ReceiptMode::Never,
        writes: writes.iter().map(|&kind| kind.to_owned()).collect(),
        host_unit: None,
        town: None,
    };
    let mut data: EngineData = shipped();
    data.agencies.push(taker("credit-publicity", "国家企业信用信息公示系统", &["publication"]));
    data.agencies.push(taker("host-canal", "运河商务区管委会", &["notice"]));
    Engine::new(data).unwrap()
}

/// A case of lost contact with one source.
fn opened(engine: &Engine) -> (Case, Vec<Source>) {
    let mut book = CaseBook::default();
    let record = clue("ga-xslb", "02", "登记地址查无下落", YUNYI);
    let decision = decide(engine, &message(17, "police"), vec![record], &mut book);
    let case = book.case(&number("TZ-2026-0000017")).unwrap().clone();
    (case, decision.settlement.cases[0].sources.clone())
}

fn person(name: &str, role: PersonRole) -> Account {
    Account {
        name: AccountName::parse(name).unwrap(),
        role,
        password_hash: String::new(),
        created_at: at("2026-01-01 00:00:00"),
        disabled: false,
    }
}

fn officer() -> Account {
    person("officer-a", PersonRole::Officer)
}

fn reviewer() -> Account {
    person("reviewer-b", PersonRole::Reviewer)
}

fn proposal<'a>(case: &'a Case, evidence: &'a [Source], kind: ActKind, terms: ActTerms) -> Proposal<'a> {
    Proposal {
        case,
        evidence,
        taken_back: None,
        others: &[],
        kind,
        clause: None,
        reason: "两次现场核查均无法取得联系".to_owned(),
        terms,
        clock: None,
    }
}

fn cause() -> ActTerms {
    ActTerms { cause: Some("4".to_owned()), ..ActTerms::default() }
}

fn approve(decision: Option<&str>) -> Ballot {
    Ballot::Approve { decision: decision.map(str::to_owned), remark: String::new() }
}

fn act_of(decision: &Decision) -> LegalAct {
    decision.settlement.acts[0].clone()
}

/// Both approve.
fn decided(engine: &Engine, act: &LegalAct) -> Decision {
    let examined = act_of(&engine.vote(act, &[], &officer(), approve(None), noon()).unwrap());
    engine.vote(&examined, &[], &reviewer(), approve(Some("京通市监列异〔2026〕17号")), noon()).unwrap()
}

fn code(result: Result<Decision, Denial>) -> &'static str {
    result.unwrap_err().code
}

#[test]
fn a_listing_is_proposed_examined_decided_and_goes_out_once() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let proposed = engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon()).unwrap();
    assert_eq!((&proposed.settlement.trigger, proposed.drafts.len()), (&Trigger::Person, 0));
    let act = act_of(&proposed);
    assert_eq!((act.id.as_str(), act.status, act.version), ("TZ-2026-0000017/A1", ActStatus::Proposed, 1));
    assert_eq!((act.terms.receivers.as_slice(), act.evidence.len()), ([agency("credit-publicity")].as_slice(), 1));

    let examined = engine.vote(&act, &[], &officer(), approve(None), noon()).unwrap();
    assert_eq!(examined.drafts, [], "one person is not enough");
    let examined = act_of(&examined);
    assert_eq!((examined.status, examined.version), (ActStatus::Examined, 2));

    let last = decided(&engine, &act);
    assert_eq!(last, decided(&engine, &act), "the same ids again");
    let [draft] = last.drafts.as_slice() else { panic!("{:?}", last.drafts) };
    let Record::Publication(publication) = &draft.record else { panic!("{:?}", draft.record) };
    assert_eq!(
        (publication.entry.as_str(), publication.act.as_str(), publication.cause.as_str()),
        ("TZ-2026-0000017-A1", "list_in", "4")
    );
    assert_eq!(publication.authority_code.as_deref(), Some("110112"));
    assert_eq!(publication.decided_on, noon().beijing_date());
    let settlement = finish(&engine, last);
    assert_eq!(settlement.outgoing[0].kind, "publication");
    let texts: Vec<_> = settlement.audit.iter().map(|entry| (entry.action, entry.actor.as_str())).collect();
    assert_eq!(texts, [(AuditAction::ActDecided, "person:reviewer-b"); 2]);
    assert!(settlement.audit[0].text.contains("京通市监列异〔2026〕17号"), "{}", settlement.audit[0].text);
}

#[test]
fn two_different_persons_with_their_roles_decide() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let act = act_of(&engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon()).unwrap());
    let now = noon();
    let both = |role| person("officer-a", role);
    assert_eq!(code(engine.vote(&act, &[], &reviewer(), approve(Some("1号")), now)), "act.role");
    let examined = act_of(&engine.vote(&act, &[], &officer(), approve(None), now).unwrap());
    assert_eq!(code(engine.vote(&examined, &[], &officer(), approve(Some("1号")), now)), "act.role");
    assert_eq!(
        code(engine.vote(&examined, &[], &both(PersonRole::Reviewer), approve(Some("1号")), now)),
        "act.same-person"
    );
    let closed = Account { disabled: true, ..reviewer() };
    assert_eq!(code(engine.vote(&examined, &[], &closed, approve(Some("1号")), now)), "act.account-closed");
    assert_eq!(code(engine.vote(&examined, &[], &reviewer(), approve(None), now)), "act.text-missing");
    // Another officer examined what this one proposed; made a reviewer since, they may still not be the second person.
    let other = act_of(&engine.vote(&act, &[], &person("officer-c", PersonRole::Officer), approve(None), now).unwrap());
    assert_eq!(
        code(engine.vote(&other, &[], &both(PersonRole::Reviewer), approve(Some("1号")), now)),
        "act.same-person"
    );
    let decided = act_of(&engine.vote(&examined, &[], &reviewer(), approve(Some("1号")), now).unwrap());
    assert_eq!(
        code(engine.vote(&decided, &[], &person("reviewer-d", PersonRole::Reviewer), approve(Some("2号")), now)),
        "act.closed"
    );
    assert_eq!(code(engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &reviewer(), now)), "act.role");
}

#[test]
fn a_refusal_needs_a_reason_and_ends_it() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let act = act_of(&engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon()).unwrap());
    let refuse = |remark: &str| Ballot::Refuse { remark: remark.to_owned() };
    assert_eq!(code(engine.vote(&act, &[], &officer(), refuse(" "), noon())), "act.text-missing");
    let refused = engine.vote(&act, &[], &officer(), refuse("当事人已恢复联系"), noon()).unwrap();
    assert_eq!(refused.drafts, []);
    assert_eq!(refused.settlement.audit[0].action, AuditAction::ActRefused);
    let refused = act_of(&refused);
    assert_eq!((refused.status, refused.closed_at()), (ActStatus::Refused, Some(noon())));
    assert_eq!(code(engine.vote(&refused, &[], &reviewer(), approve(Some("1号")), noon())), "act.closed");
}

#[test]
fn each_kind_says_what_it_must() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let days = Some(Clock { amount: 10, unit: ClockUnit::WorkingDay });
    let with = |receivers: &[&str], terms: ActTerms| ActTerms {
        receivers: receivers.iter().map(|id| agency(id)).collect(),
        ..terms
    };
    let punishment = || ActTerms {
        measure_code: Some("A01".to_owned()),
        legal_basis: Some("《企业信息公示暂行条例》".to_owned()),
        ..ActTerms::default()
    };
    let address = || ActTerms { cluster_address: Some("JQ-001".to_owned()), ..ActTerms::default() };
    let members = ["development-reform", "fiscal"];
    for (kind, terms, clock, expected) in [
        (ActKind::ListIn, ActTerms::default(), None, Err("act.terms")),
        (ActKind::ListIn, cause(), None, Ok(1)),
        (ActKind::ListOut, cause(), None, Err("act.takes-back")),
        (ActKind::JointPunishment, with(&members, ActTerms::default()), days, Err("act.terms")),
        (ActKind::JointPunishment, with(&members, punishment()), None, Err("act.terms")),
        (ActKind::JointPunishment, punishment(), days, Err("act.receivers")),
        (ActKind::JointPunishment, with(&["environment"], punishment()), days, Err("act.receivers")),
        (ActKind::JointPunishment, with(&["nobody"], punishment()), days, Err("act.receivers")),
        (ActKind::JointPunishment, with(&members, punishment()), days, Ok(2)),
        (ActKind::Lift, ActTerms::default(), None, Err("act.takes-back")),
        (ActKind::Interview, with(&["host-canal"], ActTerms::default()), None, Ok(1)),
        (ActKind::Rectify, with(&["host-canal"], ActTerms::default()), None, Err("act.terms")),
        (ActKind::Rectify, with(&["host-canal"], ActTerms::default()), days, Ok(1)),
        (ActKind::Suspend, with(&["host-canal"], ActTerms::default()), None, Err("act.terms")),
        (ActKind::Suspend, with(&["host-canal"], address()), None, Ok(1)),
        (ActKind::Resume, with(&["host-canal"], address()), None, Ok(1)),
        (ActKind::Cancel, with(&["host-canal"], address()), None, Ok(1)),
    ] {
        let mut proposal = proposal(&case, &sources, kind, terms.clone());
        proposal.clock = clock;
        let result = engine.propose(proposal, &officer(), noon());
        let got = result.map(|proposed| decided(&engine, &act_of(&proposed)).drafts.len()).map_err(|error| error.code);
        assert_eq!(got, expected, "{kind:?} {terms:?}");
    }
    let none: &[Source] = &[];
    assert_eq!(
        code(engine.propose(proposal(&case, none, ActKind::ListIn, cause()), &officer(), noon())),
        "act.evidence"
    );
}

#[test]
fn texts_have_bounds() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let long = |chars| "字".repeat(chars);
    let propose = |reason: String| {
        let mut proposal = proposal(&case, &sources, ActKind::ListIn, cause());
        proposal.reason = reason;
        engine.propose(proposal, &officer(), noon())
    };
    assert_eq!(code(propose(long(2_001))), "act.text");
    assert_eq!(code(propose("钟\u{7}".to_owned())), "act.text");
    assert_eq!(code(propose(" ".to_owned())), "act.text-missing");
    let act = act_of(&propose(long(2_000)).unwrap());
    let examined = act_of(&engine.vote(&act, &[], &officer(), approve(None), noon()).unwrap());
    assert_eq!(code(engine.vote(&examined, &[], &reviewer(), approve(Some(&long(101))), noon())), "act.text");
    let remark = Ballot::Refuse { remark: long(2_001) };
    assert_eq!(code(engine.vote(&examined, &[], &reviewer(), remark, noon())), "act.text");
}

#[test]
fn a_year_without_a_calendar_is_refused() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let terms = ActTerms { receivers: vec![agency("host-canal")], ..ActTerms::default() };
    let mut late = proposal(&case, &sources, ActKind::Rectify, terms);
    late.clock = Some(Clock { amount: 10, unit: ClockUnit::WorkingDay });
    assert_eq!(code(engine.propose(late, &officer(), at("2026-12-30 09:00:00"))), "act.calendar");
}

#[test]
fn a_lift_reaches_everybody_that_got_the_punishment() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let terms = ActTerms {
        measure_code: Some("A01".to_owned()),
        legal_basis: Some("《企业信息公示暂行条例》".to_owned()),
        receivers: vec![agency("fiscal"), agency("development-reform"), agency("fiscal")],
        ..ActTerms::default()
    };
    let mut first = proposal(&case, &sources, ActKind::JointPunishment, terms);
    first.clock = Some(Clock { amount: 10, unit: ClockUnit::WorkingDay });
    let open = act_of(&engine.propose(first, &officer(), noon()).unwrap());
    let punished = act_of(&decided(&engine, &open));
    let propose_lift = |taken_back: &LegalAct, case: &Case| {
        let others = [taken_back.clone()];
        let mut lift = proposal(case, &sources, ActKind::Lift, ActTerms::default());
        (lift.taken_back, lift.others) = (Some(taken_back), &others);
        engine.propose(lift, &officer(), noon())
    };
    assert_eq!(code(propose_lift(&open, &case)), "act.takes-back", "not decided yet");
    let mut stranger = case.clone();
    stranger.party.uscc = Some(Uscc::parse(crate::support::XINDA).unwrap());
    stranger.join_key = stranger.join_key.replace(YUNYI, crate::support::XINDA);
    assert_eq!(code(propose_lift(&punished, &stranger)), "act.takes-back", "another entity");
    let last = decided(&engine, &act_of(&propose_lift(&punished, &case).unwrap()));
    let reached: Vec<_> = last.drafts.iter().map(|draft| draft.agency.as_str()).collect();
    assert_eq!(reached, ["development-reform", "fiscal"]);
    for draft in &last.drafts {
        let Record::Lift(lift) = &draft.record else { panic!("{:?}", draft.record) };
        assert_eq!(lift.request, ActId::of(&case.number, 1).to_string());
    }
    // A message of the punishment that was given up is not sent after the lift.
    let (lifted, message) = (act_of(&last), punished.message_id(&agency("fiscal")));
    assert!(xiezhi_engine::sent_again(std::slice::from_ref(&punished), &message, noon()).is_ok());
    let denied = xiezhi_engine::sent_again(&[punished, lifted], &message, noon()).unwrap_err();
    assert_eq!(denied.code, "act.taken-back");
}

#[test]
fn a_denial_is_told_with_its_act() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let act = act_of(&engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon()).unwrap());
    let denial = engine.vote(&act, &[], &reviewer(), approve(Some("1号")), noon()).unwrap_err();
    let entry = denial.entry("reviewer-b", Some(&act), noon());
    assert_eq!((entry.action, entry.actor.as_str()), (AuditAction::ActDenied, "person:reviewer-b"));
    assert_eq!((entry.act, entry.case_number), (Some(act.id), Some(case.number)));
    assert!(entry.text.contains("须由办案人员办理"), "{}", entry.text);
}

#[test]
fn what_takes_a_listing_back_names_it() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let listing =
        act_of(&engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon()).unwrap());
    let listing = act_of(&decided(&engine, &listing));
    let others = [listing.clone()];
    for (kind, name) in [(ActKind::ListOut, "list_out"), (ActKind::Correction, "correction")] {
        let mut removal = proposal(&case, &sources, kind, cause());
        (removal.taken_back, removal.others) = (Some(&listing), &others);
        let last = decided(&engine, &act_of(&engine.propose(removal, &officer(), noon()).unwrap()));
        let Record::Publication(publication) = &last.drafts[0].record else { panic!("{:?}", last.drafts) };
        assert_eq!((publication.entry.as_str(), publication.act.as_str()), ("TZ-2026-0000017-A1", name));
    }
}

#[test]
fn nothing_is_published_without_an_authority() {
    let mut data = shipped();
    data.policies[0].authority = None;
    let engine = Engine::new(data).unwrap();
    let (case, sources) = opened(&engine);
    assert_eq!(
        code(engine.propose(proposal(&case, &sources, ActKind::ListIn, cause()), &officer(), noon())),
        "act.authority"
    );
}

#[test]
fn nothing_is_said_twice() {
    let engine = engine();
    let (case, sources) = opened(&engine);
    let propose = |kind, terms, taken_back: Option<&LegalAct>, others: &[LegalAct]| {
        let mut proposal = proposal(&case, &sources, kind, terms);
        (proposal.taken_back, proposal.others) = (taken_back, others);
        engine.propose(proposal, &officer(), noon())
    };
    let open = act_of(&propose(ActKind::ListIn, cause(), None, &[]).unwrap());
    assert_eq!(code(propose(ActKind::ListIn, cause(), None, slice::from_ref(&open))), "act.exists", "one waits");
    let listed = act_of(&decided(&engine, &open));
    assert_eq!(code(propose(ActKind::ListIn, cause(), None, slice::from_ref(&listed))), "act.exists", "listed already");
    let refused = LegalAct { status: ActStatus::Refused, ..open };
    assert_eq!(act_of(&propose(ActKind::ListIn, cause(), None, &[refused]).unwrap()).id.nth(), 2, "after a refusal");

    let removal = act_of(&propose(ActKind::ListOut, cause(), Some(&listed), slice::from_ref(&listed)).unwrap());
    let both = [listed.clone(), removal.clone()];
    assert_eq!(code(propose(ActKind::ListOut, cause(), Some(&listed), &both)), "act.exists");
    assert_eq!(
        code(propose(ActKind::Correction, cause(), Some(&listed), &both)),
        "act.exists",
        "one way to take it back"
    );
    assert_eq!(code(propose(ActKind::ListIn, cause(), None, &both)), "act.exists", "not removed yet");
    let both = [listed.clone(), act_of(&decided(&engine, &removal))];
    assert_eq!(code(propose(ActKind::ListOut, cause(), Some(&listed), &both)), "act.exists", "removed already");
    assert_eq!(act_of(&propose(ActKind::ListIn, cause(), None, &both).unwrap()).id.nth(), 3, "lost again");
}
