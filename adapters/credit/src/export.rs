//! Reading the system's whole list, page by page, for reconciliation.

use std::sync::Arc;
use std::time::Duration;

use xiezhi_model::plugin::RowRecord;
use xiezhi_model::record::LedgerEntry;
use xiezhi_model::{Record, UtcTime};

use crate::answer::Reader;
use crate::client::CreditClient;
use crate::error::CreditError;
use crate::settings::CreditSettings;

/// Most pages; with the largest pages a million entries.
const PAGES_MAX: u32 = 1_000;
/// How often the list is read anew when it changed meanwhile.
const TRIES_MAX: u32 = 3;
/// How often one page is asked for.
const PAGE_TRIES_MAX: u32 = 5;
/// Longest wait for a page that the system asks for; where it asks for more, the list is read another time.
const PAGE_WAIT_MAX: Duration = Duration::from_secs(60);

/// The system's list at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Export {
    /// Its entries, as the plugin reads them.
    pub entries: Vec<LedgerEntry>,
    /// Rows that the plugin could not read, each with what is wrong.
    pub unreadable: Vec<String>,
    /// Pages that it came in.
    pub pages: u32,
}

/// Reads the list. Safe to drop, and to repeat: it changes nothing.
///
/// # Errors
/// [`CreditError`]: a page did not come or cannot be read, or the list changed each time it was read.
pub async fn export(settings: &Arc<CreditSettings>, reader: &dyn Reader, now: UtcTime) -> Result<Export, CreditError> {
    let reading = Reading { client: CreditClient::new(Arc::clone(settings))?, settings, reader, now };
    for _ in 0..TRIES_MAX {
        if let Some(export) = reading.whole().await? {
            return Ok(export);
        }
    }
    Err(CreditError::Moving { tries: TRIES_MAX })
}

/// With what the list is read.
struct Reading<'a> {
    client: CreditClient,
    settings: &'a CreditSettings,
    reader: &'a dyn Reader,
    now: UtcTime,
}

impl Reading<'_> {
    /// One reading; `None` when the pages are not of one list.
    async fn whole(&self) -> Result<Option<Export>, CreditError> {
        let mut export = Export::default();
        let mut of_first: Option<(u32, usize)> = None;
        for page in 1..=PAGES_MAX {
            let Some(Page { entries, unreadable, count, total }) = self.page_patiently(page).await? else {
                // Past the end: the list is empty, or has become shorter.
                return Ok((page == 1).then_some(export));
            };
            export.pages = page;
            export.unreadable.extend(unreadable);
            let first = *of_first.get_or_insert((count, total));
            if first != (count, total) {
                return Ok(None);
            }
            export.entries.extend(entries);
            if page >= count {
                let read = export.entries.len() + export.unreadable.len();
                return Ok((read == total).then_some(export));
            }
        }
        let text = format!("it has more than {PAGES_MAX} pages");
        Err(CreditError::Unreadable { what: "its list", text })
    }

    /// One page; `None` past the end. What fails is asked for again, and as late as the system wants: a list of many pages must not be
    /// begun anew for one of them.
    async fn page_patiently(&self, page: u32) -> Result<Option<Page>, CreditError> {
        let mut tries = 1;
        loop {
            let error = match self.page(page).await {
                Ok(read) => return Ok(read),
                Err(error) => error,
            };
            match error.wait().filter(|wait| tries < PAGE_TRIES_MAX && *wait <= PAGE_WAIT_MAX) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
            tries += 1;
        }
    }

    async fn page(&self, page: u32) -> Result<Option<Page>, CreditError> {
        let Some(document) = self.client.page(page).await? else { return Ok(None) };
        let decoded = tokio::task::block_in_place(|| self.reader.read(&self.settings.agency, &document, self.now));
        let decoded = decoded.map_err(|error| {
            let text = format!("{}: {}", error.fault.code, error.fault.text);
            CreditError::Unreadable { what: "a page of its list", text }
        })?;
        let faults = decoded.document.row_faults.iter();
        let unreadable = faults.map(|fault| format!("第{page}页第{}条：{}", fault.row, fault.fault.text)).collect();
        Ok(Some(Page { unreadable, ..page_of(decoded.document.records, page)? }))
    }
}

/// One page of the list.
#[derive(Debug)]
struct Page {
    entries: Vec<LedgerEntry>,
    /// Rows that the plugin could not read.
    unreadable: Vec<String>,
    /// How many pages the list has.
    count: u32,
    /// How many rows the list has.
    total: usize,
}

/// What a page holds and says of the list, which each of its rows carries. A page that does not say it is refused: what is on the
/// pages that follow must not count as missing.
fn page_of(records: Vec<RowRecord>, page: u32) -> Result<Page, CreditError> {
    let unusable = |what: &str| {
        let text = format!("page {page} {what}");
        CreditError::Unreadable { what: "a page of its list", text }
    };
    let mut entries = Vec::with_capacity(records.len());
    for row in records {
        match row.record {
            Record::LedgerEntry(entry) => entries.push(*entry),
            _ => return Err(unusable("is another document than a list")),
        }
    }
    let row = entries.first().ok_or_else(|| unusable("has no row that can be read"))?;
    let number = |name: &str| row.extra.get(name).and_then(|text| text.parse::<u32>().ok());
    let (Some(number), Some(count), Some(total)) = (number("PageNO"), number("PageCount"), number("Total")) else {
        return Err(unusable("lacks PageNO, PageCount or Total"));
    };
    if number != page {
        return Err(unusable("is another page than was asked for"));
    }
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    Ok(Page { entries, unreadable: Vec::new(), count, total })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(numbers: &[(&str, &str)]) -> Vec<RowRecord> {
        let extra: std::collections::BTreeMap<_, _> = numbers.iter().copied().collect();
        let entry = json!({
            "kind": "ledger_entry", "schema_version": 1, "reference": "E1", "party": {}, "extra": extra
        });
        vec![RowRecord { row: 1, record: serde_json::from_value(entry).unwrap() }]
    }

    #[test]
    fn a_page_that_does_not_say_where_the_list_ends_is_refused() {
        let whole = [("PageNO", "2"), ("PageCount", "3"), ("Total", "1200")];
        let page = page_of(rows(&whole), 2).unwrap();
        assert_eq!((page.entries.len(), page.count, page.total), (1, 3, 1_200));
        let receipt = json!({
            "kind": "receipt", "schema_version": 1, "direction": "from_agency", "message_id": "m", "outcome": "accepted",
            "text": ""
        });
        let receipt = RowRecord { row: 1, record: serde_json::from_value(receipt).unwrap() };
        let wrong = [
            (Vec::new(), "no row"),
            (vec![receipt], "another document"),
            (rows(&whole[..2]), "lacks"),
            (rows(&[("PageNO", "1"), whole[1], whole[2]]), "another page"),
        ];
        for (records, said) in wrong {
            let error = page_of(records, 2).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
    }
}
