//! The broker's part of the running gateway: the transport to it, the intake from it, and how both stand.

use std::sync::Arc;

use metrics::gauge;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use xiezhi_amqp::{AmqpIntake, AmqpLink, AmqpTransport, Health, IntakePorts, metric};
use xiezhi_http::{Check, CheckState};
use xiezhi_model::AgencyId;
use xiezhi_ports::Transport;

use super::Shared;
use crate::compose::broker::Broker;

/// Both sides of the broker.
pub(super) struct BrokerSides {
    pub(super) transport: Arc<AmqpTransport>,
    intake: AmqpIntake,
    /// Most messages in the inbox before the intake waits.
    inbox_pending_max: u64,
    pause: watch::Sender<bool>,
}

impl BrokerSides {
    /// Both sides; neither is connected yet.
    pub(super) fn new(broker: Broker, shared: &Shared, transport: Arc<AmqpTransport>) -> Self {
        let (pause, paused) = watch::channel(false);
        let wake = Arc::clone(&shared.inbox_wake);
        let ports = IntakePorts {
            inbox: Arc::new(shared.store.clone()),
            settle: Arc::new(shared.store.clone()),
            clock: Arc::clone(&shared.clock),
            wake: Arc::new(move || wake.notify_one()),
            paused,
        };
        let intake = AmqpIntake::new(broker.settings, broker.links, ports);
        Self { transport, intake, inbox_pending_max: broker.inbox_pending_max, pause }
    }

    /// Takes messages until `stop`.
    ///
    /// # Errors
    /// The store's, when it cannot go on safely.
    pub(super) async fn run(&self, stop: CancellationToken) -> anyhow::Result<()> {
        tokio::select! {
            () = self.transport.warm_up() => {}
            () = stop.cancelled() => {}
        }
        self.intake.run(stop).await?;
        Ok(())
    }

    /// Has the intake wait while the inbox is long.
    pub(super) fn pace(&self, inbox_pending: u64) {
        let pause = inbox_pending > self.inbox_pending_max;
        gauge!(metric::INTAKE_PAUSED).set(f64::from(u8::from(pause)));
        self.pause.send_if_modified(|paused| std::mem::replace(paused, pause) != pause);
    }

    /// For `/readyz`. A broker that is away makes nothing unready: what comes over HTTP is taken, what goes out waits.
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut intake = state(self.intake.health());
        let unread = self.intake.unread();
        if intake == CheckState::Ok && unread > 0 && !*self.pause.borrow() {
            intake = CheckState::Degraded(format!("{unread} agencies' inboxes are not read, see the log"));
        }
        let check = |name: &str, state| Check { name: name.to_owned(), state };
        vec![check("broker-publisher", state(self.transport.health())), check("broker-intake", intake)]
    }
}

fn state(health: Health) -> CheckState {
    match health {
        Health::Up => CheckState::Ok,
        Health::Blocked => CheckState::Degraded("the broker takes no messages (memory or disk)".to_owned()),
        Health::Down => CheckState::Degraded("no connection to the broker".to_owned()),
    }
}

/// The broker's transport for each agency that is reached through it.
pub(super) fn transports(
    broker: Option<(&Broker, &Arc<AmqpTransport>)>,
) -> impl Iterator<Item = (AgencyId, Arc<dyn Transport>)> {
    broker.into_iter().flat_map(|(broker, transport)| {
        let of_link = |link: &AmqpLink| (link.agency.clone(), Arc::clone(transport) as Arc<dyn Transport>);
        broker.links.iter().map(of_link).collect::<Vec<_>>()
    })
}
