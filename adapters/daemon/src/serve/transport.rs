//! Where messages go: each agency's transport, as its link says.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use xiezhi_model::message::{Outgoing, PublishOutcome};
use xiezhi_model::{AgencyId, UtcTime};
use xiezhi_ports::{Transport, TransportError};

/// The embedded queue, and the broker for the agencies that are reached through it.
pub(super) struct Transports {
    pub(super) embedded: Arc<dyn Transport>,
    pub(super) broker: Arc<dyn Transport>,
    pub(super) at_broker: BTreeSet<AgencyId>,
}

#[async_trait]
impl Transport for Transports {
    /// A batch is one agency's; one that is not is published agency by agency where the links differ.
    async fn publish(&self, batch: &[Outgoing], now: UtcTime) -> Result<Vec<PublishOutcome>, TransportError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for run in batch.chunk_by(|a, b| self.at_broker.contains(&a.agency) == self.at_broker.contains(&b.agency)) {
            let at_broker = run.first().is_some_and(|message| self.at_broker.contains(&message.agency));
            let transport = if at_broker { &self.broker } else { &self.embedded };
            outcomes.extend(transport.publish(run, now).await?);
        }
        Ok(outcomes)
    }
}
