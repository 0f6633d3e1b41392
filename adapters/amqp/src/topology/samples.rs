//! A small topology for the tests of this folder.

use xiezhi_model::AgencyId;

use super::Topology;
use crate::settings::{AmqpLink, QueueLimits};

/// Two agencies, one with a user of another name.
pub(super) fn links() -> Vec<AmqpLink> {
    [("police", "police"), ("urban-management", "cg")]
        .map(|(id, user)| AmqpLink {
            agency: AgencyId::parse(id).unwrap(),
            user: user.to_owned(),
            message_bytes_max: 1_048_576,
        })
        .to_vec()
}

/// Their topology.
pub(super) fn topology() -> Topology {
    Topology::of("gov", "gateway", &links(), QueueLimits { messages_max: 9, bytes_max: 99, delivery_limit: 3 })
}
