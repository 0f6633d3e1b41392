//! What is written is read back: assignments, reminders and receipts, in one part and in many.

use std::collections::BTreeMap;

use xiezhi_sdk::model::place::{Coordinate, Datum};
use xiezhi_sdk::model::record::{
    Assignment, Direction, Feedback, FeedbackResult, Party, Receipt, ReceiptOutcome, Reminder, RowResult,
    SCHEMA_VERSION,
};
use xiezhi_sdk::model::town::TownCode;
use xiezhi_sdk::model::{AgencyId, AssignmentId, CaseNumber, ClauseId, MessageId, Record, Uscc, UtcTime};
use xiezhi_sdk::{Input, Plugin as _};

use super::{context, context_with, decode, json, records};
use crate::command::{FEEDBACK, RECEIPT_UP};
use crate::encode::{self, Field, Sender, frames};
use crate::escape::unescape;
use crate::segment::Header;
use crate::{Environment, cp, frame};

/// Every separator, the marks of frames and areas, and characters of one to four bytes.
const NASTY: &str = "a;b,c=d&&e//f/##0101;100%3B%/漷𠅤\r\n&&1C80\r\n##";

fn assignment(text: &str) -> Assignment {
    Assignment {
        schema_version: SCHEMA_VERSION,
        assignment: AssignmentId::parse("TZ-2026-0000017/1").unwrap(),
        case_number: CaseNumber::parse("TZ-2026-0000017").unwrap(),
        agency: AgencyId::parse("environment").unwrap(),
        role: "lead".to_owned(),
        clause: ClauseId::parse("5.3.9(2)").unwrap(),
        category: "address-mismatch".to_owned(),
        category_name: "住所与登记不符".to_owned(),
        party: Party {
            name: Some("北京运河新材环保设备有限公司".to_owned()),
            uscc: Some(Uscc::parse("91110112MAYYT0032W").unwrap()),
            address: Some("北京市通州区马驹桥镇景盛南四街15号院3号楼".to_owned()),
            town: Some(TownCode::parse("110112109").unwrap()),
            coordinate: Some(Coordinate::parse("116.5", "39.75", Datum::Cgcs2000).unwrap()),
            device: Some(super::MN.to_owned()),
        },
        title: "治理设施停运，请核查".to_owned(),
        text: text.to_owned(),
        source_agency: AgencyId::parse("urban-management").unwrap(),
        source_reference: "通城管案〔2026〕12号".to_owned(),
        assigned_at: UtcTime::parse_compact_beijing("20260917101500").unwrap(),
        due_at: UtcTime::parse_compact_beijing("20260924235959999").unwrap(),
    }
}

/// The fields of a message's frames, texts joined and unescaped; also checks each frame's limits.
fn read_back(body: &[u8]) -> (usize, BTreeMap<String, String>) {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut numbers = Vec::new();
    for (_, candidate) in frame::split(body).unwrap() {
        let found = candidate.unwrap();
        assert_eq!(crate::crc::standard(found.segment), found.crc);
        assert!(found.segment.len() <= 1024);
        let header = Header::read(std::str::from_utf8(found.segment).unwrap(), found.segment_offset).unwrap();
        assert!(header.cp.len() + 4 <= 950, "{}", header.cp.len());
        numbers.push((header.qn.unwrap().to_owned(), header.part));
        for item in cp::items(header.cp, 0).unwrap() {
            let text = fields.entry(item.name.to_owned()).or_default();
            if !(numbers.len() > 1 && matches!(item.name, "DataTime" | "AssignId" | "MsgId")) {
                text.push_str(&unescape(item.text()));
            }
        }
    }
    let total = numbers.len();
    for (index, (qn, part)) in numbers.iter().enumerate() {
        assert_eq!(part.map(|p| (p.index as usize, p.total as usize)), (total > 1).then_some((index + 1, total)));
        assert!(numbers.iter().filter(|(other, _)| other == qn).count() == 1, "each part has a QN of its own");
    }
    (total, fields)
}

#[test]
fn an_assignment_is_one_frame_with_every_field() {
    let record = Record::Assignment(Box::new(assignment("SB1停运。")));
    let encoded = Environment::encode(&record, &context()).unwrap();
    assert_eq!(encoded.content_type, "text/plain; charset=UTF-8");
    let (frames, fields) = read_back(&encoded.body);
    assert_eq!(frames, 1);
    let expected = [
        ("Addr", "北京市通州区马驹桥镇景盛南四街15号院3号楼"),
        ("AssignId", "TZ-2026-0000017/1"),
        ("CaseNo", "TZ-2026-0000017"),
        ("Category", "address-mismatch"),
        ("CategoryName", "住所与登记不符"),
        ("Clause", "5.3.9(2)"),
        ("DataTime", "20260917101500"),
        ("Device", super::MN),
        ("DueTime", "20260924235959"),
        ("Info", "SB1停运。"),
        ("Lat", "39.750000000"),
        ("Lon", "116.500000000"),
        ("Name", "北京运河新材环保设备有限公司"),
        ("Role", "lead"),
        ("Source", "urban-management"),
        ("SourceRef", "通城管案〔2026〕12号"),
        ("Title", "治理设施停运，请核查"),
        ("Town", "110112109"),
        ("Uscc", "91110112MAYYT0032W"),
    ];
    assert_eq!(fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn long_and_nasty_texts_come_back_over_several_parts() {
    for text in ["监管".repeat(3_000), NASTY.repeat(60), "𠅤;".repeat(2_000), "x".repeat(900), NASTY.to_owned()] {
        let record = Record::Assignment(Box::new(assignment(&text)));
        let encoded = Environment::encode(&record, &context()).unwrap();
        let (frames, fields) = read_back(&encoded.body);
        assert_eq!(fields["Info"], text);
        assert_eq!(fields["AssignId"], "TZ-2026-0000017/1");
        assert_eq!(frames > 1, text.len() > 300, "{frames} frames for {} bytes", text.len());
    }
    let endless = Record::Assignment(Box::new(assignment(&"监".repeat(400_000))));
    assert_eq!(Environment::encode(&endless, &context()).unwrap_err().code, "hj212.text-too-long");
}

#[test]
fn a_text_of_any_length_fills_parts_without_breaking_them() {
    for length in 0..700 {
        let text = format!("{}监;", "a".repeat(length));
        let record = Record::Assignment(Box::new(assignment(&text)));
        let (_, fields) = read_back(&Environment::encode(&record, &context()).unwrap().body);
        assert_eq!(fields["Info"], text, "{length}");
    }
}

#[test]
fn a_reminder_names_the_assignment_and_its_level() {
    let from = assignment("");
    let record = Record::Reminder(Box::new(Reminder {
        schema_version: SCHEMA_VERSION,
        assignment: from.assignment,
        case_number: from.case_number,
        agency: from.agency,
        clause: from.clause,
        party: from.party,
        title: NASTY.to_owned(),
        due_at: from.due_at,
        level: 2,
        sent_at: UtcTime::parse_compact_beijing("20260925090000").unwrap(),
    }));
    let (_, fields) = read_back(&Environment::encode(&record, &context()).unwrap().body);
    let found = |name: &str| fields[name].as_str();
    assert_eq!((found("Level"), found("DataTime"), found("Title")), ("2", "20260925090000", NASTY));
    assert_eq!((found("AssignId"), found("CaseNo")), ("TZ-2026-0000017/1", "TZ-2026-0000017"));
}

fn receipt(rows: u32) -> Receipt {
    let row = |row: u32| RowResult {
        row,
        code: "hj212.crc-mismatch".to_owned(),
        text: format!("第{row}个数据包的校验码应为1C80，实为0759；{NASTY}"),
    };
    Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id: MessageId::parse("工单=7;//x").unwrap(),
        outcome: ReceiptOutcome::Partial,
        code: Some("hj212.crc-mismatch".to_owned()),
        text: NASTY.to_owned(),
        rows: (1..=rows).map(row).collect(),
        case_numbers: ["TZ-2026-0000017", "TZ-2026-0000018"].map(|n| CaseNumber::parse(n).unwrap()).to_vec(),
    }
}

#[test]
fn a_receipt_is_the_same_in_both_directions() {
    for rows in [0, 1, 40] {
        let record = receipt(rows);
        let ours = Receipt { direction: Direction::ToAgency, ..record.clone() };
        let encoded = Environment::encode(&Record::Receipt(Box::new(ours)), &context()).unwrap();
        let (total, fields) = read_back(&encoded.body);
        assert_eq!(total > 1, rows > 1);
        assert_eq!(fields["MsgId"], "工单=7;//x");
        // The department writes the same fields under CN 8113.
        let sender = Sender { st: "91", pw: "000000", mn: super::MN, cn: RECEIPT_UP, at: context().at };
        let repeated = [Field::code("DataTime", "20260917101501"), Field::text("MsgId", record.message_id.as_str())];
        let body = frames(&sender, &repeated, &encode::receipt(&record)).unwrap();
        let decoded = decode(&body).unwrap();
        assert_eq!(decoded.document.row_faults, []);
        assert_eq!(records(&decoded), [&Record::Receipt(Box::new(record))]);
    }
}

#[test]
fn feedback_of_many_parts_comes_back_whole_also_part_by_part() {
    let sender = Sender { st: "91", pw: "000000", mn: super::MN, cn: FEEDBACK, at: context().at };
    let text = NASTY.repeat(50);
    let write = |assignment: &str| {
        let repeated = [Field::code("DataTime", "20260918153000"), Field::code("AssignId", assignment)];
        frames(&sender, &repeated, &[Field::code("Result", "4"), Field::text("Info", &text)]).unwrap()
    };
    let body = write("TZ-2026-0000017/1");
    let decoded = decode(&body).unwrap();
    let expected = Record::Feedback(Box::new(Feedback {
        schema_version: SCHEMA_VERSION,
        reference: format!("{}/8111/20260918153000/20260917101501007", super::MN),
        assignment: AssignmentId::parse("TZ-2026-0000017/1").unwrap(),
        result: FeedbackResult::Done,
        text: text.clone(),
        at: Some(UtcTime::parse_compact_beijing("20260918153000").unwrap()),
        attachments: Vec::new(),
    }));
    assert_eq!(records(&decoded), [&expected]);
    // Two answers of one second must not be mixed up, and each part may come in a message of its own.
    let other = write("TZ-2026-0000018/1");
    let mut mixed: Vec<Vec<u8>> = Vec::new();
    for message in [&body, &other] {
        mixed.extend(frame::split(message).unwrap().into_iter().map(|(_, frame)| frame.unwrap().bytes.to_vec()));
    }
    mixed.sort_by_key(|frame| frame.iter().rev().map(|&b| u32::from(b)).sum::<u32>());
    assert_eq!(records(&decode(&mixed.concat()).unwrap()).len(), 2);
    let mut parts: Vec<_> = mixed.iter().flat_map(|frame| decode(frame).unwrap().parts).collect();
    parts.retain(|part| part.key.ends_with("TZ-2026-0000017/1"));
    parts.sort_by_key(|part| part.index);
    let bodies = parts.iter().map(|part| part.body.as_slice()).collect();
    let joined = Environment::decode(&Input::Parts(bodies), &context()).unwrap();
    assert_eq!(records(&joined), [&expected]);
}

#[test]
fn settings_decide_whose_name_is_on_a_frame() {
    let record = Record::Assignment(Box::new(assignment("x")));
    let by_default = String::from_utf8(Environment::encode(&record, &context()).unwrap().body).unwrap();
    assert!(by_default.contains("QN=20260917101501007;ST=91;CN=8101;PW=000000;MN=000000000000000000110112;Flag=4;"));
    for (name, value, expected) in
        [("st", "22", ";ST=22;"), ("pw", "abc123", ";PW=abc123;"), ("mn", "1101120000A", ";MN=1101120000A;")]
    {
        let encoded = Environment::encode(&record, &context_with(name, value.into())).unwrap();
        assert!(String::from_utf8(encoded.body).unwrap().contains(expected));
    }
}

#[test]
fn the_same_call_gives_the_same_bytes() {
    let record = Record::Assignment(Box::new(assignment(&NASTY.repeat(100))));
    let first = Environment::encode(&record, &context()).unwrap();
    let decoded = decode(include_bytes!("../../../../tests/samples/05b-env-stream.hj212")).unwrap();
    for _ in 0..3 {
        assert_eq!(Environment::encode(&record, &context()).unwrap(), first);
        assert_eq!(decode(include_bytes!("../../../../tests/samples/05b-env-stream.hj212")).unwrap(), decoded);
    }
    assert_eq!(json(records(&decoded)[0])["kind"], "indicator");
}
