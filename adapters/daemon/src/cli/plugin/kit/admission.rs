//! Admission: the same host, limits and rules as in the gateway.

use xiezhi_host::{Candidate, Host};
use xiezhi_model::Digest;

use super::report::Report;

/// Admits a component, or reports why the gateway would not.
pub(crate) fn check(host: &Host, component: &[u8], report: &mut Report<'_>) -> Option<Candidate> {
    let digest = Digest::of(component);
    match host.prepare(component, Some(digest)) {
        Ok(candidate) => {
            let bytes = component.len();
            report.ok("admission", "component", format!("{bytes} bytes, no imports, digest {digest}"));
            Some(candidate)
        }
        Err(error) => {
            report.failure("admission", "component", format!("{}: {error}", error.code()));
            None
        }
    }
}
