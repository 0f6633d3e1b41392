//! One connection: forwards both ways, as the fault in force allows, until it ends or is cut.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Cut, Direction, Fault, State};

/// Most bytes of a packet, as the proxy reads it.
const PACKET_BYTES: usize = 16 * 1024;
/// Packets that may wait one way, such as during a delay; the sender waits when there are more.
const PACKETS_MAX: usize = 64;

/// Why a connection ended.
enum End {
    /// Both sides have said so.
    Closed,
    /// It was cut.
    Cut(Cut),
}

/// What was read, and when; no bytes are the end of this way.
struct Packet {
    bytes: Vec<u8>,
    at: Instant,
}

/// Counts a connection while it is open, however it ends.
struct Open(Arc<State>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Connects to the server for a client and forwards until the end.
pub(super) async fn relay(mut client: TcpStream, upstream: String, state: Arc<State>) {
    state.open.fetch_add(1, Ordering::SeqCst);
    let open = Open(Arc::clone(&state));
    let mut cuts = state.cut.subscribe();
    let connected = tokio::select! {
        connected = TcpStream::connect(&upstream) => connected.ok(),
        _ = cuts.changed() => None,
    };
    // Nobody listens there: the client is told by a reset, which is the nearest thing to a refusal.
    let Some(mut server) = connected else {
        let _ = client.set_zero_linger();
        return;
    };
    let end = tokio::select! {
        biased;
        Ok(()) = cuts.changed() => End::Cut(cuts.borrow().1),
        end = both_ways(&mut client, &mut server, &state) => end,
    };
    if let End::Cut(Cut::Reset) = end {
        // With this set, the drop below resets. A socket that cannot be told is closed.
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
    drop((client, server, open));
}

async fn both_ways(client: &mut TcpStream, server: &mut TcpStream, state: &State) -> End {
    // Packets go out as they came in: a test of halves and pauses must not see them joined again.
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (client_reader, client_writer) = client.split();
    let (server_reader, server_writer) = server.split();
    let to_server = one_way(client_reader, server_writer, Direction::ToServer, state);
    let to_client = one_way(server_reader, client_writer, Direction::ToClient, state);
    match tokio::try_join!(to_server, to_client) {
        Ok(((), ())) => End::Closed,
        Err(cut) => End::Cut(cut),
    }
}

/// Forwards one way until its end, which is forwarded too.
async fn one_way(reader: ReadHalf<'_>, writer: WriteHalf<'_>, way: Direction, state: &State) -> Result<(), Cut> {
    let (sender, receiver) = mpsc::channel(PACKETS_MAX);
    // The writer alone says when this way is over: it may still hold what the reader read last, and may cut what goes on.
    let reading = async {
        read(reader, sender).await;
        std::future::pending().await
    };
    tokio::select! {
        written = write(writer, receiver, way, state) => written,
        never = reading => never,
    }
}

/// Reads packets until the end; a connection that broke ends as one that was closed.
async fn read(mut reader: ReadHalf<'_>, packets: mpsc::Sender<Packet>) {
    loop {
        let mut bytes = vec![0; PACKET_BYTES];
        let count = reader.read(&mut bytes).await.unwrap_or_default();
        bytes.truncate(count);
        if packets.send(Packet { bytes, at: Instant::now() }).await.is_err() || count == 0 {
            return;
        }
    }
}

async fn write(
    mut writer: WriteHalf<'_>,
    mut packets: mpsc::Receiver<Packet>,
    way: Direction,
    state: &State,
) -> Result<(), Cut> {
    let mut fault = state.fault.subscribe();
    while let Some(packet) = packets.recv().await {
        if fault.borrow().harms(way) {
            state.harmed.fetch_add(1, Ordering::SeqCst);
        }
        let now = due(&packet, way, &mut fault).await;
        if packet.bytes.is_empty() {
            // The other side may be gone already.
            let _ = writer.shutdown().await;
            return Ok(());
        }
        let truncated = matches!(now, Fault::Truncate(_)) && claim_truncation(state, way);
        let bytes =
            if truncated { packet.bytes.get(..packet.bytes.len() / 2).unwrap_or_default() } else { &packet.bytes };
        let (piece_bytes, pause) = match now {
            Fault::Pieces { bytes, pause } => (bytes.max(1), pause),
            _ => (PACKET_BYTES, Duration::ZERO),
        };
        for piece in bytes.chunks(piece_bytes) {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            // A side that takes nothing more ends the whole connection, as its network would.
            writer.write_all(piece).await.map_err(|_| Cut::Reset)?;
            state.count(way, piece.len());
        }
        if truncated {
            return Err(Cut::Close);
        }
    }
    Ok(())
}

/// Waits until a packet may be forwarded, and gives the fault that is then in force.
async fn due(packet: &Packet, way: Direction, fault: &mut watch::Receiver<Fault>) -> Fault {
    loop {
        let now = *fault.borrow_and_update();
        let at = match now {
            Fault::BlackHole(direction) if direction.meets(way) => None,
            Fault::Delay(delay) if packet.at.elapsed() < delay => Some(packet.at + delay),
            _ => return now,
        };
        let over = async {
            match at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            _ = fault.changed() => {}
        }
    }
}

/// Whether this packet is the one to be truncated: only one is, and then the fault is over.
fn claim_truncation(state: &State, way: Direction) -> bool {
    state.fault.send_if_modified(|fault| match *fault {
        Fault::Truncate(direction) if direction.meets(way) => {
            *fault = Fault::Pass;
            true
        }
        _ => false,
    })
}
