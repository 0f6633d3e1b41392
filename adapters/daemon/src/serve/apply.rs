//! T2 for a group of messages: written in one call, repeated while the store is not available, and told.

use anyhow::Context as _;
use tracing::{debug, field, info, warn};
use xiezhi_model::fault::Fault;
use xiezhi_model::message::InboxMessage;
use xiezhi_model::{UtcTime, fields};
use xiezhi_ports::{Disposition, InboxOutcome, Settled, Settlement, Trigger};

use super::worker::{Worker, pause_or_stop};

/// Fault code of a message whose settlement the store refuses.
const CODE_REFUSED: &str = "message.settlement-refused";

/// Whether everything of a group was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// It was, or had been before.
    Wholly,
    /// A case had changed meanwhile, or the store refused a settlement: the book no longer says what is stored.
    Partly,
}

impl Worker {
    /// Writes the settlements of a group.
    pub(super) async fn apply(
        &self,
        group: Vec<InboxMessage>,
        settlements: Vec<Settlement>,
    ) -> anyhow::Result<Applied> {
        let mut applied = Applied::Wholly;
        let settled: Vec<(Settlement, Settled)> = loop {
            match self.store.settle(&settlements).await {
                Ok(outcomes) => break settlements.into_iter().zip(outcomes).collect(),
                Err(error) if error.disposition() == Disposition::Reject => {
                    // What was decided for the refused message is not what is written.
                    applied = Applied::Partly;
                    break self.settle_one_by_one(settlements).await?;
                }
                Err(error) => pause_or_stop(&error, "messages could not be settled").await?,
            }
        };
        for (message, (settlement, outcome)) in group.iter().zip(&settled) {
            self.tell(message, settlement, *outcome);
            if *outcome != Settled::Applied {
                applied = Applied::Partly;
            }
        }
        self.outbox_wake.notify_one();
        Ok(applied)
    }

    /// Counts and logs what became of a message.
    fn tell(&self, message: &InboxMessage, settlement: &Settlement, outcome: Settled) {
        let (agency, id, seq) = (message.agency.as_str(), message.message_id.as_str(), message.seq.0);
        match outcome {
            Settled::Applied => self.links.count_settled(&message.agency, &settlement.outcome),
            // Another run of this process settled it before it was killed, and counted it.
            Settled::AlreadyDone => return,
            // Another writer changed the case meanwhile; the row is pending and is leased and decided again.
            Settled::Conflict => {
                info!({ fields::AGENCY } = agency, { fields::INBOX_SEQ } = seq, "settlement conflicted");
                return;
            }
        }
        match &settlement.outcome {
            InboxOutcome::Dead(fault) => warn!(
                { fields::AGENCY } = agency,
                { fields::MESSAGE_ID } = id,
                { fields::INBOX_SEQ } = seq,
                { fields::FAULT_CODE } = fault.code.as_str(),
                { fields::PLUGIN_DIGEST } = settlement.plugin_digest.map(field::display),
                "message is dead"
            ),
            InboxOutcome::Done | InboxOutcome::Waiting => debug!(
                { fields::AGENCY } = agency,
                { fields::MESSAGE_ID } = id,
                { fields::INBOX_SEQ } = seq,
                records = settlement.records,
                row_faults = settlement.row_faults.len(),
                "message was settled"
            ),
        }
    }

    /// After the store refused a batch: finds the settlement that it cannot take, and makes its message dead.
    async fn settle_one_by_one(&self, settlements: Vec<Settlement>) -> anyhow::Result<Vec<(Settlement, Settled)>> {
        let mut settled = Vec::with_capacity(settlements.len());
        for settlement in settlements {
            let mut one = self.store.settle(std::slice::from_ref(&settlement)).await;
            let mut applied = settlement;
            if let Err(error) = &one
                && error.disposition() == Disposition::Reject
            {
                warn!(error = error as &dyn std::error::Error, "settlement was refused");
                applied = refused_settlement(applied.trigger, self.clock.now());
                one = self.store.settle(std::slice::from_ref(&applied)).await;
            }
            let outcome = one.context("a message could not be settled")?.pop().unwrap_or(Settled::Conflict);
            settled.push((applied, outcome));
        }
        Ok(settled)
    }
}

fn refused_settlement(trigger: Trigger, at: UtcTime) -> Settlement {
    let fault = Fault::new(CODE_REFUSED, "办理结果无法入库，报文已保留，请联系运维人员查明后重新处理");
    let mut entry = xiezhi_model::audit::AuditEntry::new(
        at,
        xiezhi_model::audit::AuditAction::MessageDead,
        xiezhi_model::audit::ACTOR_GATEWAY,
        fault.text.clone(),
    );
    entry.fault_code = Some(fault.code.clone());
    Settlement { audit: vec![entry], ..Settlement::empty(trigger, InboxOutcome::Dead(fault), at) }
}
