//! From bytes to records: frames, check sums, commands, and the answers that the protocol wants.
//!
//! A frame whose check sum is right is confirmed (command 3) even where its contents are refused: sending the same bytes again
//! would not mend them, and the row fault says what is wrong. A wrong check sum is negated (6), so that it comes again.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::record::ReceiptOutcome;
use xiezhi_sdk::{Context, Decoded, Document, Encoded, Input, Part, RowRecord};

use crate::encode::CONTENT_TYPE;
use crate::frame::{self, COMMAND_AT, Frame, Header, VERSION_AT, VERSION_MAIN, command};
use crate::parts::{Groups, Piece};
use crate::payload::Payload;
use crate::problem::{FORMAT, Problem, code};
use crate::unit::{Kind, Text, Unit};
use crate::{answer, inspection, label, state};

/// Longest message: far more than a stream of 2000 ordinary frames.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// What has come of a message so far.
struct Outcome<'b> {
    context: &'b Context,
    fallback: Option<Charset>,
    records: Vec<RowRecord>,
    row_faults: Vec<RowFault>,
    replies: Vec<u8>,
    groups: Groups<'b>,
}

/// Reads a message, or the collected frames of one split text.
pub(crate) fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let fallback = encoding_fallback(FORMAT, context)?;
    let mut outcome = Outcome {
        context,
        fallback,
        records: Vec::new(),
        row_faults: Vec::new(),
        replies: Vec::new(),
        groups: Groups::default(),
    };
    match input {
        Input::Message(bytes) => {
            outcome.message(bytes)?;
            Ok(outcome.finish())
        }
        Input::Parts(bodies) => {
            for (row, body) in (1..).zip(bodies) {
                let frame = Frame::read(body, 0).map_err(|problem| problem.fault(FORMAT))?;
                outcome.unit(row, frame)?;
            }
            // They were answered when they came.
            outcome.replies.clear();
            let decoded = outcome.finish();
            match decoded.document.row_faults.into_iter().next() {
                Some(row) => Err(row.fault),
                None if decoded.parts.is_empty() => {
                    Ok(Decoded { document: Document { row_faults: Vec::new(), ..decoded.document }, ..decoded })
                }
                None => Err(Problem::new(code::PART_INVALID, 0, "分帧不齐，请重发全部分帧").fault(FORMAT)),
            }
        }
    }
}

impl<'b> Outcome<'b> {
    fn message(&mut self, bytes: &'b [u8]) -> Result<(), Fault> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
            return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
        }
        let stretches = frame::split(bytes).map_err(|problem| problem.fault(FORMAT))?;
        let whole = stretches.iter().any(Result::is_ok);
        for (row, stretch) in (1..).zip(stretches) {
            match stretch {
                Ok(frame) => {
                    if let Err(fault) = self.frame(row, frame) {
                        self.row_faults.push(RowFault { row, fault });
                    }
                }
                // Where no frame is whole there is nothing to answer and nothing was understood.
                Err(problem) if !whole => return Err(problem.fault(FORMAT)),
                Err(problem) => self.row_faults.push(problem.row_fault(FORMAT, row)),
            }
        }
        Ok(())
    }

    /// Takes one whole frame.
    fn frame(&mut self, row: u32, frame: Frame<'b>) -> Result<(), Fault> {
        let is_answer = matches!(frame.command, command::CONFIRM | command::ANSWER | command::NEGATE);
        let sum = frame.sum();
        if frame.checksum != sum {
            // An answer is never answered, or two ends could go on for ever.
            if !is_answer {
                self.reply(&frame, command::NEGATE);
            }
            let text = format!("校验和应为{sum:02X}，实为{:02X}，数据在传输中损坏，请重发该帧", frame.checksum);
            let problem = Problem::new(code::CHECKSUM_MISMATCH, frame.checksum_at(), text).in_field("校验和");
            return Err(problem.fault(FORMAT));
        }
        let [main, _] = frame.header.version;
        if main != VERSION_MAIN {
            let text = format!("主版本号应为{VERSION_MAIN}（GB/T 26875.3-2011），实为{main}");
            let problem = Problem::new(code::VERSION_UNSUPPORTED, frame.at + VERSION_AT, text).in_field("协议版本号");
            return Err(problem.fault(FORMAT));
        }
        match frame.command {
            command::DATA => {
                self.reply(&frame, command::CONFIRM);
                self.unit(row, frame)
            }
            command::ANSWER => self.unit(row, frame),
            command::CONFIRM => self.receipt(row, &frame, ReceiptOutcome::Accepted),
            command::NEGATE => self.receipt(row, &frame, ReceiptOutcome::Refused),
            other => {
                if matches!(other, command::CONTROL | command::REQUEST) {
                    self.reply(&frame, command::NEGATE);
                }
                let text =
                    format!("命令{other}不在网关接收范围内：网关接收发送数据（2）、应答（5）、确认（3）和否认（6）");
                Err(Problem::new(code::COMMAND_UNSUPPORTED, frame.at + COMMAND_AT, text).in_field("命令").fault(FORMAT))
            }
        }
    }

    fn receipt(&mut self, row: u32, frame: &Frame<'_>, outcome: ReceiptOutcome) -> Result<(), Fault> {
        let record = answer::frame_receipt(frame.header.serial, outcome);
        self.records.extend(record.map(|record| RowRecord { row, record }));
        Ok(())
    }

    /// Takes an application data unit.
    fn unit(&mut self, row: u32, frame: Frame<'b>) -> Result<(), Fault> {
        let unit = Unit::read(&frame).map_err(|problem| problem.fault(FORMAT))?;
        let records = match unit.kind {
            Kind::SystemState => state::systems(&frame, &unit).map_err(|problem| problem.fault(FORMAT))?,
            Kind::ComponentState => state::components(&frame, &unit).map_err(|problem| problem.fault(FORMAT))?,
            Kind::Kept(name) => vec![state::kept(&frame, &unit, name)],
            Kind::Text(text) => match Piece::of(row, frame, unit.flag, text, unit.payload()?)? {
                Ok(piece) => return self.groups.add(piece),
                Err(payload) => vec![self.text(text, &frame.header, &payload)?],
            },
        };
        self.records.extend(records.into_iter().map(|record| RowRecord { row, record }));
        Ok(())
    }

    /// Reads a whole text.
    fn text(&self, text: Text, header: &Header, payload: &Payload<'_>) -> Result<Record, Fault> {
        let at = payload.time()?;
        let own = state::reference(header);
        payload.read(self.fallback, |fields| match text {
            Text::Inspection => inspection::record(fields, at, header.source),
            Text::Feedback => answer::feedback(fields, at, own),
            Text::MeasureFeedback => answer::measure_feedback(fields, at, own),
            Text::Receipt => answer::receipt(fields),
        })
    }

    /// Answers a frame: same serial number and version, addresses swapped, time of now.
    fn reply(&mut self, frame: &Frame<'_>, command: u8) {
        let header = Header {
            label: label::write(self.context.at),
            source: frame.header.target,
            target: frame.header.source,
            ..frame.header
        };
        self.replies.extend(frame::write(&header, command, &[]));
    }

    fn finish(mut self) -> Decoded {
        let (whole, waiting): (_, Vec<Part>) = std::mem::take(&mut self.groups).finish();
        for (first, payload) in whole {
            let row = first.row;
            match self.text(first.text, &first.frame.header, &payload) {
                Ok(record) => self.records.push(RowRecord { row, record }),
                Err(fault) => self.row_faults.push(RowFault { row, fault }),
            }
        }
        self.records.sort_by_key(|record| record.row);
        self.row_faults.sort_by_key(|fault| fault.row);
        let reply = Some(self.replies).filter(|body| !body.is_empty());
        Decoded {
            document: Document { records: self.records, row_faults: self.row_faults },
            reply: reply.map(|body| Encoded { body, content_type: CONTENT_TYPE.to_owned() }),
            parts: waiting,
        }
    }
}
