//! Texts over several frames, in one message and in several.

use super::*;
use crate::parts::prefix;

/// The frames of a feedback whose text is split after `cut` bytes.
fn split(cut: usize) -> [Vec<u8>; 2] {
    let text = gb18030_bytes("派遣编号=TZ-2026-0000017/1|处理结果=4|反馈内容=漷㛃");
    let piece = |serial: u16, index: usize, bytes: &[u8]| {
        frame::write(&header(serial), 2, &unit(201, &[&prefix(index, 2), bytes].concat()))
    };
    [piece(65_535, 1, &text[..cut]), piece(0, 2, &text[cut..])]
}

#[test]
fn the_frames_of_a_text_are_joined_in_any_order() {
    let [first, second] = split(20);
    for bytes in [[&first[..], &second].concat(), [&second[..], ALARM, &first, &second].concat()] {
        let decoded = decode(&bytes).unwrap();
        assert_eq!((decoded.document.row_faults, decoded.parts), (Vec::new(), Vec::new()));
        let found = decoded.document.records.iter().find(|row| row.record.kind() == "feedback").unwrap();
        assert_eq!(json(&found.record)["text"], "漷㛃");
    }
}

#[test]
fn frames_that_come_alone_wait_for_the_others() {
    let [first, second] = split(20);
    let waiting: Vec<_> = [&first, &second].map(|bytes| decode(bytes).unwrap()).into_iter().collect();
    let parts: Vec<_> = waiting.iter().flat_map(|decoded| decoded.parts.clone()).collect();
    assert_eq!(parts[0].key, "110112000005/201/65535/00000F16091A");
    assert_eq!(
        parts.iter().map(|part| (&part.key, part.index, part.total)).collect::<Vec<_>>(),
        [(&parts[0].key, 1, 2), (&parts[0].key, 2, 2)]
    );
    assert!(waiting.iter().all(|decoded| decoded.reply.is_some() && decoded.document.records.is_empty()));
    let bodies = parts.iter().map(|part| part.body.as_slice()).collect();
    let decoded = Fire::decode(&Input::Parts(bodies), &context(Value::Null)).unwrap();
    assert_eq!((decoded.document.records.len(), decoded.reply, decoded.parts), (1, None, vec![]));
    let alone = Fire::decode(&Input::Parts(vec![&parts[0].body]), &context(Value::Null)).unwrap_err();
    check("incomplete", &alone, "fire.part-invalid", Some(0), None);
}

#[test]
fn a_fault_in_a_joined_text_points_into_its_frame() {
    let text = gb18030_bytes("派遣编号=T/1|处理结果=9");
    let piece = |serial: u16, index: usize, bytes: &[u8]| {
        frame::write(&header(serial), 2, &unit(201, &[&prefix(index, 2), bytes].concat()))
    };
    let bytes = [piece(1, 1, &text[..14]), piece(2, 2, &text[14..])].concat();
    let fault = only_row_fault(&bytes);
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    check("result", &fault.fault, "fire.code-unknown", Some(offset), Some("处理结果"));
    assert_eq!(bytes[offset], b'9');
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let frame_of = |text: &[u8]| data(&unit(201, &[&b"\xb7\xd6\xd6\xa1="[..], text].concat()));
    for text in ["", "1/2", "1|", "0/2|", "3/2|", "1/1|", "1/65|", "-1/2|", "a/b|", "00000001/2|"] {
        let fault = only_row_fault(&frame_of(text.as_bytes())).fault;
        check(text, &fault, "fire.part-invalid", Some(31), Some("分帧"));
    }
    let one = frame_of(b"1/2|a=1");
    for other in [frame_of(b"1/2|a=2"), frame::write(&header(8), 2, &unit(201, b"\xb7\xd6\xd6\xa1=2/3|a"))] {
        let decoded = decode(&[&one[..], &other].concat()).unwrap();
        assert_eq!((decoded.parts.len(), decoded.document.row_faults[0].fault.code.as_str()), (1, "fire.part-invalid"));
    }
}
