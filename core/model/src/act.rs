//! Legal acts (行政行为): proposed by the policy or an officer, decided by two different persons (初审, 审核), carried out by the
//! gateway. The machine never decides one.

mod answer;
mod objection;

use serde::{Deserialize, Serialize};

pub use answer::{ActAnswer, AnswerStatus, Stopped};
pub use objection::{Objection, ObjectionRequest, ObjectionStatus, ObjectionStep};

use crate::case::Deadline;
use crate::message::Outgoing;
use crate::policy::{Authority, Clock};
use crate::record::Party;
use crate::{AccountName, ActId, AgencyId, CaseNumber, CivilDate, ClauseId, InboxSeq, MessageId, RuleId, UtcTime};

/// Which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// 列入经营异常名录, 五（三）9（2）.
    ListIn,
    /// 移出经营异常名录.
    ListOut,
    /// 更正经营异常名录: a wrong listing is taken back.
    Correction,
    /// 联合惩戒, 五（三）9（5）.
    JointPunishment,
    /// 解除联合惩戒: expiry, repair (信用修复) or annulment.
    Lift,
    /// 约谈, 五（三）8 and 9（4）.
    Interview,
    /// 责令限期改正, 五（三）8.
    Rectify,
    /// 暂停集群注册地址登记注册手续办理, 五（三）8.
    Suspend,
    /// 恢复办理: the reason for a suspension is mended.
    Resume,
    /// 取消集群注册地址, 五（三）8.
    Cancel,
}

impl ActKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ListIn,
        Self::ListOut,
        Self::Correction,
        Self::JointPunishment,
        Self::Lift,
        Self::Interview,
        Self::Rectify,
        Self::Suspend,
        Self::Resume,
        Self::Cancel,
    ];

    /// As stored and shown; the same text as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ListIn => "list_in",
            Self::ListOut => "list_out",
            Self::Correction => "correction",
            Self::JointPunishment => "joint_punishment",
            Self::Lift => "lift",
            Self::Interview => "interview",
            Self::Rectify => "rectify",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::ListIn => "列入经营异常名录",
            Self::ListOut => "移出经营异常名录",
            Self::Correction => "更正经营异常名录",
            Self::JointPunishment => "联合惩戒",
            Self::Lift => "解除联合惩戒",
            Self::Interview => "约谈",
            Self::Rectify => "责令限期改正",
            Self::Suspend => "暂停集群注册地址登记注册手续办理",
            Self::Resume => "恢复集群注册地址登记注册手续办理",
            Self::Cancel => "取消集群注册地址",
        }
    }

    /// Reads [`ActKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether its receivers must answer: that they carry a measure out, or that an entry is public.
    #[must_use]
    pub fn is_answered(self) -> bool {
        self.is_measure() || self.is_published()
    }

    /// Whether it starts or ends a measure that its receivers carry out, and say so (惩戒措施反馈).
    #[must_use]
    pub fn is_measure(self) -> bool {
        matches!(self, Self::JointPunishment | Self::Lift)
    }

    /// The kind that it takes back, where it takes one back.
    #[must_use]
    pub fn takes_back(self) -> Option<Self> {
        match self {
            Self::ListOut | Self::Correction => Some(Self::ListIn),
            Self::Lift => Some(Self::JointPunishment),
            _ => None,
        }
    }

    /// Whether it is told to the credit system.
    #[must_use]
    pub fn is_published(self) -> bool {
        matches!(self, Self::ListIn | Self::ListOut | Self::Correction)
    }
}

/// Where an act stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActStatus {
    /// 待初审.
    Proposed,
    /// 待审核: an officer approved it.
    Examined,
    /// 已决定: a reviewer approved it too, and it is carried out.
    Decided,
    /// 未批准: one of the two refused it.
    Refused,
}

impl ActStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Examined, Self::Decided, Self::Refused];

    /// As stored and shown; the same text as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Examined => "examined",
            Self::Decided => "decided",
            Self::Refused => "refused",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Proposed => "待初审",
            Self::Examined => "待审核",
            Self::Decided => "已决定",
            Self::Refused => "未批准",
        }
    }

    /// Reads [`ActStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether a person still has to say something.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Examined)
    }
}

/// Something that an act rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is, in words, such as `现场核查无下落`.
    pub title: String,
    /// Who brought it.
    pub agency: AgencyId,
    /// Their own number of it.
    pub reference: String,
    /// The message that it came in; its bytes are kept.
    pub inbox_seq: InboxSeq,
    /// The row in the message, counted from 1.
    pub row: u32,
    /// When the gateway received it.
    pub received_at: UtcTime,
}

/// What an act says beside its kind; which of these a kind needs is the engine's rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActTerms {
    /// Cause or removal code of the credit system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Code in 全国失信惩戒措施基础清单.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure_code: Option<String>,
    /// Legal basis of a joint punishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// When a joint punishment ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<CivilDate>,
    /// By when the receivers must answer or act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Deadline>,
    /// Who is told; the credit system for what is published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receivers: Vec<AgencyId>,
    /// The act that this one takes back: the listing of a removal or correction, the joint punishment of a lift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_back: Option<ActId>,
    /// The cluster address's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_address: Option<String>,
}

/// What an officer asks to have proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// The case that it is from.
    pub case_number: CaseNumber,
    /// Which act.
    pub kind: ActKind,
    /// The clause of the measure behind it; the case's where absent.
    #[serde(default)]
    pub clause: Option<ClauseId>,
    /// Why, in Chinese.
    pub reason: String,
    /// Of the case's sources, those that it rests on, counted from 1; all of them where empty.
    #[serde(default)]
    pub evidence: Vec<usize>,
    /// What it says; `due` is not taken from here but counted from `clock`.
    #[serde(default)]
    pub terms: ActTerms,
    /// How long its receivers have to answer or act.
    #[serde(default)]
    pub clock: Option<Clock>,
}

/// What one of the two deciding persons says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ballot {
    /// 同意. The second one gives the document number (文号) of the decision.
    Approve {
        /// The document number.
        decision: Option<String>,
        /// A remark.
        remark: String,
    },
    /// 不同意, and why.
    Refuse {
        /// Why.
        remark: String,
    },
}

/// Who proposed an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposer {
    /// A rule of the policy.
    Policy {
        /// The rule.
        rule: RuleId,
        /// Its version and the policy's.
        rule_version: String,
    },
    /// An officer.
    Person(AccountName),
}

/// What a person said to an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub person: AccountName,
    /// As which of the two.
    pub role: PersonRole,
    /// Whether they approved.
    pub approved: bool,
    /// Why, where they refused; else a remark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// When.
    pub at: UtcTime,
}

/// A legal act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegalAct {
    /// Its number.
    pub id: ActId,
    /// Which act.
    pub kind: ActKind,
    /// The case it is from.
    pub case_number: CaseNumber,
    /// The entity's key, as the case's join key has it (`uscc:…`): acts about one entity are found by it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entity: String,
    /// Against or for whom.
    pub party: Party,
    /// The clause of the measure behind it.
    pub clause: ClauseId,
    /// Why, in Chinese.
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What it says.
    pub terms: ActTerms,
    /// Document number (文号), from its decision on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// In whose name a published act was decided, from its decision on: it says so also when it is sent anew after the authority was
    /// renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Authority>,
    /// Who proposed it.
    pub proposed_by: Proposer,
    /// When.
    pub proposed_at: UtcTime,
    /// Where it stands.
    pub status: ActStatus,
    /// What was said to it, in order: at most two votes.
    pub votes: Vec<Vote>,
    /// What its receivers answered, once it is decided; one for each where [`ActKind::is_answered`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ActAnswer>,
    /// How often a person had an entry sent to the credit system anew, each time under another message id.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resends: u32,
    /// Objections to what was published (公示后异议), oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<Objection>,
    /// When the engine looks at it again: its answers are due, an objection is, or it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_at: Option<UtcTime>,
    /// Counts changes; a write that is not based on the stored version is refused. 0 means not stored yet.
    pub version: u32,
}

impl LegalAct {
    /// Whether it is decided and `others`, the acts about the same entity, hold none that took it back.
    #[must_use]
    pub fn stands<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> bool {
        let takes_back =
            |act: &Self| act.status == ActStatus::Decided && act.terms.takes_back.as_ref() == Some(&self.id);
        self.status == ActStatus::Decided && !others.into_iter().any(takes_back)
    }

    /// The id of the message that carries it to a receiver: of the latest, where it was sent anew.
    #[must_use]
    pub fn message_id(&self, receiver: &AgencyId) -> MessageId {
        self.message_ids(receiver).last().unwrap_or_else(|| self.nth_message_id(receiver, 0))
    }

    /// The ids of all messages that carried it to a receiver, the first one first.
    pub fn message_ids(&self, receiver: &AgencyId) -> impl Iterator<Item = MessageId> {
        (0..=self.resends).map(move |nth| self.nth_message_id(receiver, nth))
    }

    fn nth_message_id(&self, receiver: &AgencyId, nth: u32) -> MessageId {
        let nth = usize::try_from(nth).unwrap_or(usize::MAX);
        Outgoing::derive_id(self.id.as_str(), self.kind.as_str(), receiver, nth)
    }

    /// What the credit system knows its entry by (`BusExcList`): the listing's number, also in what takes it back.
    #[must_use]
    pub fn entry_key(&self) -> String {
        self.terms.takes_back.as_ref().unwrap_or(&self.id).as_str().replace('/', "-")
    }

    /// Whether it is a decided word about the same entry of the credit system's list, and a later one than `other`.
    #[must_use]
    pub fn is_said_after(&self, other: &Self) -> bool {
        let is_of_entry = |act: &Self| act.status == ActStatus::Decided && act.kind.is_published();
        let place = |act: &Self| (act.terms.takes_back.is_some(), act.closed_at(), act.id.nth());
        is_of_entry(self)
            && is_of_entry(other)
            && self.id != other.id
            && self.entry_key() == other.entry_key()
            && place(self) > place(other)
    }

    /// The objection that nobody has decided yet.
    #[must_use]
    pub fn open_objection(&self) -> Option<&Objection> {
        self.objections.iter().find(|objection| objection.status.is_open())
    }

    /// When its last vote decided or refused it.
    #[must_use]
    pub fn closed_at(&self) -> Option<UtcTime> {
        if self.status.is_open() { None } else { self.votes.last().map(|vote| vote.at) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// 办案人员: proposes, and is the first of the two who decide (初审).
    Officer,
    /// 审核人员: the second (审核).
    Reviewer,
}

impl PersonRole {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Officer, Self::Reviewer];

    /// As stored and shown; the same text as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Reviewer => "reviewer",
        }
    }

    /// As officials read it.
    #[must_use]
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Officer => "办案人员",
            Self::Reviewer => "审核人员",
        }
    }

    /// Reads [`PersonRole::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A person of the bureau who may act here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The name they sign in with.
    pub name: AccountName,
    /// What they may do.
    pub role: PersonRole,
    /// Argon2id hash of the password, as a PHC text. Never printed.
    pub password_hash: String,
    /// Since when.
    pub created_at: UtcTime,
    /// Whether they may not sign in any more.
    pub disabled: bool,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("password_hash", &"***")
            .field("created_at", &self.created_at)
            .field("disabled", &self.disabled)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back_and_are_those_of_the_json() {
        for kind in ActKind::ALL {
            assert_eq!(ActKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
        for status in ActStatus::ALL {
            assert_eq!(ActStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{}\"", status.as_str()));
        }
        for role in PersonRole::ALL {
            assert_eq!(PersonRole::parse(role.as_str()), Some(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.as_str()));
        }
    }

    #[test]
    fn a_password_hash_is_not_shown() {
        let account = Account {
            name: AccountName::parse("wang-lan").unwrap(),
            role: PersonRole::Officer,
            password_hash: "$argon2id$hidden".to_owned(),
            created_at: UtcTime::from_unix_ms(0).unwrap(),
            disabled: false,
        };
        assert!(!format!("{account:?}").contains("hidden"));
    }
}
