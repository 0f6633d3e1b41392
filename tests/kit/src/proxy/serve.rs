//! The proxy's thread: listens, carries out orders, and owns the connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::relay::relay;
use super::{Fault, Order, State, Told};

/// Connections that may be open at a time; more are reset.
const CONNECTIONS_MAX: usize = 512;

/// Runs until nobody can give orders any more; then every connection ends with the set that owns it.
pub(super) async fn serve(address: SocketAddr, upstream: String, state: Arc<State>, mut orders: mpsc::Receiver<Told>) {
    let mut listener: Option<TcpListener> = None;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // An order that was answered is in force for the connection that comes next.
            biased;
            told = orders.recv() => {
                let Some((order, done)) = told else { return };
                let result = carry_out(order, address, &state, &mut listener).await;
                // Whoever gave it may have stopped waiting.
                let _ = done.try_send(result);
            }
            Some(_) = connections.join_next() => {}
            stream = accept(listener.as_ref()) => {
                if connections.len() >= CONNECTIONS_MAX {
                    // A reset frees the port at once; dropping it is what matters.
                    let _ = stream.set_zero_linger();
                    continue;
                }
                state.accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(relay(stream, upstream.clone(), Arc::clone(&state)));
            }
        }
    }
}

/// The next client; never, while nobody listens.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        // A client that was gone before it was let in is no failure of ours; others wait for room.
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn carry_out(
    order: Order,
    address: SocketAddr,
    state: &State,
    listener: &mut Option<TcpListener>,
) -> anyhow::Result<()> {
    match order {
        Order::Cut(how) => state.cut.send_modify(|(number, last)| {
            *number += 1;
            *last = how;
        }),
        Order::Fault(fault) => {
            if fault == Fault::Refuse {
                *listener = None;
            } else if listener.is_none() {
                let again = TcpListener::bind(address).await;
                *listener = Some(again.with_context(|| format!("the proxy cannot listen on {address}"))?);
            }
            state.fault.send_replace(fault);
        }
    }
    Ok(())
}
