//! The trainer's side: faults on demand, a look at the state, and changes by hand.

use std::sync::atomic::Ordering;

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::answer::{Reply, json as json_reply, problem};
use crate::book::{Book, BookError, Change};
use crate::entry::Entry;
use crate::fault::FaultOrder;
use crate::service::not_made;
use crate::shared::{NotMade, Shared};

/// Entries that a look at the state shows when nothing is asked for, and at most.
const STATE_ENTRIES_MAX: usize = 10_000;

/// A change by hand.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EntryOrder {
    /// Fields of an entry: a new one, or what changes of one that is there.
    Put(Map<String, Value>),
    /// Key of an entry.
    Delete(String),
}

/// Answers a control request.
pub(crate) async fn answer(shared: &Shared, method: &Method, what: &str, query: Option<&str>, body: &[u8]) -> Reply {
    match (method, what) {
        (&Method::GET, "state") => state(shared, query.unwrap_or_default()),
        (&Method::POST, "faults") => match parse::<FaultOrder>(body) {
            Ok(order) => faults(shared, order),
            Err(reply) => *reply,
        },
        (&Method::POST, "entries") => match parse::<EntryOrder>(body) {
            Ok(order) => entries(shared, order).await,
            Err(reply) => *reply,
        },
        (_, "state" | "faults" | "entries") => {
            problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "no such method here")
        }
        _ => problem(StatusCode::NOT_FOUND, "not_found", "no such path"),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Reply>> {
    serde_json::from_slice(body).map_err(|error| Box::new(wrong("json", &error.to_string())))
}

fn wrong(code: &str, text: &str) -> Reply {
    problem(StatusCode::BAD_REQUEST, code, text)
}

fn faults(shared: &Shared, order: FaultOrder) -> Reply {
    let mut faults = shared.faults();
    match faults.order(order) {
        Ok(()) => json_reply(StatusCode::OK, &json!({"waiting": faults.waiting()})),
        Err(error) => wrong("fault", &error.to_string()),
    }
}

async fn entries(shared: &Shared, order: EntryOrder) -> Reply {
    let mut fault = None;
    let made = shared.change(|book| match order {
        EntryOrder::Delete(key) => Ok(Change::Delete(key)),
        EntryOrder::Put(fields) => put(book, fields, shared.now_ms()).map_err(|text| {
            fault = Some(text);
            BookError::Unknown
        }),
    });
    let made: Result<(), NotMade> = made.await;
    match (made, fault) {
        (_, Some(text)) => wrong("entry", &text),
        (Ok(()), None) => json_reply(StatusCode::OK, &json!({"changed": true})),
        (Err(error), None) => not_made(&error),
    }
}

/// The entry after the given fields were laid over the one that is there.
fn put(book: &Book, fields: Map<String, Value>, now_ms: i64) -> Result<Change, String> {
    let key = fields.get("key").and_then(Value::as_str).ok_or("key is missing")?;
    let before = match book.entry(key) {
        Some(entry) => entry.as_ref().clone(),
        None => Entry { received_at_ms: now_ms, ..Entry::default() },
    };
    let Ok(Value::Object(mut merged)) = serde_json::to_value(before) else {
        return Err("the entry cannot be changed".to_owned());
    };
    merged.extend(fields);
    let entry: Entry = serde_json::from_value(Value::Object(merged)).map_err(|error| error.to_string())?;
    match entry.fault() {
        Some(text) => Err(text),
        None => Ok(Change::Put(entry.into())),
    }
}

fn state(shared: &Shared, query: &str) -> Reply {
    let field = |name: &str| {
        let value = form_urlencoded::parse(query.as_bytes()).find(|(field, _)| field == name);
        value.map(|(_, value)| value.parse::<usize>())
    };
    let (Ok(page @ 1..), Ok(size @ 0..=STATE_ENTRIES_MAX)) =
        (field("page").unwrap_or(Ok(1)), field("size").unwrap_or(Ok(STATE_ENTRIES_MAX)))
    else {
        return wrong("page", "page counts from 1, size is 0 to 10000");
    };
    let (entries, total, tally) = {
        let book = shared.book();
        let (entries, total) = book.page(page, size);
        (entries, total, book.tally)
    };
    let (happened, waiting) = {
        let faults = shared.faults();
        (json!(faults.happened()), json!(faults.waiting()))
    };
    let entries: Vec<&Entry> = entries.iter().map(AsRef::as_ref).collect();
    let requests = &shared.requests;
    let value = json!({
        "entries": entries,
        "entries_total": total,
        "requests": {
            "post": requests.post.load(Ordering::Relaxed),
            "query": requests.query.load(Ordering::Relaxed),
            "export": requests.export.load(Ordering::Relaxed),
            "public": requests.public.load(Ordering::Relaxed),
        },
        "applied": tally.applied,
        "refused": tally.refused,
        "repeated": tally.repeated,
        "conflicts": tally.conflicts,
        "faults": happened,
        "faults_waiting": waiting,
        "active_connections": shared.connections.load(Ordering::Relaxed),
    });
    json_reply(StatusCode::OK, &value)
}
