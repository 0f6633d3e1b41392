//! Where messages go: each agency's transport, as its link says.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use xiezhi_model::message::{Outgoing, PublishOutcome};
use xiezhi_model::{AgencyId, UtcTime};
use xiezhi_ports::{Transport, TransportError};

/// The embedded queue, and the transports of the agencies that are reached otherwise.
pub(super) struct Transports {
    pub(super) embedded: Arc<dyn Transport>,
    pub(super) others: BTreeMap<AgencyId, Arc<dyn Transport>>,
}

#[async_trait]
impl Transport for Transports {
    /// A batch is one agency's; one that is not is published agency by agency.
    async fn publish(&self, batch: &[Outgoing], now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for run in batch.chunk_by(|a, b| a.agency == b.agency) {
            let transport = run.first().and_then(|message| self.others.get(&message.agency));
            outcomes.extend(transport.unwrap_or(&self.embedded).publish(run, now).await?);
        }
        Ok(outcomes)
    }
}
