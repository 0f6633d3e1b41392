//! What a simulator is told when it starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{OpeningHours, SimError};

/// Tells the time in milliseconds since 1970.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Longest `hold`: beyond it a stop and a free slot would wait for too long.
const HOLD_MAX: Duration = Duration::from_secs(600);

/// Settings of a simulator. `SimSettings::default()` listens in clear text, keeps nothing and takes no control requests.
#[derive(Clone)]
pub struct SimSettings {
    /// Path before `/entries` and `/public`: begins with a slash, ends without one. Default `/opanomaly/v1`.
    pub base: String,
    /// `AreaCode` of exports, and of receipts for documents that name none. Six digits, default `110112`.
    pub area_code: String,
    /// TLS; without it the simulator speaks clear text.
    pub tls: Option<SimTls>,
    /// Certificate that the fault `bad_certificate` shows. Needs `tls`.
    pub bad_certificate: Option<SimCertificate>,
    /// File to which every answer is appended and synced before it is given, and that is read at the start. Without it
    /// the simulator forgets everything when it ends.
    pub journal: Option<PathBuf>,
    /// Whether `/control/…` is served. Whoever reaches the port can then change the list.
    pub control: bool,
    /// How long a fault holds a connection before it is closed. Default 30 s, at most 600 s.
    pub hold: Duration,
    /// Pause before each byte of a `slow_body`. Default 1 s, not 0.
    pub slow_byte_every: Duration,
    /// Requests in one second above which 429 is answered. Default none: the capacity of the machine.
    pub requests_per_s_max: Option<u32>,
    /// When the system is open; outside of it every request gets 503. Default none: always.
    pub open: Option<OpeningHours>,
    /// The clock. Default the machine's.
    pub now: Now,
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            base: "/opanomaly/v1".to_owned(),
            area_code: "110112".to_owned(),
            tls: None,
            bad_certificate: None,
            journal: None,
            control: false,
            hold: Duration::from_secs(30),
            slow_byte_every: Duration::from_secs(1),
            requests_per_s_max: None,
            open: None,
            now: Arc::new(machine_now_ms),
        }
    }
}

/// TLS of the simulator.
#[derive(Clone)]
pub struct SimTls {
    /// What the simulator shows.
    pub certificate: SimCertificate,
    /// PEM of the authorities that a client's certificate must come from; without it no certificate is asked for.
    pub client_authorities: Option<Vec<u8>>,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct SimCertificate {
    /// PEM of the chain, the server's own certificate first.
    pub chain: Vec<u8>,
    /// PEM of the private key.
    pub key: Vec<u8>,
}

impl SimSettings {
    /// What is wrong with the settings, before anything is opened.
    pub(crate) fn check(&self) -> Result<(), SimError> {
        let base_right = self.base.starts_with('/')
            && !self.base.ends_with('/')
            && !self.base.contains(['?', '#', '%'])
            && self.base != "/control"
            && !self.base.starts_with("/control/");
        for (right, name, wanted) in [
            (base_right, "base", "a path such as /opanomaly/v1, and not /control"),
            (crate::table::is_authority_code(&self.area_code), "area_code", "six digits"),
            (!self.hold.is_zero() && self.hold <= HOLD_MAX, "hold", "more than 0 and at most 600 s"),
            (!self.slow_byte_every.is_zero(), "slow_byte_every", "more than 0"),
            (self.requests_per_s_max != Some(0), "requests_per_s_max", "more than 0"),
            (self.open.is_none_or(OpeningHours::is_right), "open", "a weekday, and a first minute before the last one"),
            (self.bad_certificate.is_none() || self.tls.is_some(), "bad_certificate", "TLS"),
        ] {
            if !right {
                return Err(SimError::Setting { name, wanted });
            }
        }
        Ok(())
    }
}

fn machine_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
