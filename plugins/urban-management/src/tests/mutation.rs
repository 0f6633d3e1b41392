//! Random damage: whatever comes, the plugin answers with records or with a fault that says what and where, never a panic.

use xiezhi_formats::testing::{self, Random};
use xiezhi_sdk::model::fault::Fault;

use super::{GOLDEN, GOLDEN_BIZ, decode, fields, signed};

/// Rounds per start: half a second of damage on a small machine.
const ROUNDS: u32 = 3_000;
/// What means something in forms and in JSON.
const MARKS: [u8; 11] = *b"%&={}[]\",+\0";

/// Damages a message up to four times, as a line may and as an attacker would.
fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(4) {
        if random.below(3) == 0 {
            bytes.insert(random.below(bytes.len()), MARKS[random.below(MARKS.len())]);
        } else {
            testing::damage(bytes, GOLDEN_BIZ.as_bytes(), random);
        }
    }
}

fn check(fault: &Fault, bytes: usize) {
    assert!(fault.code.starts_with("urban.") || fault.code.starts_with("uscc."), "{}", fault.code);
    testing::check_fault(fault, bytes);
}

#[test]
fn damaged_messages_give_records_or_faults() {
    let mut random = Random::seeded();
    for _ in 0..ROUNDS {
        let mut body = GOLDEN.to_vec();
        damage(&mut random, &mut body);
        if let Err(fault) = decode(&body) {
            check(&fault, body.len());
        }
        // Signed after the damage, so that what stands behind the signature is reached too.
        let mut biz = GOLDEN_BIZ.as_bytes().to_vec();
        damage(&mut random, &mut biz);
        let biz = String::from_utf8_lossy(&biz).into_owned();
        for (method, biz) in [("case.transfer", biz.clone()), ("case.transfer.batch", format!("[{biz},{GOLDEN_BIZ}]"))]
        {
            let body = signed(&fields(method, &biz));
            match decode(&body) {
                Ok(decoded) => decoded.document.row_faults.iter().for_each(|refused| check(&refused.fault, body.len())),
                Err(fault) => check(&fault, body.len()),
            }
        }
    }
}

/// A name may come twice whatever it is; the fault must still name a field.
#[test]
fn names_that_no_fault_could_carry_are_refused_all_the_same() {
    for biz in [r#"{"":1,"":2}"#.to_owned(), format!(r#"{{"{0}":1,"{0}":2}}"#, "长".repeat(300))] {
        let body = signed(&fields("case.transfer", &biz));
        check(&decode(&body).unwrap_err(), body.len());
    }
    let long = "n".repeat(300);
    for body in [format!("{long}=1&{long}=2"), format!("{long}=%FF")] {
        check(&decode(body.as_bytes()).unwrap_err(), body.len());
    }
}
