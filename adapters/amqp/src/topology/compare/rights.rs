//! Who may do more, or other things, than the topology gives.

use regex::Regex;

use super::super::actual::{Actual, ActualPermission, ActualUser};
use super::super::difference::{Difference, DifferenceKind, quoted};
use super::super::{Permission, Topology};
use super::difference;

/// What the broker calls its default exchange where it checks permissions.
const DEFAULT_EXCHANGE: &str = "amq.default";
/// Who has this tag can give itself anything, so its permissions say nothing.
const ADMINISTRATOR: &str = "administrator";

/// The differences between what users may do and what they should.
pub(super) fn compare(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let mut found = Vec::new();
    for wanted in &topology.permissions {
        if let Some(user) = actual.users.iter().find(|user| user.name == wanted.user) {
            found.extend(tags(user));
        }
        let own = actual.permissions.iter().filter(|there| there.user == wanted.user);
        for there in own {
            let is_agency = wanted.user != topology.gateway_user;
            match there.vhost == topology.vhost {
                true => found.extend(here(topology, wanted, there)),
                false if is_agency => found.push(elsewhere(there)),
                false => {}
            }
            if is_agency && allows(&there.write, DEFAULT_EXCHANGE) {
                found.push(default_exchange(there));
            }
        }
    }
    found.extend(foreign(topology, actual));
    found
}

/// Permissions as one text.
pub(super) fn shown(configure: &str, write: &str, read: &str) -> String {
    format!("configure \"{configure}\", write \"{write}\", read \"{read}\"")
}

fn tags(user: &ActualUser) -> Option<Difference> {
    (!user.tags.is_empty()).then(|| {
        let next = format!("take them away: rabbitmqctl set_user_tags {}", quoted(&user.name));
        let found = user.tags.join(", ");
        difference(DifferenceKind::UserTags, format!("user {}", user.name), "no tags", found, next)
    })
}

fn here(topology: &Topology, wanted: &Permission, there: &ActualPermission) -> Option<Difference> {
    let is_same = there.configure == wanted.configure && there.write == wanted.write && there.read == wanted.read;
    (!is_same).then(|| {
        let next = format!(
            "run rabbitmqctl set_permissions -p {} {} {} {} {}",
            quoted(&topology.vhost),
            quoted(&wanted.user),
            quoted(&wanted.configure),
            quoted(&wanted.write),
            quoted(&wanted.read)
        );
        let expected = shown(&wanted.configure, &wanted.write, &wanted.read);
        let found = shown(&there.configure, &there.write, &there.read);
        difference(DifferenceKind::PermissionWrong, format!("user {}", wanted.user), expected, found, next)
    })
}

fn elsewhere(there: &ActualPermission) -> Difference {
    let next = format!("run rabbitmqctl clear_permissions -p {} {}", quoted(&there.vhost), quoted(&there.user));
    let object = format!("user {} in vhost {}", there.user, there.vhost);
    let found = shown(&there.configure, &there.write, &there.read);
    difference(DifferenceKind::PermissionElsewhere, object, "no permission", found, next)
}

fn default_exchange(there: &ActualPermission) -> Difference {
    let object = format!("user {} in vhost {}", there.user, there.vhost);
    let next = "narrow its write permission: through the default exchange it reaches every queue by name";
    let found = format!("write \"{}\"", there.write);
    difference(DifferenceKind::DefaultExchangeWritable, object, "no write to the default exchange", found, next)
}

/// Users that are no part of the topology and no administrators, whose permissions reach something of it.
fn foreign(topology: &Topology, actual: &Actual) -> Vec<Difference> {
    let names: Vec<&str> = topology
        .exchanges
        .iter()
        .map(|exchange| exchange.name.as_str())
        .chain(topology.queues.iter().map(|queue| queue.name.as_str()))
        .collect();
    let is_administrator = |name: &str| {
        let mut tagged = actual.users.iter().filter(|user| user.tags.iter().any(|tag| tag == ADMINISTRATOR));
        tagged.any(|user| user.name == name)
    };
    let strangers = actual.permissions.iter().filter(|there| {
        there.vhost == topology.vhost
            && topology.permissions.iter().all(|wanted| wanted.user != there.user)
            && !is_administrator(&there.user)
    });
    let reaching = strangers.filter(|there| {
        let reaches = |pattern: &str| names.iter().any(|name| allows(pattern, name));
        reaches(&there.configure)
            || reaches(&there.write)
            || reaches(&there.read)
            || allows(&there.write, DEFAULT_EXCHANGE)
    });
    reaching
        .map(|there| {
            let next =
                "let its patterns match no name of ours and not the default exchange, or take the permission away";
            let found = shown(&there.configure, &there.write, &there.read);
            let object = format!("user {}", there.user);
            difference(DifferenceKind::ForeignRights, object, "no rights to our names", found, next)
        })
        .collect()
}

/// Whether a permission's pattern matches a name. An empty pattern matches nothing; one that cannot be read here is taken to
/// match, so that somebody looks at it.
fn allows(pattern: &str, name: &str) -> bool {
    !pattern.is_empty() && Regex::new(pattern).map_or(true, |pattern| pattern.is_match(name))
}
