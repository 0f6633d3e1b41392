//! The step that closes the loop: a department answers the assignments that it fetched.

use anyhow::{Context as _, ensure};
use xiezhi_kit::{Gateway, OutboxMessage, load};

use super::courier::Courier;
use super::scenario::ANSWERING;

/// `JGDM` 4, 已办结.
const DONE: &str = "4";

/// Answers every assignment among the fetched messages, as the department's own system would: it takes the number out of
/// the message and sends it back with a result.
pub(crate) fn answer(gateway: &Gateway, courier: &Courier, fetched: &[(String, OutboxMessage)]) -> anyhow::Result<()> {
    let assignments = fetched.iter().filter(|(agency, message)| agency == ANSWERING && message.kind == "assignment");
    for (n, (_, message)) in assignments.enumerate() {
        let number = assignment_number(&message.body)
            .with_context(|| format!("message {} holds no assignment number", message.id))?;
        let id = format!("demo-feedback-{}", n + 1);
        let body = load::police_feedback(n, &number, DONE);
        let difference = courier.send(gateway, ANSWERING, &id, body, (202, "accepted"))?;
        ensure!(difference.is_none(), "{}", difference.unwrap_or_default());
        println!("{ANSWERING:<18} answers assignment {number}");
    }
    Ok(())
}

/// `PQBH` of an assignment. The number is ASCII, so the encoding of the rest does not matter.
fn assignment_number(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once("<PQBH>")?;
    let (number, _) = rest.split_once("</PQBH>")?;
    Some(number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::assignment_number;

    #[test]
    fn the_number_is_found_between_other_encodings() {
        let body = b"<X>\xc4\xe3</X><PQBH>TZ-2026-0000017/1</PQBH><Y>\xba\xc3</Y>";
        assert_eq!(assignment_number(body).as_deref(), Some("TZ-2026-0000017/1"));
        assert_eq!(assignment_number(b"<PQBH>"), None);
    }
}
