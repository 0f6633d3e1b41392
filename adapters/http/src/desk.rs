//! What the HTTP side needs of the desk where people sign in, propose and decide legal acts, and act on cases.

use async_trait::async_trait;
use thiserror::Error;
use xiezhi_model::act::{Account, ActRequest, Ballot, LegalAct, ObjectionRequest};
use xiezhi_model::case::Case;
use xiezhi_model::case_request::CaseRequest;
use xiezhi_model::ledger::EntityFile;
use xiezhi_model::publicity::PublicView;
use xiezhi_model::reconciliation::Reconciliation;
use xiezhi_model::{ActId, CaseNumber};
use xiezhi_ports::{ActFilter, StoreError};

use crate::Problem;
use crate::error::ApiError;

/// Where legal acts are proposed and decided. It records what it refuses.
#[async_trait]
pub trait ActDesk: Send + Sync {
    /// The account of a name and password.
    ///
    /// # Errors
    /// [`DeskError::NotSignedIn`] when they are not a pair, [`DeskError::Denied`] after too many tries.
    async fn sign_in(&self, name: &str, password: &str) -> Result<Account, DeskError>;

    /// The acts that the filter lets through, newest first.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    async fn list(&self, filter: &ActFilter) -> Result<Vec<LegalAct>, DeskError>;

    /// One act.
    ///
    /// # Errors
    /// [`DeskError::Unknown`].
    async fn show(&self, id: &ActId) -> Result<LegalAct, DeskError>;

    /// The file of an entity (一户一档), by its key or credit code; empty for one that nobody reported.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    async fn entity(&self, entity: &str) -> Result<EntityFile, DeskError>;

    /// Proposes an act in an officer's name.
    ///
    /// # Errors
    /// [`DeskError`].
    async fn propose(&self, person: &Account, request: ActRequest) -> Result<LegalAct, DeskError>;

    /// Approves or refuses an act in a person's name.
    ///
    /// # Errors
    /// [`DeskError`].
    async fn vote(&self, person: &Account, id: &ActId, ballot: Ballot) -> Result<LegalAct, DeskError>;
}

/// What people do about published entries beside deciding them. It records what it refuses.
#[async_trait]
pub trait PublicityDesk: Send + Sync {
    /// What a visitor of the credit system sees, or will see, of an act's entry.
    ///
    /// # Errors
    /// [`DeskError::Unknown`], and [`DeskError::Denied`] for an act that is not published or cannot be written.
    async fn preview(&self, id: &ActId) -> Result<PublicView, DeskError>;

    /// Sends a decided entry to the credit system anew, in a person's name.
    ///
    /// # Errors
    /// [`DeskError`].
    async fn resend(&self, person: &Account, id: &ActId, reason: &str) -> Result<LegalAct, DeskError>;

    /// Does a step about an objection to a published listing, in an officer's name.
    ///
    /// # Errors
    /// [`DeskError`].
    async fn objection(&self, person: &Account, id: &ActId, request: &ObjectionRequest) -> Result<LegalAct, DeskError>;

    /// The latest reconciliations with the credit system, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`DeskError::Store`].
    async fn reconciliations(&self, limit: usize) -> Result<Vec<Reconciliation>, DeskError>;
}

/// Where officers assign, verify, close, suspend, resume and reopen cases. It records what it refuses.
#[async_trait]
pub trait CaseDesk: Send + Sync {
    /// Does a step in a person's name: the case as it is then.
    ///
    /// # Errors
    /// [`DeskError`].
    async fn case_step(&self, person: &Account, number: &CaseNumber, request: &CaseRequest) -> Result<Case, DeskError>;
}

/// Why the desk did not do something.
#[derive(Debug, Error)]
pub enum DeskError {
    /// Name and password are not a pair, or the account is closed; which of these is not said.
    #[error("not signed in")]
    NotSignedIn,
    /// There is no such case or act; says which.
    #[error("{0}")]
    Unknown(String),
    /// The person may not, or what they ask for is not complete.
    #[error("{code}: {text}")]
    Denied {
        /// Stable code, such as `act.same-person`.
        code: &'static str,
        /// What is wrong and what to do, in Chinese.
        text: String,
    },
    /// Somebody else changed the act or its case at the same moment, several times.
    #[error("changed at the same moment")]
    Conflict,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotSignedIn => {
                Self::new(Problem::PersonUnknown, "账号或密码不正确，或账号已停用；请核对后重试，或联系系统管理员")
            }
            DeskError::Unknown(text) => Self::new(Problem::ActUnknown, text),
            DeskError::Denied { code, text } => Self::new(Problem::ActDenied, text).because(code),
            DeskError::Conflict => Self::new(Problem::ActConflict, "该事项刚被他人办理，本次未生效；请重新查看后再办"),
            DeskError::Store(error) => Self::from(error),
        }
    }
}
