//! Streams: where frames begin and end, what damage costs, and what is answered.

use super::*;

/// What comes of a message: records by row, faults as `row code offset`, replies as `command serial`.
fn outcome(bytes: &[u8]) -> (Vec<u32>, Vec<String>, Vec<String>) {
    let decoded = decode(bytes).unwrap();
    let rows = decoded.document.records.iter().map(|row| row.row).collect();
    let fault = |row: &RowFault| format!("{} {} {}", row.row, row.fault.code, row.fault.offset.unwrap());
    let faults = decoded.document.row_faults.iter().map(fault).collect();
    let reply = decoded.reply.map(|reply| reply.body).unwrap_or_default();
    let answers = frame::split(&reply).into_iter().flatten().map(|frame| {
        let frame = frame.unwrap();
        assert_eq!((frame.checksum, frame.unit.len()), (frame.sum(), 0));
        format!("{} {}", frame.command, frame.header.serial)
    });
    (rows, faults, answers.collect())
}

fn check_stream(label: &str, bytes: &[u8], rows: &[u32], faults: &[&str], answers: &[&str]) {
    let (found_rows, found_faults, found_answers) = outcome(bytes);
    assert_eq!(found_rows, rows, "{label}");
    assert_eq!(found_faults, faults, "{label}");
    assert_eq!(found_answers, answers, "{label}");
}

#[test]
fn the_sample_stream_holds_three_frames() {
    check_stream("stream", STREAM, &[1, 2, 3], &[], &["3 257", "3 258"]);
}

#[test]
fn the_confirmation_is_the_sample_one() {
    let mut context = context(Value::Null);
    context.at = xiezhi_sdk::model::UtcTime::parse_rfc3339("2026-09-18T02:14:38+08:00").unwrap();
    let reply = Fire::decode(&Input::Message(ALARM), &context).unwrap().reply.unwrap();
    assert_eq!((reply.body.as_slice(), reply.content_type.as_str()), (ACK, "application/octet-stream"));
}

#[test]
fn a_wrong_check_sum_costs_the_frame_and_is_negated() {
    check_stream("sample", BAD_SUM, &[], &["1 fire.checksum-mismatch 75"], &["6 257"]);
    // Every byte from the serial number to the last one of the unit counts, those of the length apart.
    for at in (2..75).filter(|at| !(24..26).contains(at)) {
        let mut bytes = ALARM.to_vec();
        bytes[at] ^= 0x10;
        let (rows, faults, answers) = outcome(&bytes);
        assert_eq!((rows.len(), faults.len(), answers.len()), (0, 1, 1), "byte {at}");
        assert_eq!((faults[0].as_str(), &answers[0][..1]), ("1 fire.checksum-mismatch 75", "6"), "byte {at}");
    }
    for command in [3, 5, 6] {
        let mut bytes = frame::write(&header(7), command, &[]);
        bytes[27] ^= 1;
        check_stream("an answer is not answered", &bytes, &[], &["1 fire.checksum-mismatch 27"], &[]);
    }
}

/// Label, message, rows with a record, faults, answers.
type Damaged = (&'static str, Vec<u8>, &'static [u32], Vec<String>, &'static [&'static str]);

#[test]
fn damage_costs_the_frame_that_it_hits() {
    let good = data(&[3, 1, 0]);
    assert_eq!(good.len(), 33);
    let with = |at: usize, byte: u8| {
        let mut bytes = ALARM.to_vec();
        bytes[at] = byte;
        bytes
    };
    let join = |pieces: &[&[u8]]| pieces.concat();
    // A text that holds what begins and ends frames.
    let tricky = text_frame(201, "派遣编号=T/1|处理结果=4|反馈内容=@@\u{1}##@@##");
    let lost_end = &tricky[..tricky.len() - 2];
    let cases: Vec<Damaged> = vec![
        ("garbage in front", join(&[b"\r\nHELLO", &good]), &[2], vec!["1 fire.garbage 0".into()], &["3 7"]),
        ("one @ in front", join(&[b"@", &good]), &[2], vec!["1 fire.frame-truncated 0".into()], &["3 7"]),
        ("garbage between", join(&[&good, b"####", &good]), &[1, 3], vec!["2 fire.garbage 33".into()], &["3 7", "3 7"]),
        ("garbage behind", join(&[&good, b"\0"]), &[1], vec!["2 fire.garbage 33".into()], &["3 7"]),
        ("end mark", join(&[&with(76, b'!'), &good]), &[2], vec!["1 fire.end-missing 76".into()], &["3 7"]),
        ("end mark half", join(&[&with(77, 0), &good]), &[2], vec!["1 fire.end-missing 76".into()], &["3 7"]),
        ("length one less", join(&[&with(24, 0x2f), &good]), &[2], vec!["1 fire.end-missing 75".into()], &["3 7"]),
        ("length one more", join(&[&with(24, 0x31), &good]), &[2], vec!["1 fire.end-missing 77".into()], &["3 7"]),
        ("length too large", join(&[&with(25, 0x05), &good]), &[2], vec!["1 fire.length-invalid 24".into()], &["3 7"]),
        (
            "length past the end",
            join(&[&with(25, 0x03), &good]),
            &[2],
            vec!["1 fire.frame-truncated 0".into()],
            &["3 7"],
        ),
        ("bytes lost", join(&[&ALARM[..40], &good]), &[2], vec!["1 fire.frame-truncated 0".into()], &["3 7"]),
        ("last cut", join(&[&good, &ALARM[..60]]), &[1], vec!["2 fire.frame-truncated 33".into()], &["3 7"]),
        (
            "last cut in the header",
            join(&[&good, &ALARM[..9]]),
            &[1],
            vec!["2 fire.frame-truncated 33".into()],
            &["3 7"],
        ),
        (
            "damaged, then cut",
            join(&[&good, &with(76, 0), &ALARM[..60]]),
            &[1],
            vec!["2 fire.end-missing 109".into(), "3 fire.frame-truncated 111".into()],
            &["3 7"],
        ),
        ("marks in a text", join(&[&tricky, &good]), &[1, 2], vec![], &["3 7", "3 7"]),
        (
            "marks in a text without its end",
            join(&[lost_end, &good]),
            &[2],
            vec![format!("1 fire.end-missing {}", tricky.len() - 2)],
            &["3 7"],
        ),
    ];
    for (label, bytes, rows, faults, answers) in cases {
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        check_stream(label, &bytes, rows, &faults, answers);
    }
}

#[test]
fn the_shipped_damaged_stream_keeps_its_good_frames() {
    let faults =
        ["1 fire.garbage 0", "3 fire.checksum-mismatch 155", "4 fire.end-missing 234", "6 fire.frame-truncated 266"];
    check_stream("own sample", DAMAGED, &[2, 5], &faults, &["3 257", "6 257"]);
}

#[test]
fn only_data_and_commands_are_answered() {
    for (command, answer) in
        [(1, vec!["6 7"]), (4, vec!["6 7"]), (0, vec![]), (7, vec![]), (128, vec![]), (255, vec![])]
    {
        let bytes = frame::write(&header(7), command, &[3, 1, 0]);
        check_stream("command", &bytes, &[], &["1 fire.command-unsupported 26"], &answer);
    }
    check_stream("answer with data", &frame::write(&header(7), 5, &[3, 1, 0]), &[1], &[], &[]);
    check_stream("refused contents", &data(&[99, 1]), &[], &["1 fire.type-unsupported 27"], &["3 7"]);
}

#[test]
fn a_stream_of_the_largest_size_is_read_and_one_frame_more_is_not() {
    let frame = frame::write(&header(7), 3, &[]);
    assert_eq!(decode(&frame.repeat(2_000)).unwrap().document.records.len(), 2_000);
    check("frames", &decode(&frame.repeat(2_001)).unwrap_err(), "fire.limit", Some(60_000), None);
}
