//! The commands beside `serve`: each opens what it needs, prints, and says with its exit code how it went.

pub(crate) mod account;
pub(crate) mod act;
pub(crate) mod agency;
pub(crate) mod audit;
pub(crate) mod case;
mod case_step;
pub(crate) mod check;
pub(crate) mod credit_sim;
pub(crate) mod entity;
pub(crate) mod message;
mod password;
pub(crate) mod plugin;
pub(crate) mod policy;
pub(crate) mod print;
pub(crate) mod publicity;
pub(crate) mod status;
pub(crate) mod topology;
