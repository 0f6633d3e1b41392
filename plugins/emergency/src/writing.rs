//! An alert being written, in either dialect: the head, then the `info`, in the order that each dialect has.

use xiezhi_formats::charset::Charset;
use xiezhi_formats::writer::Writer;
use xiezhi_sdk::Encoded;
use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::record::Party;

use crate::dialect::{CAP12, Dialect};
use crate::place::TOWN_SCHEME;

/// What an outgoing message says of its own encoding.
const CONTENT_TYPE: &str = "application/xml; charset=UTF-8";
/// Three more digits make a nine-digit town code the twelve-digit one of the national profile.
const TOWN_TO_TWELVE: &str = "000";
/// Where nothing is known of the place: the district.
const DISTRICT: &str = "北京市通州区";

/// What the head of an outgoing message says.
pub(crate) struct Head<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) identifier: &'a str,
    pub(crate) sender_code: &'a str,
    pub(crate) sender_name: &'a str,
    pub(crate) receiver_code: &'a str,
    pub(crate) sent_at: UtcTime,
    pub(crate) msg_type: &'static str,
    pub(crate) note: Option<&'a str>,
    pub(crate) references: Option<&'a str>,
}

/// What the `info` of an outgoing message says.
pub(crate) struct Body<'a> {
    pub(crate) event: &'static str,
    pub(crate) event_type: &'a str,
    pub(crate) headline: &'a str,
    pub(crate) description: &'a str,
    pub(crate) instruction: &'a str,
    pub(crate) expires: Option<UtcTime>,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) party: Option<&'a Party>,
}

/// Writes a message; one without a body is a bare `Ack` or `Error`.
pub(crate) fn alert(head: &Head<'_>, body: Option<&Body<'_>>) -> Encoded {
    let mut xml = Writer::new(Charset::Utf8);
    match head.dialect {
        Dialect::Cap12 => {
            xml.open("alert", &[("xmlns", CAP12)]);
            head_cap12(&mut xml, head);
        }
        Dialect::National => {
            xml.open("alert", &[]);
            head_national(&mut xml, head, body);
        }
    }
    if let Some(body) = body {
        xml.open("info", &[]);
        xml.field("language", "zh-CN");
        match head.dialect {
            Dialect::Cap12 => {
                xml.field("category", "Other");
                xml.field("event", body.event);
            }
            Dialect::National => xml.field("eventType", body.event_type),
        }
        // What the gateway asks is no event, so it has no degree.
        xml.field("urgency", "Expected");
        xml.field("severity", "Unknown");
        xml.field("certainty", "Unknown");
        xml.field("effective", &head.dialect.write_time(head.sent_at));
        if let Some(expires) = body.expires {
            xml.field("expires", &head.dialect.write_time(expires));
        }
        xml.field("senderName", head.sender_name);
        xml.field("headline", body.headline);
        xml.optional("description", Some(body.description));
        xml.optional("instruction", Some(body.instruction));
        for (name, value) in body.parameters.iter().filter(|(_, value)| !value.is_empty()) {
            xml.open("parameter", &[]);
            xml.field("valueName", name);
            xml.field("value", value);
            xml.close();
        }
        area(&mut xml, head.dialect, body.party);
    }
    Encoded { body: xml.finish(), content_type: CONTENT_TYPE.to_owned() }
}

fn head_cap12(xml: &mut Writer, head: &Head<'_>) {
    xml.field("identifier", head.identifier);
    xml.field("sender", head.sender_code);
    xml.field("sent", &head.dialect.write_time(head.sent_at));
    xml.field("status", "Actual");
    xml.field("msgType", head.msg_type);
    xml.field("scope", "Private");
    xml.field("addresses", head.receiver_code);
    xml.optional("note", head.note);
    xml.optional("references", head.references);
}

fn head_national(xml: &mut Writer, head: &Head<'_>, body: Option<&Body<'_>>) {
    xml.field("identifier", head.identifier);
    xml.field("sender", head.sender_name);
    xml.field("senderCode", head.sender_code);
    xml.field("sendTime", &head.dialect.write_time(head.sent_at));
    xml.field("status", "Actual");
    xml.field("msgType", head.msg_type);
    xml.field("scope", "Restricted");
    if let Some(body) = body {
        xml.open("code", &[]);
        xml.open("method", &[]);
        xml.field("methodName", "WEB");
        xml.field("message", body.headline);
        xml.field("audienceGrp", head.receiver_code);
        // The profile spells it so.
        xml.field("audenceprt", "");
        xml.close();
        xml.close();
    }
    xml.field("secClassification", "None");
    xml.field("note", head.note.unwrap_or_default());
    xml.field("references", head.references.unwrap_or_default());
}

fn area(xml: &mut Writer, dialect: Dialect, party: Option<&Party>) {
    let Some(party) = party else { return };
    let described = party.address.as_deref().or(party.name.as_deref()).unwrap_or(DISTRICT);
    xml.open("area", &[]);
    xml.field("areaDesc", described);
    if let Some(coordinate) = party.coordinate {
        let (longitude, latitude) = coordinate.to_lon_lat();
        xml.field("circle", &format!("{latitude},{longitude} 0"));
    }
    if let Some(town) = &party.town {
        match dialect {
            Dialect::National => xml.field("geocode", &format!("{town}{TOWN_TO_TWELVE}")),
            Dialect::Cap12 => {
                xml.open("geocode", &[]);
                xml.field("valueName", TOWN_SCHEME);
                xml.field("value", town.as_str());
                xml.close();
            }
        }
    }
    xml.close();
}
