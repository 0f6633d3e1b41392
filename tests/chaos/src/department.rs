//! Departments that work: each has a connection of its own, sends what it finds, takes what comes and answers it. It behaves as
//! the pages ask: what is not confirmed is sent again under the same id, what is there already is only acknowledged.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use xiezhi_amqp::department::{Department, Received, Sending, Sent};
use xiezhi_amqp::{AmqpError, AmqpSettings};
use xiezhi_kit::{Cut, Proxy, Random};
use xiezhi_model::AgencyId;

use crate::figures::Figures;
use crate::ledger::{Ledger, Seen};
use crate::message::{Content, Message, Role, assignment_named};
use crate::stage::Stage;

/// Most new messages of one turn, and most messages that a turn sends.
const NEW_MAX: u64 = 10;
const WINDOW_MAX: usize = 50;
/// Most messages that a turn takes, and how long it waits for them: with the above, some hundred messages a second.
const RECEIVE_MAX: usize = 50;
const RECEIVE_WAIT: Duration = Duration::from_millis(50);
/// One message in so many is sent twice, one in so many given back; one turn in so many ends in connecting anew.
const TWICE_IN: u64 = 20;
const GIVEN_BACK_IN: u64 = 60;
const ANEW_IN: u64 = 100;
/// Waits before connecting again, in milliseconds.
const AGAIN_MS: (u64, u64) = (20, 400);

/// The departments at work.
pub(crate) struct Departments {
    runtime: Runtime,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<anyhow::Result<usize>>>,
}

impl Departments {
    /// Has every department begin.
    pub(crate) fn start(stage: &Stage, ledger: &Arc<Ledger>, seed: u64) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        for (place, role) in Role::ALL.into_iter().enumerate() {
            let line = Proxy::start(&stage.department_network.address())?;
            let desk = Desk {
                role,
                agency: AgencyId::parse(role.agency())?,
                settings: stage.department_settings(role.agency(), &line)?,
                line,
                ledger: Arc::clone(ledger),
                // Every department goes its own way.
                random: Random::new(seed.wrapping_mul(31).wrapping_add(u64::try_from(place)? + 1)),
                open: Vec::new(),
            };
            tasks.push(runtime.spawn(desk.work(stopped.clone())));
        }
        Ok(Self { runtime, stop, tasks })
    }

    /// Has every department end, and counts how often they connected again.
    pub(crate) fn end(self, figures: &mut Figures) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        for ended in self.runtime.block_on(join_all(self.tasks)) {
            figures.reconnects += ended.context("a department panicked")??.saturating_sub(1);
        }
        Ok(())
    }
}

/// A message on the desk: sent until it is confirmed.
struct Open {
    id: String,
    sending: Sending,
}

/// Why a turn was the last one of its connection.
enum Leaving {
    /// The department wants to.
    OfOwnWill,
    /// It has to.
    Broken,
}

impl From<AmqpError> for Leaving {
    fn from(_: AmqpError) -> Self {
        Self::Broken
    }
}

/// One department.
struct Desk {
    role: Role,
    agency: AgencyId,
    settings: AmqpSettings,
    /// Its own way into the departments' network, so that it can be switched off alone.
    line: Proxy,
    ledger: Arc<Ledger>,
    random: Random,
    open: Vec<Open>,
}

impl Desk {
    /// Works until told to end; returns how often it connected.
    async fn work(mut self, stopped: watch::Receiver<bool>) -> anyhow::Result<usize> {
        let mut connected = 0;
        while !*stopped.borrow() {
            if let Ok(mut department) = Department::connect(self.agency.clone(), self.settings.clone()).await {
                connected += 1;
                let mut leaving = None;
                while leaving.is_none() && !*stopped.borrow() {
                    leaving = self.turn(&mut department).await.err();
                }
                match leaving {
                    // Without a word, as a client does that is switched off: dropped alone, it would say so.
                    Some(Leaving::OfOwnWill) if self.one_in(2) => {
                        self.line.cut(Cut::Reset)?;
                        drop(department);
                    }
                    _ => department.close().await,
                }
            }
            let (shortest, longest) = AGAIN_MS;
            tokio::time::sleep(Duration::from_millis(self.random.between(shortest, longest))).await;
        }
        Ok(connected)
    }

    async fn turn(&mut self, department: &mut Department) -> Result<(), Leaving> {
        self.report();
        self.send(department).await?;
        let leaves = !self.ledger.is_closed() && self.one_in(ANEW_IN);
        for message in department.receive(RECEIVE_MAX, RECEIVE_WAIT).await? {
            let seen = self.ledger.arrived(self.role, &message);
            if seen == Seen::First {
                self.answer(&message);
            }
            if leaves && self.one_in(2) {
                // What was received and is not acknowledged comes again.
                return Err(Leaving::OfOwnWill);
            }
            if self.one_in(GIVEN_BACK_IN) {
                self.ledger.given_back();
                department.give_back(&message).await?;
            } else {
                department.acknowledge(&message).await?;
            }
        }
        if leaves { Err(Leaving::OfOwnWill) } else { Ok(()) }
    }

    /// Puts new findings on the desk.
    fn report(&mut self) {
        if !self.role.reports() || self.open.len() >= WINDOW_MAX {
            return;
        }
        for _ in 0..self.random.between(0, NEW_MAX) {
            let (role, random) = (self.role, &mut self.random);
            let message = self.ledger.begin(|number| Message::report(role, number, random));
            self.open.extend(message.map(Open::of));
        }
    }

    /// Sends what is on the desk at once; what is not confirmed stays there.
    async fn send(&mut self, department: &Department) -> Result<(), AmqpError> {
        let now: Vec<Open> = self.open.drain(..self.open.len().min(WINDOW_MAX)).collect();
        let words = join_all(now.iter().map(|open| department.send(&open.sending))).await;
        let mut failure = None;
        let mut left = Vec::new();
        for (open, word) in now.into_iter().zip(words) {
            match word {
                Ok(Sent::Taken) => {
                    self.ledger.confirmed(&open.id);
                    if !self.ledger.is_closed() && self.one_in(TWICE_IN) {
                        left.push(open);
                    }
                }
                Ok(Sent::Refused | Sent::Returned) => left.push(open),
                Err(error) => {
                    left.push(open);
                    failure = Some(error);
                }
            }
        }
        self.open.splice(0..0, left);
        failure.map_or(Ok(()), Err)
    }

    /// The police answer half of their assignments, and finish half of those when the receipt of the first answer came.
    fn answer(&mut self, message: &Received) {
        if self.role != Role::Police || !self.one_in(2) {
            return;
        }
        let (assignment, result, status) = match message.kind.as_str() {
            "assignment" => (assignment_named(&message.body), "1", "accepted"),
            "receipt" => (self.taken_up(message), "4", "done"),
            _ => return,
        };
        let Some(assignment) = assignment else { return };
        let answer = self.ledger.begin(|number| Message::answer(number, &assignment, result, status));
        self.open.extend(answer.map(Open::of));
    }

    /// The assignment whose first answer a receipt is for.
    fn taken_up(&self, receipt: &Received) -> Option<String> {
        let ids = crate::message::ids_named(&receipt.body);
        let state = self.ledger.lock();
        match &state.sent.get(ids.first()?)?.content {
            Content::Answer { assignment, status: "accepted" } => Some(assignment.clone()),
            _ => None,
        }
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.random.between(1, n) == 1
    }
}

impl Open {
    fn of(message: Message) -> Self {
        let sending = Sending { message_id: Some(message.id.clone()), body: message.body, ..Sending::default() };
        Self { id: message.id, sending }
    }
}
