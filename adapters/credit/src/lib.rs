//! The credit system's side of the gateway: entries of the abnormal-operations list go out over HTTPS, each once and provably, and
//! what the system holds is read back for reconciliation.
//!
//! No interface of 国家企业信用信息公示系统 is public. The requests are our own (`docs/credit.md`); the documents in them are the plugin's
//! (`docs/formats/credit-publicity.md`), and this crate reads none: it asks a [`Reader`] what an answer says.

mod answer;
mod client;
mod error;
mod export;
mod health;
pub mod metric;
mod settings;
mod transport;

pub use answer::Reader;
pub use error::CreditError;
pub use export::{Export, export};
pub use health::Health;
pub use settings::{CreditSettings, CreditTls};
pub use transport::{CreditTransport, TransportPorts};
