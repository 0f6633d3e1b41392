//! What people do about published entries beside deciding them: look at what will be public, send anew, register objections.

use async_trait::async_trait;
use xiezhi_credit::Reader as _;
use xiezhi_engine::Decision;
use xiezhi_http::{ActDesk as _, DeskError, PublicityDesk};
use xiezhi_model::act::{Account, ActKind, ActStatus, LegalAct, ObjectionRequest};
use xiezhi_model::publicity::PublicView;
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_model::record::LedgerEntry;
use xiezhi_model::{ActId, Record, UtcTime};

use super::{ACTS_MAX, Denial, Desk};

#[async_trait]
impl PublicityDesk for Desk {
    async fn preview(&self, id: &ActId) -> Result<PublicView, DeskError> {
        let now = self.clock.now();
        let act = self.show(id).await?;
        if !act.kind.is_published() {
            let text = format!("{id}（{}）不公示", act.kind.to_chinese());
            return Err(DeskError::Denied { code: "act.not-published", text });
        }
        let listing = match &act.terms.takes_back {
            Some(listing) => self.show(listing).await?,
            None => act.clone(),
        };
        let denied = |denial: Denial| DeskError::Denied { code: denial.code, text: denial.text };
        let listed = self.as_read_there(&listing, now).map_err(denied)?;
        let removed = match act.kind {
            ActKind::ListIn => None,
            _ => Some(self.as_read_there(&act, now).map_err(denied)?),
        };
        Ok(view(&act, &listed, removed.as_ref()))
    }

    async fn resend(&self, person: &Account, id: &ActId, reason: &str) -> Result<LegalAct, DeskError> {
        let now = self.clock.now();
        let act = self.show(id).await?;
        let others = self.store.acts_of_entity(&act.entity, ACTS_MAX).await?;
        self.step(person, &act, self.engine.resend(&act, &others, person, reason, now), now).await
    }

    async fn objection(&self, person: &Account, id: &ActId, request: &ObjectionRequest) -> Result<LegalAct, DeskError> {
        let now = self.clock.now();
        let act = self.show(id).await?;
        self.step(person, &act, self.engine.objection(&act, person, request, now), now).await
    }

    async fn reconciliations(&self, limit: usize) -> Result<Vec<Reconciliation>, DeskError> {
        Ok(self.store.reconciliations(limit).await?)
    }
}

impl Desk {
    /// Applies a step about an act, on the version that the person saw; or records why it was not let.
    async fn step(
        &self,
        person: &Account,
        act: &LegalAct,
        decided: Result<Decision, Denial>,
        now: UtcTime,
    ) -> Result<LegalAct, DeskError> {
        let written = decided.and_then(|decision| {
            let written = self.written(&decision.drafts, now)?;
            Ok((decision, written))
        });
        match written {
            Ok((decision, written)) => self.apply(decision, written, now).await?.ok_or(DeskError::Conflict),
            Err(denial) => Err(self.deny(denial, person.name.as_str(), Some(act), None).await?),
        }
    }

    /// An act's entry as its own document says it: written by the credit system's plugin and read back. So the preview shows what
    /// leaves the gateway, not what the gateway thinks.
    fn as_read_there(&self, act: &LegalAct, now: UtcTime) -> Result<LedgerEntry, Denial> {
        let mut drafts = self.engine.would_send(act, now)?;
        drafts.truncate(1);
        let written = self.written(&drafts, now)?;
        let unreadable = |text: String| Denial { code: "act.unwritable", text };
        let (Some(draft), Some(Ok((encoded, _)))) = (drafts.first(), written.first()) else {
            return Err(unreadable("公示系统的适配插件暂不可用，请稍后再试".to_owned()));
        };
        let read = tokio::task::block_in_place(|| self.links.read(&draft.agency, &encoded.body, now));
        let decoded = read.map_err(|error| unreadable(format!("公示文书不能读回：{}", error.fault.text)))?;
        let entry = decoded.document.records.into_iter().find_map(|row| match row.record {
            Record::LedgerEntry(entry) => Some(*entry),
            _ => None,
        });
        entry.ok_or_else(|| unreadable("公示文书中没有条目".to_owned()))
    }
}

fn view(act: &LegalAct, listed: &LedgerEntry, removed: Option<&LedgerEntry>) -> PublicView {
    let of = |entry: &LedgerEntry, name: &str| entry.extra.get(name).cloned().unwrap_or_default();
    let of_removal = |name: &str| removed.map(|entry| of(entry, name)).unwrap_or_default();
    let party = &removed.unwrap_or(listed).party;
    let remark = match (act.kind, act.status) {
        (ActKind::Correction, _) => "列入决定有误予以撤销后，该条不再对外显示",
        (_, ActStatus::Decided) => "",
        _ => "尚未决定；日期以审核同意之日为准",
    };
    PublicView {
        name: party.name.clone().unwrap_or_default(),
        uscc: party.uscc.as_ref().map(ToString::to_string).unwrap_or_default(),
        number: 1,
        listed_for: of(listed, "SpeCauseCN"),
        listed_on: of(listed, "AbnTime"),
        listed_by: of(listed, "DecorgCN"),
        removed_for: of_removal("RemExcpresCN"),
        removed_on: of_removal("RemDate"),
        removed_by: of_removal("ReDecOrgCN"),
        reason_sent: removed.map_or_else(|| of(listed, "AnomalyRea"), |removed| of(removed, "RemoveRea")),
        remark: remark.to_owned(),
    }
}
