//! The failing network of the tests, in front of a small server that echoes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use xiezhi_kit::{Cut, Direction, Fault, Proxy, wait_until};

/// Longest wait for something that happens.
const LIMIT: Duration = Duration::from_secs(20);
/// How long a test looks for something that must not happen.
const QUIET: Duration = Duration::from_millis(150);

/// An echo on loopback; its threads end with their connections, and the last one with the process.
fn echo() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = stream.try_clone()?;
                let mut writer = stream;
                std::io::copy(&mut reader, &mut writer)?;
                writer.shutdown(std::net::Shutdown::Write)
            });
        }
    });
    Ok(address)
}

fn connect(proxy: &Proxy) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(proxy.address())?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    stream.write_all(bytes)?;
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back)?;
    ensure!(back == bytes, "{back:?} instead of {bytes:?}");
    Ok(())
}

/// Fails when something can be read within a short time; an end or a reset counts as something.
fn is_quiet(stream: &mut TcpStream) -> anyhow::Result<()> {
    stream.set_read_timeout(Some(QUIET))?;
    let read = stream.read(&mut [0]);
    stream.set_read_timeout(Some(LIMIT))?;
    let timed_out = matches!(&read, Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    ensure!(timed_out, "not quiet: {read:?}");
    Ok(())
}

/// Waits until so many bytes were forwarded this way: they are counted after they were sent, so a client may have them before.
fn forwarded(proxy: &Proxy, direction: Direction, wanted: u64) -> anyhow::Result<()> {
    let seen = wait_until(LIMIT, || (proxy.forwarded(direction) == wanted).then_some(()));
    seen.with_context(|| format!("{direction:?}: {} bytes instead of {wanted}", proxy.forwarded(direction)))
}

/// The end of what can be read: `None` when it is a reset.
fn read_to_end(stream: &mut TcpStream) -> anyhow::Result<Option<Vec<u8>>> {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => Ok(Some(rest)),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[test]
fn bytes_and_ends_pass() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    let mut stream = connect(&proxy)?;
    exchange(&mut stream, &[7; 300_000])?;
    forwarded(&proxy, Direction::ToServer, 300_000)?;
    forwarded(&proxy, Direction::Both, 600_000)?;
    ensure!(proxy.accepted() == 1 && proxy.open() == 1 && proxy.harmed() == 0);
    stream.shutdown(std::net::Shutdown::Write)?;
    ensure!(read_to_end(&mut stream)? == Some(Vec::new()), "the end did not pass");
    wait_until(LIMIT, || (proxy.open() == 0).then_some(())).context("the connection is still open")
}

#[test]
fn new_connections_are_refused_and_old_ones_pass() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    let mut old = connect(&proxy)?;
    exchange(&mut old, b"before")?;
    proxy.set(Fault::Refuse)?;
    let refused = TcpStream::connect(proxy.address()).map_err(|error| error.kind());
    ensure!(matches!(refused, Err(ErrorKind::ConnectionRefused)), "{refused:?}");
    exchange(&mut old, b"during")?;
    proxy.set(Fault::Pass)?;
    exchange(&mut connect(&proxy)?, b"after")
}

#[test]
fn a_black_hole_keeps_everything_until_it_is_over() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    for direction in [Direction::Both, Direction::ToServer, Direction::ToClient] {
        let mut old = connect(&proxy)?;
        exchange(&mut old, b"before")?;
        let harmed = proxy.harmed();
        proxy.set(Fault::BlackHole(direction))?;
        let mut new = connect(&proxy)?;
        for stream in [&mut old, &mut new] {
            stream.write_all(b"kept")?;
            is_quiet(stream).with_context(|| format!("{direction:?}"))?;
        }
        ensure!(proxy.harmed() > harmed, "{direction:?}: nothing met it");
        let sent = proxy.forwarded(Direction::ToServer);
        proxy.set(Fault::Pass)?;
        for stream in [&mut old, &mut new] {
            let mut back = [0; 4];
            stream.read_exact(&mut back)?;
            ensure!(&back == b"kept", "{back:?}");
        }
        let later = proxy.forwarded(Direction::ToServer);
        ensure!(
            (later == sent) == (direction == Direction::ToClient),
            "{direction:?}: {sent} then {later} to the server"
        );
    }
    Ok(())
}

#[test]
fn a_delay_is_latency_and_not_a_narrow_road() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    let mut stream = connect(&proxy)?;
    let delay = Duration::from_millis(100);
    proxy.set(Fault::Delay(delay))?;
    let begin = Instant::now();
    exchange(&mut stream, b"x")?;
    ensure!(begin.elapsed() >= delay * 2, "there and back took {:?}", begin.elapsed());
    // Thirty packets each way, one after the other, would take six seconds.
    let begin = Instant::now();
    exchange(&mut stream, &[7; 30 * 16 * 1024])?;
    ensure!(begin.elapsed() < delay * 30, "{:?}", begin.elapsed());
    // What waits is let go when the delay ends.
    proxy.set(Fault::Delay(LIMIT * 10))?;
    stream.write_all(b"x")?;
    is_quiet(&mut stream)?;
    proxy.set(Fault::Pass)?;
    Ok(stream.read_exact(&mut [0])?)
}

#[test]
fn pieces_come_one_after_the_other() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    let mut stream = connect(&proxy)?;
    let pause = Duration::from_millis(5);
    proxy.set(Fault::Pieces { bytes: 3, pause })?;
    let begin = Instant::now();
    exchange(&mut stream, &[7; 30])?;
    ensure!(begin.elapsed() >= pause * 10, "ten pieces took {:?}", begin.elapsed());
    Ok(())
}

#[test]
fn open_connections_are_cut() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    for (how, wanted) in [(Cut::Reset, None), (Cut::Close, Some(Vec::new()))] {
        let mut streams = [connect(&proxy)?, connect(&proxy)?];
        for stream in &mut streams {
            exchange(stream, b"before")?;
        }
        proxy.cut(how)?;
        for stream in &mut streams {
            let end = read_to_end(stream)?;
            ensure!(end == wanted, "{how:?}: {end:?}");
        }
        wait_until(LIMIT, || (proxy.open() == 0).then_some(())).context("a connection is still open")?;
        exchange(&mut connect(&proxy)?, b"after")?;
    }
    Ok(())
}

#[test]
fn one_packet_is_truncated() -> anyhow::Result<()> {
    for direction in [Direction::ToClient, Direction::ToServer] {
        let proxy = Proxy::start(&echo()?)?;
        let mut stream = connect(&proxy)?;
        exchange(&mut stream, b"before")?;
        forwarded(&proxy, direction, 6)?;
        proxy.set(Fault::Truncate(direction))?;
        stream.write_all(b"12345678")?;
        let end = read_to_end(&mut stream)?;
        forwarded(&proxy, direction, 6 + 4)?;
        ensure!(proxy.harmed() == 1, "{direction:?}: {} packets", proxy.harmed());
        // The half that reached the server has no way back.
        let wanted: &[u8] = if direction == Direction::ToClient { b"1234" } else { b"" };
        ensure!(end.as_deref().is_none_or(|bytes| bytes == wanted), "{direction:?}: {end:?}");
        ensure!(proxy.fault() == Fault::Pass, "{:?}", proxy.fault());
        exchange(&mut connect(&proxy)?, b"after")?;
    }
    Ok(())
}

#[test]
fn a_server_that_is_away_resets_and_may_come_back() -> anyhow::Result<()> {
    let place = TcpListener::bind("127.0.0.1:0")?;
    let address = place.local_addr()?.to_string();
    drop(place);
    let proxy = Proxy::start(&address)?;
    ensure!(read_to_end(&mut connect(&proxy)?)?.is_none(), "no reset");
    let server = TcpListener::bind(&address)?;
    let mut client = connect(&proxy)?;
    client.write_all(b"x")?;
    let (mut stream, _) = server.accept()?;
    Ok(stream.read_exact(&mut [0])?)
}

#[test]
fn everything_ends_with_the_proxy() -> anyhow::Result<()> {
    let proxy = Proxy::start(&echo()?)?;
    let mut stream = connect(&proxy)?;
    exchange(&mut stream, b"before")?;
    proxy.set(Fault::BlackHole(Direction::Both))?;
    let address = proxy.address();
    drop(proxy);
    ensure!(read_to_end(&mut stream)?.is_none_or(|rest| rest.is_empty()), "bytes from nowhere");
    ensure!(TcpStream::connect(&address).is_err(), "something still listens on {address}");
    Ok(())
}

/// Asynchronous tests may hold a proxy.
#[test]
fn a_proxy_may_live_in_asynchronous_code() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async { Proxy::start(&echo()?)?.set(Fault::Refuse) })
}
