//! The case desk: officers assign, verify, close, suspend, resume and reopen cases.

use async_trait::async_trait;
use xiezhi_engine::{CaseStep, Decision, Denial};
use xiezhi_http::{CaseDesk, DeskError};
use xiezhi_model::act::Account;
use xiezhi_model::case::{Case, CaseStatus};
use xiezhi_model::case_request::CaseRequest;
use xiezhi_model::{CaseNumber, UtcTime};
use xiezhi_ports::{Settled, StoreError};

use super::{Desk, TRIES_MAX};
use crate::serve::link::WrittenResult;

#[async_trait]
impl CaseDesk for Desk {
    async fn case_step(&self, person: &Account, number: &CaseNumber, request: &CaseRequest) -> Result<Case, DeskError> {
        for _ in 0..TRIES_MAX {
            let now = self.clock.now();
            let unknown = || DeskError::Unknown(format!("没有编号为{number}的案件；请核对案件编号"));
            let case = self.store.case_load(number).await?.ok_or_else(unknown)?;
            let sources = self.store.case_sources(number, 1).await?;
            let twin = self.twin(&case).await?;
            let step = CaseStep { case: &case, source: sources.first(), twin: twin.as_ref(), request };
            let decided = self.engine.case_step(step, person, now).and_then(|decision| {
                let written = self.written(&decision.drafts, now).map_err(unwritable)?;
                Ok((decision, written))
            });
            match decided {
                Ok((decision, written)) => {
                    if let Some(case) = self.apply_to_case(decision, written, now).await? {
                        return Ok(case);
                    }
                }
                Err(denial) => return Err(self.deny(denial, person.name.as_str(), None, Some(number)).await?),
            }
        }
        Err(DeskError::Conflict)
    }
}

impl Desk {
    /// The case, not closed, that has taken a closed one's place.
    async fn twin(&self, case: &Case) -> Result<Option<CaseNumber>, StoreError> {
        if case.status != CaseStatus::Closed {
            return Ok(None);
        }
        let open = self.store.cases_by_join_key(std::slice::from_ref(&case.join_key)).await?;
        Ok(open.into_iter().map(|twin| twin.number).find(|number| *number != case.number))
    }

    /// Applies what was decided about one case, and returns the case; `None` when somebody else was faster.
    async fn apply_to_case(
        &self,
        decision: Decision,
        written: Vec<WrittenResult>,
        now: UtcTime,
    ) -> Result<Option<Case>, StoreError> {
        let settlement = self.engine.finish(decision, written, now);
        let case = settlement.cases.first().map(|write| Case::clone(&write.case));
        let settled = self.store.settle(&[settlement]).await?;
        if settled.first() != Some(&Settled::Applied) {
            return Ok(None);
        }
        self.outbox_wake.notify_one();
        Ok(case)
    }
}

/// The same refusal under this desk's own code.
fn unwritable(denial: Denial) -> Denial {
    Denial { code: "case.unwritable", ..denial }
}
