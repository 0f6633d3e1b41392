//! The protocol's own answers: 9014 to data, and 9011 to a request that cannot be taken (HJ 212-2017, 6.4).

use crate::command::{DATA_ANSWER, REQUEST_ANSWER};
use crate::crc;
use crate::segment::{Header, Version};

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
    answer(header, DATA_ANSWER, "")
}

/// 9011 for a request that is not taken.
pub(crate) fn request_answer(header: &Header<'_>, qn_return: &str) -> Option<Vec<u8>> {
    answer(header, REQUEST_ANSWER, &format!("QnRtn={qn_return}"))
}

fn answer(header: &Header<'_>, cn: &str, cp: &str) -> Option<Vec<u8>> {
    let qn = header.qn?;
    // The version bits of the request; neither divided nor asking for an answer.
    let flag = match header.version {
        Version::V2005 => 0,
        Version::V2017 => 4,
        Version::V2025 => 8,
    };
    let (pw, mn) = (header.pw, header.mn);
    Some(frame(&format!("QN={qn};ST=91;CN={cn};PW={pw};MN={mn};Flag={flag};CP=&&{cp}&&")))
}
