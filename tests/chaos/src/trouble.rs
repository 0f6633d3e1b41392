//! What goes wrong, and when: a deck with every kind of trouble is shuffled and played, then the next, until the time is over.

use std::time::{Duration, Instant};

use xiezhi_kit::{Cut, Direction, Fault, Proxy, Random, wait_until};

use crate::figures::Figures;
use crate::stage::Stage;

/// A kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The gateway is killed.
    GatewayKilled,
    /// The broker is killed; now and then the gateway too, while there is none.
    BrokerKilled,
    /// The broker ends in order.
    BrokerRestarted,
    /// Every connection of one side is cut.
    NetworkCut,
    /// The network of one side does harm for a while.
    NetworkFaulty,
}

/// A deck: what happens often in it, happens often.
const DECK: [Trouble; 7] = [
    Trouble::GatewayKilled,
    Trouble::GatewayKilled,
    Trouble::BrokerKilled,
    Trouble::BrokerRestarted,
    Trouble::NetworkCut,
    Trouble::NetworkFaulty,
    Trouble::NetworkFaulty,
];
/// Quiet time before each trouble, in milliseconds: work goes on in it.
const QUIET_MS: (u64, u64) = (200, 2_500);
/// How long something that was killed stays away, in milliseconds.
const AWAY_MS: (u64, u64) = (0, 800);
/// How long the network does harm, in milliseconds: shorter and longer than the clients' limits.
const HARM_MS: (u64, u64) = (200, 4_000);

/// Longest wait until somebody is connected over a network that is to do harm, such as a gateway that was just started.
const VICTIM_LIMIT: Duration = Duration::from_secs(20);
/// Longest time that a fault stays in force beyond its own when nothing met it: heartbeats come every second.
const MEETING_LIMIT: Duration = Duration::from_secs(5);

/// Makes trouble for this long, and at least one deck.
pub(crate) fn make(length: Duration, stage: &mut Stage, random: &mut Random) -> anyhow::Result<Figures> {
    let begin = Instant::now();
    let mut figures = Figures::default();
    let mut decks = 0;
    while decks == 0 || begin.elapsed() < length {
        for trouble in shuffled(random) {
            if decks > 0 && begin.elapsed() >= length {
                break;
            }
            pause(QUIET_MS, random);
            one(trouble, stage, random, &mut figures)?;
        }
        decks += 1;
    }
    Ok(figures)
}

fn one(trouble: Trouble, stage: &mut Stage, random: &mut Random, figures: &mut Figures) -> anyhow::Result<()> {
    match trouble {
        Trouble::GatewayKilled => {
            stage.gateway_kill()?;
            pause(AWAY_MS, random);
            stage.gateway_start()?;
            figures.gateway_kills += 1;
        }
        Trouble::BrokerKilled => {
            stage.broker.kill()?;
            if random.between(1, 2) == 1 {
                stage.gateway_kill()?;
                figures.gateway_kills += 1;
                stage.gateway_start()?;
            }
            pause(AWAY_MS, random);
            stage.broker.start_again()?;
            figures.queues_started += stage.start_stopped_queues()?;
            figures.broker_kills += 1;
        }
        Trouble::BrokerRestarted => {
            stage.broker.restart()?;
            figures.queues_started += stage.start_stopped_queues()?;
            figures.broker_restarts += 1;
        }
        Trouble::NetworkCut => {
            let how = if random.between(1, 2) == 1 { Cut::Reset } else { Cut::Close };
            let network = one_network(stage, random);
            figures.connections_cut += connected(network);
            network.cut(how)?;
            figures.network_cuts += 1;
        }
        Trouble::NetworkFaulty => {
            let network = one_network(stage, random);
            let met = harm(network, fault(random), random)?;
            figures.network_faults += 1;
            figures.network_faults_met += usize::from(met);
        }
    }
    Ok(())
}

/// Waits until somebody is connected, and says how many are.
fn connected(network: &Proxy) -> usize {
    wait_until(VICTIM_LIMIT, || Some(network.open()).filter(|&open| open > 0)).unwrap_or_default()
}

/// Puts a fault in force for a while; says whether it met anything.
fn harm(network: &Proxy, fault: Fault, random: &mut Random) -> anyhow::Result<bool> {
    let victims = connected(network);
    let before = network.harmed();
    network.set(fault)?;
    if fault == Fault::Refuse {
        network.cut(Cut::Reset)?;
        pause(HARM_MS, random);
        network.set(Fault::Pass)?;
        return Ok(victims > 0);
    }
    pause(HARM_MS, random);
    let met = wait_until(MEETING_LIMIT, || (network.harmed() > before).then_some(())).is_some();
    network.set(Fault::Pass)?;
    Ok(met)
}

/// The gateway's network twice as often as the departments'.
fn one_network<'a>(stage: &'a Stage, random: &mut Random) -> &'a Proxy {
    if random.between(1, 3) == 1 { &stage.department_network } else { &stage.gateway_network }
}

fn fault(random: &mut Random) -> Fault {
    let way = match random.between(1, 3) {
        1 => Direction::ToServer,
        2 => Direction::ToClient,
        _ => Direction::Both,
    };
    match random.between(1, 5) {
        1 => Fault::BlackHole(way),
        2 => Fault::Delay(Duration::from_millis(random.between(20, 400))),
        3 => Fault::Pieces {
            bytes: usize::try_from(random.between(1, 200)).unwrap_or(1),
            pause: Duration::from_millis(random.between(1, 5)),
        },
        4 => Fault::Truncate(way),
        _ => Fault::Refuse,
    }
}

fn shuffled(random: &mut Random) -> [Trouble; DECK.len()] {
    let mut deck = DECK;
    for last in (1..deck.len()).rev() {
        let other = random.between(0, u64::try_from(last).unwrap_or_default());
        deck.swap(last, usize::try_from(other).unwrap_or_default());
    }
    deck
}

/// The scenario's own time: everything else goes on meanwhile.
fn pause((shortest, longest): (u64, u64), random: &mut Random) {
    std::thread::sleep(Duration::from_millis(random.between(shortest, longest)));
}
