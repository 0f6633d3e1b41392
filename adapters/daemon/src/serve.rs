//! `xiezhi serve`: starts the tasks, says where it listens, and stops them in order.
//!
//! Three tasks do the work ([`worker`], [`relay`], [`timer`]), one looks after the plugins ([`warden`]), one serves HTTP, one
//! observes the store for `/readyz` and
//! the metrics. When any of them fails, all stop and the process ends with an error: what is not settled is found again at
//! the next start.

mod apply;
mod broker;
mod credit;
mod gate;
mod lane;
pub(crate) mod link;
mod observer;
mod relay;
mod settler;
mod streak;
mod study;
mod timer;
mod transport;
mod warden;
mod worker;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use xiezhi_amqp::AmqpTransport;
use xiezhi_config::{Loaded, Settings};
use xiezhi_engine::Engine;
use xiezhi_engine::retry::{Backoff, BreakerLimits};
use xiezhi_host::Host;
use xiezhi_http::{ActDesk, AgencyAccess, CaseDesk, HttpLimits, HttpState};
use xiezhi_model::{AgencyId, Digest};
use xiezhi_ports::{Clock, Codec, Mailbox, Store, Transport};
use xiezhi_store_sqlite::SqliteStore;
use xiezhi_telemetry::{LogFormat, LogSettings, Telemetry};

use crate::compose::broker::Broker;
use crate::compose::credit::Credit;
use crate::desk::Desk;
use crate::{clock, compose};
use broker::BrokerSides;
use credit::CreditSide;
use link::Links;
use observer::Observer;
use transport::Transports;

/// How long a message that an agency read from its outbox is hidden from its next read.
const OUTBOX_LEASE_MS: i64 = 60_000;
/// Longest wait for requests in progress at the end.
const DRAIN_TIMEOUT_MS: u64 = 10_000;
/// How often deadlines and waiting parts are looked at.
const TIMER_EVERY: Duration = Duration::from_millis(500);

/// Runs the gateway until it is told to stop (ctrl-c, SIGTERM) or a task fails.
pub(crate) fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let loaded = compose::configuration_or_problems(config)?;
    let telemetry = telemetry(&loaded.settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(loaded, telemetry))?;
    Ok(ExitCode::SUCCESS)
}

fn telemetry(settings: &Settings) -> anyhow::Result<Telemetry> {
    let format = match settings.log.format {
        xiezhi_config::settings::LogFormat::Text => LogFormat::Text,
        xiezhi_config::settings::LogFormat::Json => LogFormat::Json,
    };
    let telemetry = xiezhi_telemetry::init(&LogSettings { format, filter: settings.log.filter.clone() })?;
    xiezhi_http::metric::describe();
    Ok(telemetry)
}

/// Everything that the tasks share.
struct Shared {
    store: SqliteStore,
    host: Arc<Host>,
    links: Arc<Links>,
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    inbox_wake: Arc<Notify>,
    outbox_wake: Arc<Notify>,
    transport: Arc<dyn Transport>,
    paces: BTreeMap<AgencyId, u32>,
    credits: Vec<CreditSide>,
}

async fn serve(loaded: Loaded, telemetry: Telemetry) -> anyhow::Result<()> {
    let settings = loaded.settings.clone();
    let access = access(&loaded);
    let link_settings: Vec<_> =
        loaded.agencies.iter().map(|agency| (agency.id.clone(), agency.settings.clone())).collect();
    let plugins = plugins_by_name(&loaded);
    let paces =
        loaded.agencies.iter().filter_map(|agency| Some((agency.id.clone(), agency.messages_per_s_max?))).collect();
    let broker = Broker::of(&loaded)?;
    let credits = Credit::all(&loaded)?;
    let store = compose::store(&loaded)?;
    let (host, engine) = compose::host_and_engine(loaded)?;
    let clock = clock::of(settings.clock.start);
    let host = Arc::new(host);
    let codec: Arc<dyn Codec> = Arc::<Host>::clone(&host);
    let links = Arc::new(Links::new(codec, link_settings.into_iter(), settings.plugins.quarantine_failures));
    let inbox_wake = Arc::new(Notify::new());
    let amqp = broker.as_ref().map(|broker| Arc::new(AmqpTransport::new(Arc::clone(&broker.settings), &broker.links)));
    let credits =
        credit::sides(credits, &(Arc::new(store.clone()) as Arc<dyn Store>), &links, &clock, &inbox_wake).await?;
    let at_broker = broker::transports(broker.as_ref().zip(amqp.as_ref()));
    let at_credit = credits.iter().map(|side| (side.agency(), side.transport()));
    let transports = Transports { embedded: Arc::new(store.clone()), others: at_broker.chain(at_credit).collect() };
    let shared = Shared {
        transport: Arc::new(transports),
        paces,
        store,
        links,
        host,
        engine: Arc::new(engine),
        clock,
        inbox_wake,
        outbox_wake: Arc::new(Notify::new()),
        credits,
    };
    let listener = TcpListener::bind(&settings.http.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", settings.http.listen))?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let warden = warden(&shared, &settings, plugins);
    let sides = broker.zip(amqp).map(|(broker, transport)| Arc::new(BrokerSides::new(broker, &shared, transport)));
    let mut tasks = start(&shared, &settings, access, telemetry, listener, sides.clone(), &stop);
    let stop_warden = stop.clone();
    tasks.spawn(async move { ("warden", warden.run(stop_warden).await) });
    // The one line on stdout: whoever started the process learns the port from it.
    println!("listening on http://{address}");
    info!(%address, "gateway is up");
    let failure = tokio::select! {
        signal = told_to_stop() => signal.err(),
        ended = tasks.join_next() => failure_of(ended),
    };
    stop.cancel();
    let mut failures: Vec<anyhow::Error> = failure.into_iter().collect();
    while let Some(ended) = tasks.join_next().await {
        failures.extend(ended.map_err(anyhow::Error::from).and_then(|(name, result)| result.context(name)).err());
    }
    for failure in &failures {
        error!(error = format!("{failure:#}"), "a task failed");
    }
    if let Some(sides) = sides {
        sides.transport.close().await;
    }
    info!("gateway has stopped");
    failures.into_iter().next().map_or(Ok(()), Err)
}

/// A task that ends before it is told to is a failure, whatever it says.
fn failure_of(ended: Option<Result<Named, tokio::task::JoinError>>) -> Option<anyhow::Error> {
    Some(match ended {
        None => anyhow::anyhow!("no task was started"),
        Some(Err(error)) => anyhow::Error::from(error).context("a task panicked"),
        Some(Ok((name, Ok(())))) => anyhow::anyhow!("the task {name} ended by itself"),
        Some(Ok((name, Err(error)))) => error.context(format!("the task {name} failed")),
    })
}

/// A task's name and how it ended.
type Named = (&'static str, anyhow::Result<()>);

/// Starts every task.
fn start(
    shared: &Shared,
    settings: &Settings,
    access: Vec<AgencyAccess>,
    telemetry: Telemetry,
    listener: TcpListener,
    sides: Option<Arc<BrokerSides>>,
    stop: &CancellationToken,
) -> JoinSet<Named> {
    let mut tasks = JoinSet::new();
    let store: Arc<dyn Store> = Arc::new(shared.store.clone());
    let worker = Arc::new(worker(shared, settings));
    let relay = relay(shared, settings);
    let timer = timer::Timer {
        store: Arc::clone(&store),
        links: Arc::clone(&shared.links),
        engine: Arc::clone(&shared.engine),
        clock: Arc::clone(&shared.clock),
        outbox_wake: Arc::clone(&shared.outbox_wake),
        every: TIMER_EVERY,
    };
    let study = study::Study {
        store: Arc::clone(&store),
        links: Arc::clone(&shared.links),
        engine: Arc::clone(&shared.engine),
        clock: Arc::clone(&shared.clock),
        outbox_wake: Arc::clone(&shared.outbox_wake),
        every: TIMER_EVERY,
    };
    let observer = Arc::new(Observer::new(Arc::clone(&store), shared, settings.clock.start.is_some(), sides.clone()));
    let http = http_state(shared, settings, access, telemetry, &observer);
    let stop_of = || stop.clone();
    tasks.spawn({
        let stop = stop_of();
        async move { ("worker", worker.run(stop).await) }
    });
    if let Some(sides) = sides {
        let stop = stop_of();
        tasks.spawn(async move { ("broker", sides.run(stop).await) });
    }
    tasks.spawn({
        let stop = stop_of();
        async move { ("relay", relay.run(stop).await) }
    });
    tasks.spawn({
        let stop = stop_of();
        async move { ("timer", timer.run(stop).await) }
    });
    tasks.spawn({
        let stop = stop_of();
        async move { ("study", study.run(stop).await) }
    });
    start_reconciling(&mut tasks, shared, stop);
    tasks.spawn({
        let stop = stop_of();
        async move { ("observer", observer.run(stop).await) }
    });
    tasks.spawn({
        let stop = stop_of();
        let limits = http.limits;
        let router = xiezhi_http::router(http);
        async move {
            let served = xiezhi_http::serve(listener, router, limits, stop.cancelled_owned()).await;
            ("http", served.map_err(anyhow::Error::from))
        }
    });
    tasks
}

/// Starts the daily reconciliation of every credit system.
fn start_reconciling(tasks: &mut JoinSet<Named>, shared: &Shared, stop: &CancellationToken) {
    for side in &shared.credits {
        let (links, clock) = (Arc::clone(&shared.links), Arc::clone(&shared.clock));
        let reconciling = side.clone().run(Arc::new(shared.store.clone()), links, clock, TIMER_EVERY, stop.clone());
        tasks.spawn(async move { ("credit", reconciling.await) });
    }
}

/// Which agencies use which plugin.
fn plugins_by_name(loaded: &Loaded) -> BTreeMap<String, Vec<AgencyId>> {
    let mut plugins: BTreeMap<String, Vec<AgencyId>> = BTreeMap::new();
    for agency in &loaded.agencies {
        if let Some(name) = &agency.plugin {
            plugins.entry(name.clone()).or_default().push(agency.id.clone());
        }
    }
    plugins
}

fn warden(shared: &Shared, settings: &Settings, agencies: BTreeMap<String, Vec<AgencyId>>) -> warden::Warden {
    warden::Warden {
        store: Arc::new(shared.store.clone()),
        host: Arc::clone(&shared.host),
        links: Arc::clone(&shared.links),
        clock: Arc::clone(&shared.clock),
        agencies,
        lock: settings.plugins.lock.clone(),
        directory: settings.plugins.directory.clone(),
        every: Duration::from_millis(settings.plugins.reload_ms),
        inbox_wake: Arc::clone(&shared.inbox_wake),
        outbox_wake: Arc::clone(&shared.outbox_wake),
    }
}

fn worker(shared: &Shared, settings: &Settings) -> worker::Worker {
    worker::Worker {
        store: Arc::new(shared.store.clone()),
        links: Arc::clone(&shared.links),
        engine: Arc::clone(&shared.engine),
        clock: Arc::clone(&shared.clock),
        inbox_wake: Arc::clone(&shared.inbox_wake),
        outbox_wake: Arc::clone(&shared.outbox_wake),
        batch_messages_max: settings.worker.batch_messages_max,
        lease_ms: settings.worker.lease_ms,
        poll: Duration::from_millis(settings.worker.poll_ms),
        decode_threads: settings.worker.decode_threads,
    }
}

fn relay(shared: &Shared, settings: &Settings) -> relay::Relay {
    relay::Relay {
        lane: lane::Lane {
            store: Arc::new(shared.store.clone()),
            transport: Arc::clone(&shared.transport),
            links: Arc::clone(&shared.links),
            clock: Arc::clone(&shared.clock),
            backoff: Backoff {
                base_ms: settings.relay.backoff_base_ms.unsigned_abs(),
                cap_ms: settings.relay.backoff_cap_ms.unsigned_abs(),
                attempts_max: settings.relay.attempts_max,
            },
        },
        wake: Arc::clone(&shared.outbox_wake),
        batch_messages_max: settings.relay.batch_messages_max,
        poll: Duration::from_millis(settings.relay.poll_ms),
        breaker: BreakerLimits {
            failures_max: settings.relay.breaker_failures,
            open_ms: settings.relay.breaker_open_ms,
        },
        paces: shared.paces.clone(),
    }
}

fn http_state(
    shared: &Shared,
    settings: &Settings,
    access: Vec<AgencyAccess>,
    telemetry: Telemetry,
    observer: &Arc<Observer>,
) -> HttpState {
    let wake = Arc::clone(&shared.inbox_wake);
    let observer = Arc::clone(observer);
    let desk = Arc::new(Desk::new(
        Arc::new(shared.store.clone()),
        Arc::clone(&shared.engine),
        Arc::clone(&shared.links),
        Arc::clone(&shared.clock),
        Arc::clone(&shared.outbox_wake),
    ));
    HttpState {
        inbox: Arc::new(shared.store.clone()),
        desk: Arc::clone(&desk) as Arc<dyn ActDesk>,
        cases: Arc::clone(&desk) as Arc<dyn CaseDesk>,
        publicity: desk,
        mailbox: Arc::new(shared.store.clone()) as Arc<dyn Mailbox>,
        clock: Arc::clone(&shared.clock),
        access,
        wake: Arc::new(move || wake.notify_one()),
        ready: Arc::new(move || observer.readiness()),
        metrics: Arc::new(move || telemetry.render()),
        limits: HttpLimits {
            request_timeout_ms: settings.http.request_timeout_ms,
            concurrency_max: settings.http.concurrency_max,
            outbox_lease_ms: OUTBOX_LEASE_MS,
            drain_timeout_ms: DRAIN_TIMEOUT_MS,
        },
    }
}

/// Who may call.
fn access(loaded: &Loaded) -> Vec<AgencyAccess> {
    let access = loaded.agencies.iter().filter_map(|agency| {
        let token = agency.token.as_ref()?;
        Some(AgencyAccess {
            agency: agency.id.clone(),
            token_digest: Digest::of(token.expose().as_bytes()),
            message_bytes_max: agency.message_bytes_max,
        })
    });
    access.collect()
}

/// Resolves on ctrl-c or SIGTERM.
pub(crate) async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
