//! From bytes to records: frames, check sums, commands, parts and the answers that the protocol wants.

use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::record::Record;
use xiezhi_sdk::{Context, Decoded, Document, Encoded, Input, RowRecord};

use crate::command::{Command, KEY_REQUEST, is_request};
use crate::cp::{self, Item};
use crate::frame::{self, Candidate, Frame};
use crate::parts::{self, Groups};
use crate::reply::{self, QN_RETURN_COMMAND, QN_RETURN_CRC, QN_RETURN_REFUSED};
use crate::segment::{AnswerWish, Header, Requester, part_fault};
use crate::settings::{CrcPolicy, Settings};
use crate::{crc, department, encode, fault, station};

/// A frame that was understood.
#[derive(Debug)]
pub(crate) struct Read<'a> {
    /// Its number in the message, from 1.
    pub(crate) row: u32,
    /// From `##` to the line end.
    pub(crate) bytes: &'a [u8],
    /// What it is.
    pub(crate) command: Command,
    /// The fields before `CP`.
    pub(crate) header: Header<'a>,
    /// The items of `CP`.
    pub(crate) items: Vec<Item<'a>>,
}

/// Why a frame was not taken, and what the protocol answers to that.
struct Refusal {
    fault: Fault,
    reply: Option<Vec<u8>>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, reply: None }
    }
}

/// Reads a message, or the collected parts of one.
pub(crate) fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let settings = Settings::read(context)?;
    match input {
        Input::Message(bytes) => decode_message(bytes, &settings),
        Input::Parts(bodies) => decode_parts(bodies, &settings),
    }
}

/// What has come of a message so far.
#[derive(Default)]
struct Outcome {
    records: Vec<RowRecord>,
    row_faults: Vec<RowFault>,
    replies: Vec<(u32, Vec<u8>)>,
}

impl Outcome {
    fn refuse(&mut self, row: u32, fault: Fault) {
        self.row_faults.push(RowFault { row, fault });
    }

    /// Notes the answer to a frame that was taken, where one is wanted.
    fn acknowledge(&mut self, read: &Read<'_>) {
        if read.header.answer == AnswerWish::Wanted && read.command.is_acknowledged() {
            self.replies.extend(reply::data_answer(&read.header).map(|bytes| (read.row, bytes)));
        }
    }

    /// Takes the frames of one whole message: record, or fault.
    fn settle(&mut self, reads: &[Read<'_>], settings: &Settings<'_>) {
        let Some(first) = reads.first() else { return };
        match record(first, &parts::join(reads), settings) {
            Ok(record) => {
                self.records.push(RowRecord { row: first.row, record });
                reads.iter().for_each(|read| self.acknowledge(read));
            }
            Err(fault) => self.refuse(row_of(reads, &fault), fault),
        }
    }

    fn into_decoded(mut self) -> Decoded {
        self.records.sort_by_key(|record| record.row);
        self.row_faults.sort_by_key(|fault| fault.row);
        self.replies.sort_by_key(|(row, _)| *row);
        let body: Vec<u8> = self.replies.into_iter().flat_map(|(_, bytes)| bytes).collect();
        let reply = Some(body).filter(|body| !body.is_empty());
        Decoded {
            document: Document { records: self.records, row_faults: self.row_faults },
            reply: reply.map(|body| Encoded { body, content_type: encode::CONTENT_TYPE.to_owned() }),
            parts: Vec::new(),
        }
    }
}

fn decode_message(bytes: &[u8], settings: &Settings<'_>) -> Result<Decoded, Fault> {
    let mut outcome = Outcome::default();
    let mut groups = Groups::default();
    for (row, candidate) in frame::split(bytes)? {
        match read_frame((row, candidate), settings) {
            Ok(read) => match read.header.part {
                None => outcome.settle(&[read], settings),
                Some(number) => {
                    if let Err(fault) = groups.add(number, read) {
                        outcome.refuse(row, fault);
                    }
                }
            },
            Err(Refusal { fault, reply }) => {
                outcome.refuse(row, fault);
                outcome.replies.extend(reply.map(|bytes| (row, bytes)));
            }
        }
    }
    let mut waiting = Vec::new();
    for group in groups.into_list() {
        if group.is_whole() {
            outcome.settle(&group.into_reads(), settings);
        } else {
            waiting.extend(group.to_parts(settings));
            group.into_reads().iter().for_each(|read| outcome.acknowledge(read));
        }
    }
    let mut decoded = outcome.into_decoded();
    decoded.parts = waiting;
    Ok(decoded)
}

/// Joins parts that the host collected. They were acknowledged when they came, so there is no reply.
fn decode_parts(bodies: &[&[u8]], settings: &Settings<'_>) -> Result<Decoded, Fault> {
    let mut groups = Groups::default();
    for body in bodies {
        let mut frames = frame::split(body)?.into_iter();
        let (Some((row, candidate)), None) = (frames.next(), frames.next()) else {
            return Err(part_fault("每个分包应当只含一个数据包", 0));
        };
        let read = read_frame((row, candidate), settings).map_err(|refusal| refusal.fault)?;
        let at = read.header.cn_offset;
        let Some(number) = read.header.part else { return Err(part_fault("数据包不是分包", at)) };
        groups.add(number, read)?;
    }
    let mut groups = groups.into_list();
    match (groups.pop(), groups.pop()) {
        (Some(group), None) if group.is_whole() => {
            let reads = group.into_reads();
            let Some(first) = reads.first() else { return Err(part_fault("没有分包", 0)) };
            let record = record(first, &parts::join(&reads), settings)?;
            let document = Document { records: vec![RowRecord { row: 1, record }], row_faults: Vec::new() };
            Ok(Decoded { document, reply: None, parts: Vec::new() })
        }
        _ => Err(part_fault("分包不齐，或不属于同一条数据", 0)),
    }
}

/// Understands one frame, up to its items.
fn read_frame<'a>((row, candidate): Candidate<'a>, settings: &Settings<'_>) -> Result<Read<'a>, Refusal> {
    let frame = candidate?;
    if let Err(fault) = check_crc(&frame, settings.crc) {
        return Err(Refusal { fault, reply: crc_reply(&frame) });
    }
    let segment = text(&frame)?;
    let header = Header::read(segment, frame.segment_offset).map_err(|fault| {
        let reply = request_reply(segment, reply::qn_return_of(fault.field.as_deref()));
        Refusal { fault, reply }
    })?;
    let Some(command) = Command::of(header.cn) else { return Err(unsupported(&header)) };
    let items = cp::items(header.cp, header.cp_offset)?;
    Ok(Read { row, bytes: frame.bytes, command, header, items })
}

fn check_crc(frame: &Frame<'_>, policy: CrcPolicy) -> Result<(), Fault> {
    let expected = crc::standard(frame.segment);
    if frame.crc == expected {
        return Ok(());
    }
    let given = frame.crc;
    if given != crc::modbus(frame.segment) {
        let text = format!("校验码应为{expected:04X}，实为{given:04X}，数据可能在传输中损坏，请重发");
        return Err(Fault::new(fault::CRC_MISMATCH, text).at(frame.crc_offset));
    }
    match policy {
        CrcPolicy::StandardOrModbus => Ok(()),
        CrcPolicy::Standard => {
            let text = format!(
                "校验码{given:04X}是按CRC-16/MODBUS计算的，HJ 212-2017附录A的结果应为{expected:04X}；请修正设备程序，\
                 或由运维人员在链路设置 accept_modbus_crc = true 后重新投递"
            );
            Err(Fault::new(fault::CRC_MODBUS, text).at(frame.crc_offset))
        }
    }
}

/// The answer to a frame whose check sum is wrong: data is sent again by itself, only a request waits for an answer.
fn crc_reply(frame: &Frame<'_>) -> Option<Vec<u8>> {
    request_reply(std::str::from_utf8(frame.segment).ok()?, QN_RETURN_CRC)
}

/// 9011 to a segment that is a request, even where not all of it is right.
fn request_reply(segment: &str, qn_return: &str) -> Option<Vec<u8>> {
    let requester = Requester::read(segment).filter(|requester| is_request(requester.cn))?;
    Some(reply::request_answer(&requester, qn_return))
}

fn unsupported(header: &Header<'_>) -> Refusal {
    let requester = header.requester().filter(|_| is_request(header.cn));
    if header.cn == KEY_REQUEST {
        let text = "网关不下发现场机密钥，请向生态环境部门的监控平台申请";
        let fault = Fault::new(fault::COMMAND_UNSUPPORTED, text).at(header.cn_offset).in_field("CN");
        return Refusal {
            fault,
            reply: requester.map(|requester| reply::request_answer(&requester, QN_RETURN_REFUSED)),
        };
    }
    let text =
        format!("命令 CN={} 不在网关接收范围内；监测数据请用 2011、2021、2031、2041、2051、2061、3020", header.cn);
    let fault = Fault::new(fault::COMMAND_UNSUPPORTED, text).at(header.cn_offset).in_field("CN");
    Refusal { fault, reply: requester.map(|requester| reply::request_answer(&requester, QN_RETURN_COMMAND)) }
}

/// The segment as text: UTF-8 without control characters (HJ 212-2017, 6.3).
fn text<'a>(frame: &Frame<'a>) -> Result<&'a str, Fault> {
    let text = std::str::from_utf8(frame.segment).map_err(|error| {
        let at = frame.segment_offset.saturating_add(error.valid_up_to());
        Fault::new(fault::ENCODING, "数据段不是UTF-8编码（可能是GB18030），请改用UTF-8后重发").at(at)
    })?;
    let control = text.bytes().position(|b| b.is_ascii_control() && !matches!(b, b'\t' | b'\r' | b'\n'));
    match control {
        None => Ok(text),
        Some(at) => {
            let at = frame.segment_offset.saturating_add(at);
            Err(Fault::new(fault::ENCODING, "数据段含有控制字符，数据可能在传输中损坏，请重发").at(at))
        }
    }
}

/// The record of a whole message.
fn record(first: &Read<'_>, items: &[Item<'_>], settings: &Settings<'_>) -> Result<Record, Fault> {
    let header = &first.header;
    match first.command {
        Command::Data(period) => station::indicator(header, period, items, settings),
        Command::Parameter(period) => station::parameters(header, period, items, settings),
        Command::Answer(answer) => station::receipt(header, answer, items),
        Command::Heartbeat => Ok(station::heartbeat(header, items)),
        Command::Feedback => department::feedback(header, items),
        Command::Receipt => department::receipt(header, items),
    }
}

/// The frame that a fault lies in: the last one that starts before it.
fn row_of(reads: &[Read<'_>], fault: &Fault) -> u32 {
    let offset = fault.offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let frames = reads.iter().filter(|read| read.header.cn_offset <= offset);
    frames.max_by_key(|read| read.header.cn_offset).or(reads.first()).map_or(1, |read| read.row)
}
