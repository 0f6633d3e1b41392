//! Creating what is missing. What is there is never changed and never deleted: that is told, for a person to decide.

use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use super::super::compare::{Missing, compare};
use super::super::{Actual, Difference, Topology, definitions};
use super::{Management, ManagementError};

/// What [`Management::apply`] did and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// What was created, in this order.
    pub created: Vec<String>,
    /// What the broker refused to create.
    pub failed: Vec<Failure>,
    /// Users of the topology that have no password: they cannot log in with one until the administrator sets it.
    pub without_password: Vec<String>,
    /// The differences that are left.
    pub left: Vec<Difference>,
}

/// Something that could not be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What.
    pub object: String,
    /// What the broker says.
    pub why: String,
}

impl Management {
    /// Creates what is missing, then looks again. May be repeated, also after it was dropped half-way: then the rest is created.
    ///
    /// New users have no password and no tags.
    ///
    /// # Errors
    /// [`ManagementError`] when the broker cannot be read or reached any more; a refusal of one object is in [`Applied`].
    pub async fn apply(&self, topology: &Topology) -> Result<Applied, ManagementError> {
        let before = self.read(&topology.vhost).await?;
        let mut applied = Applied::default();
        if !before.has_vhost {
            let object = format!("vhost {}", topology.vhost);
            let made = self.change(Method::PUT, &["vhosts", &topology.vhost], &json!({})).await;
            applied.note(object, made)?;
        }
        if applied.failed.is_empty() {
            let missing = Missing::of(topology, &before);
            self.create_objects(topology, &missing, &mut applied).await?;
            self.create_people(topology, &missing, &mut applied).await?;
        }
        let after = self.read(&topology.vhost).await?;
        applied.without_password = without_password(topology, &after);
        applied.left = compare(topology, &after);
        Ok(applied)
    }

    /// The policy first, so that no queue is without limits even for a moment.
    async fn create_objects(
        &self,
        topology: &Topology,
        missing: &Missing<'_>,
        applied: &mut Applied,
    ) -> Result<(), ManagementError> {
        let vhost = topology.vhost.as_str();
        if missing.policy {
            let policy = &topology.policy;
            let body = definitions::policy(policy);
            let made = self.change(Method::PUT, &["policies", vhost, policy.name], &body).await;
            applied.note(format!("policy {}", policy.name), made)?;
        }
        for exchange in &missing.exchanges {
            let body = definitions::exchange(exchange);
            let made = self.change(Method::PUT, &["exchanges", vhost, &exchange.name], &body).await;
            applied.note(format!("exchange {}", exchange.name), made)?;
        }
        for queue in &missing.queues {
            let body = definitions::queue(queue);
            let made = self.change(Method::PUT, &["queues", vhost, &queue.name], &body).await;
            applied.note(format!("queue {}", queue.name), made)?;
        }
        for binding in &missing.bindings {
            let path = ["bindings", vhost, "e", &binding.exchange, "q", &binding.queue];
            let made = self.change(Method::POST, &path, &definitions::binding(binding)).await;
            applied.note(format!("binding {} -> {}", binding.exchange, binding.queue), made)?;
        }
        Ok(())
    }

    async fn create_people(
        &self,
        topology: &Topology,
        missing: &Missing<'_>,
        applied: &mut Applied,
    ) -> Result<(), ManagementError> {
        for user in &missing.users {
            // Somebody may have made it since: putting it again would take its password away.
            if self.is_there(&["users", user]).await? {
                continue;
            }
            let made = self.change(Method::PUT, &["users", user], &definitions::user()).await;
            applied.note(format!("user {user}"), made)?;
        }
        for permission in &missing.permissions {
            let path = ["permissions", topology.vhost.as_str(), permission.user.as_str()];
            let made = self.change(Method::PUT, &path, &definitions::permission(permission)).await;
            applied.note(format!("permission of {}", permission.user), made)?;
        }
        Ok(())
    }
}

impl Applied {
    /// A refusal of one object does not stop the others; what says that nothing more will work does.
    fn note(&mut self, object: String, made: Result<(), ManagementError>) -> Result<(), ManagementError> {
        match made {
            Ok(()) => self.created.push(object),
            Err(ManagementError::Refused { status, reason, .. }) => {
                self.failed.push(Failure { object, why: format!("{status}: {reason}") });
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn without_password(topology: &Topology, actual: &Actual) -> Vec<String> {
    let is_ours = |name: &str| topology.permissions.iter().any(|permission| permission.user == name);
    let mut names: Vec<String> = actual
        .users
        .iter()
        .filter(|user| !user.has_password && is_ours(&user.name))
        .map(|user| user.name.clone())
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::topology;
    use super::*;
    use crate::topology::ActualUser;

    #[test]
    fn a_refusal_is_noted_and_a_broken_connection_ends_it() {
        let mut applied = Applied::default();
        let refused = ManagementError::Refused { what: String::new(), status: 400, reason: "inequivalent arg".into() };
        applied.note("queue x".into(), Err(refused)).unwrap();
        applied.note("queue y".into(), Ok(())).unwrap();
        assert_eq!(applied.created, ["queue y"]);
        assert_eq!(applied.failed[0].why, "400: inequivalent arg");
        let ended = ManagementError::Unauthorised { what: String::new() };
        assert!(applied.note("queue z".into(), Err(ended)).is_err());
    }

    #[test]
    fn only_our_users_without_a_password_are_told() {
        let user = |name: &str, has_password| ActualUser { name: name.into(), tags: Vec::new(), has_password };
        let users = vec![user("police", false), user("cg", true), user("other", false), user("gateway", false)];
        let actual = Actual { users, ..Actual::default() };
        assert_eq!(without_password(&topology(), &actual), ["gateway", "police"]);
    }
}
