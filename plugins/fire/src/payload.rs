//! The text of a frame of our own types, or of several that belong together, with the place of each byte in the message.

use xiezhi_formats::charset::{Charset, Source};
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::fault::Fault;

use crate::label;
use crate::problem::{FORMAT, Problem, code};
use crate::text::Fields;

/// A text in GB 18030 and when it was written.
#[derive(Debug)]
pub(crate) struct Payload<'b> {
    /// The pieces of the text in order, each with its place in the message.
    pieces: Vec<(usize, &'b [u8])>,
    label: &'b [u8],
    label_at: usize,
}

impl<'b> Payload<'b> {
    pub(crate) fn new(text: &'b [u8], at: usize, label: &'b [u8], label_at: usize) -> Self {
        Self { pieces: vec![(at, text)], label, label_at }
    }

    /// The text of a single frame.
    pub(crate) fn first(&self) -> (usize, &'b [u8]) {
        self.pieces.first().copied().unwrap_or_default()
    }

    /// The same with other pieces of text.
    pub(crate) fn with_pieces(self, pieces: Vec<(usize, &'b [u8])>) -> Self {
        Self { pieces, ..self }
    }

    /// When the object was made. A person's report without a time is not one.
    pub(crate) fn time(&self) -> Result<UtcTime, Fault> {
        label::read(self.label).ok_or_else(|| {
            let text = "信息对象的时间标签不是真实时间（秒、分、时、日、月、年各一字节，二进制），请检查后重发";
            Problem::new(code::TIME_INVALID, self.label_at, text).in_field("时间标签").fault(FORMAT)
        })
    }

    /// Reads the fields; what is wrong with them is placed in the message.
    pub(crate) fn read<T>(
        &self,
        fallback: Option<Charset>,
        read: impl FnOnce(&Fields<'_>) -> Result<T, Problem>,
    ) -> Result<T, Fault> {
        let bytes: Vec<u8> = self.pieces.iter().flat_map(|(_, piece)| piece.iter().copied()).collect();
        let source = Source::agreed(FORMAT, &bytes, Charset::Gb18030, fallback).map_err(|fault| self.placed(fault))?;
        Fields::parse(source.text())
            .and_then(|fields| read(&fields))
            .map_err(|problem| self.placed(source.fault(problem)))
    }

    /// A fault that counts the joined text, counting the message.
    fn placed(&self, fault: Fault) -> Fault {
        let mut rest = fault.offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or_default();
        let last = self.pieces.len().saturating_sub(1);
        for (index, (at, piece)) in self.pieces.iter().enumerate() {
            // The end of the text is the end of its last piece.
            if rest < piece.len() || index == last {
                return fault.at(at + rest);
            }
            rest -= piece.len();
        }
        fault
    }
}
