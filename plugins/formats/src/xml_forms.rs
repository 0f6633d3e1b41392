//! Pieces of our own designs in XML: whom a message is about, and receipts, under each format's names.
//!
//! What a format has around them, and the rest of its messages, is the plugin's matter.

use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::{Direction, Party, Receipt, RowResult, SCHEMA_VERSION};

use crate::codes;
use crate::fields::chars_max;
use crate::writer::Writer;
use crate::xml::Element;
use crate::{Problem, code};

/// Most rows that one receipt reports on: as many as a message of the gateway may have.
const RESULTS_MAX: usize = 1_000;

/// Names of the fields that say whom a message is about.
#[derive(Debug, Clone, Copy)]
pub struct PartyNames {
    /// Its name.
    pub name: &'static str,
    /// Its unified social credit code.
    pub uscc: &'static str,
    /// Its address.
    pub address: &'static str,
    /// The code of the town.
    pub town: &'static str,
    /// Degrees east.
    pub longitude: &'static str,
    /// Degrees north.
    pub latitude: &'static str,
    /// What the two refer to.
    pub datum: &'static str,
    /// The number of a device.
    pub device: &'static str,
}

impl PartyNames {
    /// Writes each field where it is known.
    pub fn write(&self, xml: &mut Writer, party: &Party) {
        xml.optional(self.name, party.name.as_deref());
        xml.optional(self.uscc, party.uscc.as_ref().map(|uscc| uscc.as_str()));
        xml.optional(self.address, party.address.as_deref());
        xml.optional(self.town, party.town.as_ref().map(|town| town.as_str()));
        if let Some(coordinate) = party.coordinate {
            let (longitude, latitude) = coordinate.to_lon_lat();
            xml.field(self.longitude, &longitude);
            xml.field(self.latitude, &latitude);
            xml.field(self.datum, codes::datum(coordinate.datum));
        }
        xml.optional(self.device, party.device.as_deref());
    }
}

/// Names of a receipt's fields, in both directions.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptNames {
    /// The message that it is about.
    pub message: &'static str,
    /// The code of its outcome.
    pub outcome: &'static str,
    /// What that field is called in Chinese.
    pub outcome_meaning: &'static str,
    /// The name of its outcome; written only, where a format has it.
    pub outcome_name: Option<&'static str>,
    /// The fault code of the whole message.
    pub code: &'static str,
    /// What a clerk reads.
    pub text: &'static str,
    /// A case that came of the message; written only.
    pub case_number: &'static str,
    /// A refused row, with the three fields that follow in it.
    pub row: &'static str,
    /// Its number.
    pub row_number: &'static str,
    /// Its fault code.
    pub row_code: &'static str,
    /// What a clerk reads about it.
    pub row_text: &'static str,
}

impl ReceiptNames {
    /// Writes the fields.
    pub fn write(&self, xml: &mut Writer, receipt: &Receipt) {
        let (outcome, outcome_name) = codes::outcome(receipt.outcome);
        xml.field(self.message, receipt.message_id.as_str());
        xml.field(self.outcome, outcome);
        if let Some(name) = self.outcome_name {
            xml.field(name, outcome_name);
        }
        xml.optional(self.code, receipt.code.as_deref());
        xml.optional(self.text, Some(&receipt.text));
        for case in &receipt.case_numbers {
            xml.field(self.case_number, case.as_str());
        }
        for result in &receipt.rows {
            xml.open(self.row, &[]);
            xml.field(self.row_number, &result.row.to_string());
            xml.field(self.row_code, &result.code);
            xml.optional(self.row_text, Some(&result.text));
            xml.close();
        }
    }

    /// Reads an agency's receipt for one of our messages. Which message that is the plugin has read before, because formats
    /// say it in several places.
    ///
    /// # Errors
    /// `code-unknown`, `number-invalid`, `limit`, and those of [`Element::optional`] and [`Element::required`].
    pub fn read(&self, receipt: &Element<'_>, message_id: MessageId) -> Result<Receipt, Problem> {
        let code = receipt.required(self.outcome, chars_max::CODE)?;
        Ok(Receipt {
            schema_version: SCHEMA_VERSION,
            direction: Direction::FromAgency,
            message_id,
            outcome: codes::read_outcome(&code, self.outcome_meaning)?,
            code: text(receipt, self.code, chars_max::NUMBER)?,
            text: text(receipt, self.text, chars_max::TEXT)?.unwrap_or_default(),
            rows: self.results(receipt)?,
            case_numbers: Vec::new(),
        })
    }

    fn results(&self, receipt: &Element<'_>) -> Result<Vec<RowResult>, Problem> {
        let mut results = Vec::new();
        for row in receipt.all(self.row) {
            if results.len() >= RESULTS_MAX {
                let text = format!("一份回执的 {} 不得超过{RESULTS_MAX}个", self.row);
                return Err(Problem::new(code::LIMIT, row.at, text).in_field(self.row));
            }
            results.push(RowResult {
                row: codes::read_row_number(&row.required(self.row_number, chars_max::CODE)?)?,
                code: row.required(self.row_code, chars_max::NUMBER)?.text.to_owned(),
                text: text(row, self.row_text, chars_max::TEXT)?.unwrap_or_default(),
            });
        }
        Ok(results)
    }
}

fn text(element: &Element<'_>, name: &str, chars_max: usize) -> Result<Option<String>, Problem> {
    Ok(element.optional(name, chars_max)?.map(|value| value.text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::Charset;
    use crate::xml::{self, Rules};

    const NAMES: ReceiptNames = ReceiptNames {
        message: "M",
        outcome: "O",
        outcome_meaning: "结果",
        outcome_name: None,
        code: "C",
        text: "T",
        case_number: "A",
        row: "R",
        row_number: "N",
        row_code: "RC",
        row_text: "RT",
    };
    const RULES: Rules = Rules { root: "D", depth_max: 4, elements_max: 10_000, namespaces: false };

    #[test]
    fn a_receipt_reads_back_as_it_was_written() {
        let receipt: Receipt = serde_json::from_value(serde_json::json!({
            "schema_version": 1, "direction": "from_agency", "message_id": "m-1", "outcome": "partial", "code": "x.y",
            "text": "3行中接收2行", "rows": [{"row": 2, "code": "uscc.length", "text": ""}]
        }))
        .unwrap();
        let mut xml = Writer::new(Charset::Utf8);
        xml.open("D", &[]);
        NAMES.write(&mut xml, &receipt);
        let written = String::from_utf8(xml.finish()).unwrap();
        let root = xml::parse(&written, &RULES).unwrap();
        assert_eq!(NAMES.read(&root, receipt.message_id.clone()).unwrap(), receipt);
    }

    #[test]
    fn rows_beyond_the_limit_are_refused() {
        let row = "<R><N>1</N><RC>a.b</RC></R>";
        for (count, expected) in [(RESULTS_MAX, None), (RESULTS_MAX + 1, Some(code::LIMIT))] {
            let message = format!("<D><O>1</O>{}</D>", row.repeat(count));
            let root = xml::parse(&message, &RULES).unwrap();
            let refused = NAMES.read(&root, MessageId::parse("m").unwrap()).err();
            assert_eq!(refused.map(|problem| problem.code), expected);
        }
    }
}
