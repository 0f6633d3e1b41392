//! The protocol's own answers: 9014 to data, and 9011 to a request that cannot be taken (HJ 212-2017, 6.4).

use crate::command::{DATA_ANSWER, REQUEST_ANSWER};
use crate::crc;
use crate::segment::{Header, Requester, Version};

/// `QnRtn`: the request is refused.
pub(crate) const QN_RETURN_REFUSED: &str = "2";
/// `QnRtn`: the check sum is wrong.
pub(crate) const QN_RETURN_CRC: &str = "9";
/// `QnRtn`: the command is not known here.
pub(crate) const QN_RETURN_COMMAND: &str = "8";

/// A frame around a data segment.
pub(crate) fn frame(segment: &str) -> Vec<u8> {
    format!("##{:04}{segment}{:04X}\r\n", segment.len(), crc::standard(segment.as_bytes())).into_bytes()
}

/// 9014 for a frame: same QN, same PW, same MN. `None` without a QN, which only old devices leave out.
pub(crate) fn data_answer(header: &Header<'_>) -> Option<Vec<u8>> {
    header.requester().map(|requester| answer(&requester, DATA_ANSWER, ""))
}

/// 9011 for a request that is not taken.
pub(crate) fn request_answer(requester: &Requester<'_>, qn_return: &str) -> Vec<u8> {
    answer(requester, REQUEST_ANSWER, &format!("QnRtn={qn_return}"))
}

/// `QnRtn` for a request of which a field is wrong (HJ 212-2017 table 6). A wrong PW cannot be repeated, and a wrong CN is no
/// request, so neither is answered.
pub(crate) fn qn_return_of(field: Option<&str>) -> &'static str {
    match field {
        Some("MN") => "4",
        Some("ST") => "5",
        Some("Flag" | "PNO") => "6",
        Some("QN") => "7",
        _ => "100",
    }
}

fn answer(requester: &Requester<'_>, cn: &str, cp: &str) -> Vec<u8> {
    // The version bits of the request; neither divided nor asking for an answer.
    let flag = match requester.version {
        Version::V2005 => 0,
        Version::V2017 => 4,
        Version::V2025 => 8,
    };
    let Requester { qn, pw, mn, .. } = requester;
    frame(&format!("QN={qn};ST=91;CN={cn};PW={pw};MN={mn};Flag={flag};CP=&&{cp}&&"))
}
