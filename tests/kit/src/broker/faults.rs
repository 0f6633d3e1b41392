//! What a broker can be made to suffer. Only its owner may: a shared broker is somebody else's too.

use std::time::Duration;

use anyhow::{bail, ensure};

use super::Broker;

/// Longest wait until a fault is seen to be in force, or to be over.
const FORCE_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait until every queue runs after the broker's start.
const QUEUES_LIMIT: Duration = Duration::from_secs(20);
/// What a line with a stopped queue's name begins with.
const STOPPED: &str = "stopped: ";
/// Erlang: starts a queue's server anew on its own log. Of several logs the own one is not that which the broker knows now.
const OWN_LOG: &str = "begin \
    {Name, _} = Server, #{data_dir := Dir} = ra_system:fetch(quorum_queues), \
    Known = ra_directory:uid_of(quorum_queues, Name), \
    Configs = [ra_log:read_config(filename:dirname(File)) || File <- filelib:wildcard(Dir ++ \"/*/config\")], \
    Logs = [Log || {ok, #{id := Id, uid := Log}} <- Configs, Id =:= Server], \
    catch ra:stop_server(quorum_queues, Server), \
    case Logs -- [Known] of \
        [] -> ok; \
        [Own | _] -> \
            ets:delete(ra_directory, Known), \
            ok = dets:insert(ra_directory_reverse, {Name, Own}), \
            ok = dets:sync(ra_directory_reverse) \
    end, \
    catch ra:restart_server(quorum_queues, Server), ok end";
/// The part of the memory above which RabbitMQ blocks publishers, unless it is told otherwise.
const WATERMARK: &str = "0.4";

impl Broker {
    /// Freezes the node with SIGSTOP: its sockets stay open and nothing answers. Returns when it stands still.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.node.beam()?.signal("STOP")?;
        self.wait_for_state("frozen", true)
    }

    /// Lets a frozen node run on (SIGCONT).
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.node.beam()?.signal("CONT")?;
        self.wait_for_state("thawed", false)
    }

    /// Puts the memory alarm in force: the broker blocks every connection that publishes (`connection.blocked`).
    ///
    /// # Errors
    /// When it cannot be told, or does not report the alarm in time.
    pub fn memory_alarm_raise(&self) -> anyhow::Result<()> {
        self.node.ctl(&["set_vm_memory_high_watermark", "absolute", "1"])?;
        self.wait_for_alarm("raised", true)
    }

    /// Ends the memory alarm.
    ///
    /// # Errors
    /// When it cannot be told, or still reports the alarm after some time.
    pub fn memory_alarm_clear(&self) -> anyhow::Result<()> {
        self.node.ctl(&["set_vm_memory_high_watermark", WATERMARK])?;
        self.wait_for_alarm("cleared", false)
    }

    /// Stops a quorum queue: from then on it is there and does not run, takes nothing and gives nothing. RabbitMQ 3.10 was seen to
    /// leave one so when it was killed.
    ///
    /// # Errors
    /// When it cannot be told, or still runs.
    pub fn queue_stop(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        self.queue_tell(vhost, queue, "ra:stop_server(quorum_queues, Server)")?;
        let stopped = self.queues_stopped(vhost)?;
        ensure!(stopped.iter().any(|name| name == queue), "{queue} still runs; stopped are {stopped:?}");
        Ok(())
    }

    /// Has the broker write down which log belongs to which quorum queue. It does so by itself some seconds after a declaration: a
    /// broker that is killed before loses the queue's name, makes it an empty log after its start, and what was confirmed into the
    /// queue is gone from it (RabbitMQ 3.10.8 with ra 2.2.0: `names.dets`). Scenarios that kill a broker call this when everything is
    /// declared, as `docs/amqp.md` tells administrators.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn queue_names_write(&self) -> anyhow::Result<()> {
        self.node.ctl(&["eval", "ok = dets:sync(ra_directory_reverse)."]).map(drop)
    }

    /// Has the broker forget which log belongs to a quorum queue, as a kill soon after the declaration does. Seen after the next
    /// start.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn queue_name_lose(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        let lose = "begin dets:delete(ra_directory_reverse, element(1, Server)), dets:sync(ra_directory_reverse) end";
        self.queue_tell(vhost, queue, lose).map(drop)
    }

    /// Starts a queue that does not run or has no leader, as an administrator would. What it held is there again.
    ///
    /// Such a queue mostly has two logs, its own and an empty one that the broker made it after losing its name: the empty one is
    /// put away. Where it has one only, an election is called, which a new server of one node sets itself no time for.
    ///
    /// # Errors
    /// When it cannot be told, or still does not run.
    pub fn queue_start(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        for how in [OWN_LOG, "begin catch ra:trigger_election(Server), ok end"] {
            self.queue_tell(vhost, queue, how)?;
            let runs = crate::wait_until(FORCE_LIMIT, || {
                let stopped = self.queues_stopped(vhost).ok()?;
                (!stopped.iter().any(|name| name == queue)).then_some(())
            });
            if runs.is_some() {
                return Ok(());
            }
        }
        bail!("{queue} still does not run: {}", self.queue_state(vhost, queue)?)
    }

    /// What the broker says of a quorum queue's process and of its place in the vote, in Erlang's words.
    fn queue_state(&self, vhost: &str, queue: &str) -> anyhow::Result<String> {
        let state = "io:format(\"~0p\", [{ets:lookup(ra_state, element(1, Server)), catch ra:members(Server, 1000)}])";
        self.queue_tell(vhost, queue, state)
    }

    /// Has a quorum queue stand still: it hears everything and says nothing.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn queue_freeze(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        self.queue_tell(vhost, queue, "sys:suspend(Server)").map(drop)
    }

    /// Lets a frozen queue run on.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn queue_thaw(&self, vhost: &str, queue: &str) -> anyhow::Result<()> {
        self.queue_tell(vhost, queue, "sys:resume(Server)").map(drop)
    }

    /// The queues of a vhost that are there and do not run: without a process, or without a leader that answers within a second
    /// (the log says `leader not known` then, and never names one).
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub fn queues_stopped(&self, vhost: &str) -> anyhow::Result<Vec<String>> {
        let names = format!(
            "[io:format(\"{STOPPED}~s~n\", [element(4, amqqueue:get_name(Q))]) || \
             Q <- rabbit_amqqueue:list(<<\"{vhost}\">>), \
             case catch ra:members(amqqueue:get_pid(Q), 1000) of {{ok, _, {{_, _}}}} -> false; _ -> true end]."
        );
        let said = self.node.ctl(&["eval", &names])?;
        Ok(said.lines().filter_map(|line| line.strip_prefix(STOPPED)).map(str::to_owned).collect())
    }

    /// Starts the queues that a broker has and does not run 20 seconds after its own start, as its administrator has to (RabbitMQ
    /// 3.10.8 leaves one now and then when it was killed), and says how many those were.
    ///
    /// # Errors
    /// When one of them cannot be started.
    pub fn start_stopped_queues(&self, vhost: &str) -> anyhow::Result<usize> {
        let mut stopped = Vec::new();
        let run = crate::wait_until(QUEUES_LIMIT, || {
            stopped = self.queues_stopped(vhost).ok()?;
            stopped.is_empty().then_some(())
        });
        if run.is_some() {
            return Ok(0);
        }
        for queue in &stopped {
            self.queue_start(vhost, queue)?;
        }
        Ok(stopped.len())
    }

    fn queue_tell(&self, vhost: &str, queue: &str, what: &str) -> anyhow::Result<String> {
        let told = format!(
            "{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"{vhost}\">>, queue, <<\"{queue}\">>)), \
             Server = amqqueue:get_pid(Q), ok = {what}."
        );
        self.node.ctl(&["eval", &told])
    }

    fn wait_for_alarm(&self, what: &str, wanted: bool) -> anyhow::Result<()> {
        let seen = crate::wait_until(FORCE_LIMIT, || {
            self.alarms().ok().filter(|alarms| alarms.iter().any(|alarm| alarm == "memory") == wanted)
        });
        ensure!(seen.is_some(), "the memory alarm was not {what} within {FORCE_LIMIT:?}: {:?}", self.alarms());
        Ok(())
    }

    /// Waits until the system says that the node stands or runs; where it cannot be asked, the signal must do.
    fn wait_for_state(&self, what: &str, stands: bool) -> anyhow::Result<()> {
        let stat = format!("/proc/{}/stat", self.node.beam()?.pid());
        if !std::path::Path::new(&stat).exists() {
            return Ok(());
        }
        let seen = crate::wait_until(FORCE_LIMIT, || {
            let text = std::fs::read_to_string(&stat).ok()?;
            // The state follows the command's name, which stands in brackets.
            let state = text.rsplit_once(')')?.1.trim_start().chars().next()?;
            (matches!(state, 'T' | 't') == stands).then_some(())
        });
        ensure!(seen.is_some(), "the broker was not {what} within {FORCE_LIMIT:?}");
        Ok(())
    }
}
