//! Reading the system's whole list, page by page, for reconciliation.

use std::sync::Arc;

use xiezhi_model::record::LedgerEntry;
use xiezhi_model::{Record, UtcTime};

use crate::answer::Reader;
use crate::client::CreditClient;
use crate::error::CreditError;
use crate::settings::CreditSettings;

/// Most pages: with the largest pages a million entries.
const PAGES_MAX: u32 = 10_000;
/// How often the list is read anew when it changed meanwhile.
const TRIES_MAX: u32 = 3;

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
    let client = CreditClient::new(Arc::clone(settings))?;
    for _ in 0..TRIES_MAX {
        if let Some(export) = read_all(&client, settings, reader, now).await? {
            return Ok(export);
        }
    }
    Err(CreditError::Moving { tries: TRIES_MAX })
}

/// One reading; `None` when the pages are not of one list.
async fn read_all(
    client: &CreditClient,
    settings: &CreditSettings,
    reader: &dyn Reader,
    now: UtcTime,
) -> Result<Option<Export>, CreditError> {
    let mut export = Export::default();
    let mut of_first: Option<(u32, usize)> = None;
    for page in 1..=PAGES_MAX {
        let Some(document) = client.page(page).await? else {
            // Past the end: the list is empty, or has become shorter.
            return Ok((page == 1).then_some(export));
        };
        let decoded = tokio::task::block_in_place(|| reader.read(&settings.agency, &document, now));
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                let text = format!("{}: {}", error.fault.code, error.fault.text);
                return Err(CreditError::Unreadable { what: "a page of its list", text });
            }
        };
        export.pages = page;
        let faults = decoded.document.row_faults.iter();
        export.unreadable.extend(faults.map(|fault| format!("第{page}页第{}条：{}", fault.row, fault.fault.text)));
        let rows = decoded.document.records.into_iter();
        let entries: Vec<LedgerEntry> = rows
            .filter_map(|row| match row.record {
                Record::LedgerEntry(entry) => Some(*entry),
                _ => None,
            })
            .collect();
        let number = |name: &str| entries.first().and_then(|entry| entry.extra.get(name)?.parse().ok());
        let (count, total) = match (number("PageCount"), number("Total")) {
            (Some(count), Some(total)) => (u32::try_from(count).unwrap_or(u32::MAX), total),
            _ => of_first.unwrap_or((page, usize::MAX)),
        };
        let first = *of_first.get_or_insert((count, total));
        if first != (count, total) {
            return Ok(None);
        }
        export.entries.extend(entries);
        if page >= count {
            let read = export.entries.len() + export.unreadable.len();
            return Ok((total == usize::MAX || read == total).then_some(export));
        }
    }
    let text = format!("it has more than {PAGES_MAX} pages");
    Err(CreditError::Unreadable { what: "its list", text })
}
