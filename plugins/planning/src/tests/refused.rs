//! What bad messages and bad parcels are answered with: code, place, field.

use super::*;

fn place(message: &str, text: &str) -> u64 {
    message.find(text).unwrap_or_else(|| panic!("{text} is not in the message")) as u64
}

fn check(label: &str, fault: &Fault, code: &str, offset: Option<u64>, field: Option<&str>) {
    assert_eq!(fault.code, format!("planning.{code}"), "{label}: {}", fault.text);
    assert_eq!(fault.offset, offset, "{label}: {}", fault.text);
    assert_eq!(fault.field.as_deref(), field, "{label}: {}", fault.text);
    assert!(!fault.text.is_ascii(), "{label}: the text is Chinese");
}

#[test]
fn the_shipped_bad_sample_is_named() {
    let row = only_row_fault(SWAPPED);
    assert_eq!(row.row, 1);
    check("swapped", &row.fault, "coordinate-range", Some(place(SWAPPED, "[39.9461")), Some("coordinates"));
    assert!(row.fault.text.contains("颠倒"), "{}", row.fault.text);
}

#[test]
fn bad_messages_are_refused_whole() {
    let good = parcel("DJYT", "\"漷县\"");
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    let many = collection("", &vec!["0"; 1_001].join(","));
    let crs = |inner: &str| good.replacen(CRS, &format!("\"crs\":{inner},"), 1);
    let named = |name: &str| crs(&format!("{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}}"));
    let deep = format!("{}{}", "[".repeat(13), "]".repeat(13));
    // (label, message, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, Option<&str>)> = vec![
        ("no JSON", "图斑".to_owned(), "json-syntax", "图", None),
        ("too deep", deep, "limit", "[]", None),
        ("an array", "[1]".to_owned(), "structure", "[1]", None),
        ("no type", "{\"a\":\"漷\"}".to_owned(), "field-missing", "{", Some("type")),
        ("a feature", swap("FeatureCollection", "Feature"), "structure", "Feature\",\"crs", Some("type")),
        ("two types", swap("{", "{\"type\":\"漷\","), "field-repeated", "\"FeatureCollection", Some("type")),
        ("business", swap(CRS, "\"YWLX\":\"PQ\","), "business-unknown", "PQ", Some("YWLX")),
        ("no features", "{\"type\":\"FeatureCollection\"}".to_owned(), "field-missing", "{", Some("features")),
        ("empty", collection("", ""), "field-missing", "{", Some("features")),
        (
            "features",
            "{\"type\":\"FeatureCollection\",\"features\":{}}".to_owned(),
            "structure",
            "{}",
            Some("features"),
        ),
        ("too many rows", many, "limit", "0]", Some("features")),
        ("projected", named("urn:ogc:def:crs:EPSG::4548"), "crs-unsupported", "urn", Some("crs")),
        ("link", crs("{\"type\":\"link\",\"properties\":{}}"), "crs-unsupported", "link", Some("crs")),
        ("text as crs", crs("\"EPSG:4490\""), "structure", "\"EPSG:4490", Some("crs")),
        ("nameless crs", crs("{\"type\":\"name\",\"properties\":{}}"), "field-missing", "{}", Some("name")),
    ];
    for (label, text, code, at, field) in cases {
        check(label, &decode(&text).unwrap_err(), code, Some(place(&text, at)), field);
    }
}

#[test]
fn what_no_message_can_hold_is_refused() {
    let long = " ".repeat(4 * 1024 * 1024 + 1);
    check("long", &decode(&long).unwrap_err(), "limit", Some(4 * 1024 * 1024), None);
    let parts = Planning::decode(&Input::Parts(vec![PARCEL.as_bytes()]), &context(Value::Null)).unwrap_err();
    check("parts", &parts, "parts-unsupported", None, None);
    let bytes = |bytes: &[u8]| Planning::decode(&Input::Message(bytes), &context(Value::Null)).unwrap_err();
    let gb = xiezhi_formats::charset::gb18030_bytes(PARCEL);
    assert_eq!(bytes(&gb).code, "planning.encoding-mismatch");
    assert_eq!(bytes(&[0xff, 0xfe, b'{', 0]).code, "planning.encoding-unsupported");
    assert_eq!(bytes(b"{\"\xff\xff\"}").code, "planning.encoding-invalid");
    let cut = (0..PARCEL.len()).map(|at| bytes_before(at, &bytes)).find(|code| code == "planning.encoding-truncated");
    assert!(cut.is_some(), "a message that ends within a character");
    for (name, value) in [
        ("default_crs", json!("epsg:4490")),
        ("area_mismatch", json!(true)),
        ("area_tolerance_percent", json!(0)),
        ("district_box", json!("116.95,39.6,116.5,40.05")),
        ("district_box", json!("116.5,39.6,116.95")),
        ("violation_types", json!(["01"])),
        ("encoding_fallback", json!("latin1")),
    ] {
        let fault = decode_with(PARCEL, json!({name: value})).unwrap_err();
        check(name, &fault, "setting-invalid", None, Some(name));
    }
}

/// The fault of the sample's first bytes, looked for around its Chinese text only, where the answer can differ.
fn bytes_before(at: usize, decode: &dyn Fn(&[u8]) -> Fault) -> String {
    if PARCEL.is_char_boundary(at) { String::new() } else { decode(&PARCEL.as_bytes()[..at]).code }
}

/// A bad parcel stands second and behind Chinese text, so that neither rows nor offsets are right by accident.
fn check_row(label: &str, bad: &str, code: &str, at: &str, field: &str) {
    let good = feature(&polygon(RING), &properties("ZL", "\"漷县镇㛃\""));
    let text = collection(CRS, &format!("{good},{bad}"));
    let document = decode(&text).unwrap().document;
    assert_eq!(document.records.len(), 1, "{label}");
    let [fault] = document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = text.len() - bad.len() - "]}".len();
    let wanted = start as u64 + place(bad, at);
    check(label, &fault.fault, code, Some(wanted), Some(field));
    assert!(!fault.fault.text.contains("1900"), "{label}: no personal data in the text");
}

#[test]
fn bad_properties_cost_the_row() {
    let long = format!("\"{}\"", "长".repeat(501));
    // (label, property, value, code, text that the fault points at)
    let cases = [
        ("no number", "TBBH", "null", "field-missing", "{\"TBBH"),
        ("short number", "TBBH", "\"11011220260900012\"", "number-invalid", "11011220260900012"),
        ("number as a number", "TBBH", "1.1e17", "number-invalid", "1.1e17"),
        ("district", "XZQDM", "\"11011\"", "number-invalid", "11011\""),
        ("town", "XZDM", "\"宋庄\"", "number-invalid", "宋庄"),
        ("no place", "ZL", "\"　\"", "field-missing", "{\"TBBH"),
        ("long place", "ZL", &long, "field-too-long", "长"),
        ("place with members", "ZL", "{\"a\":1}", "structure", "{\"a\""),
        ("violation", "WFLX", "\"2\"", "code-unknown", "2\",\"ZDMJ"),
        ("area in words", "ZDMJ", "\"835.03平方米\"", "number-invalid", "835.03平"),
        ("area with an exponent", "ZDMJ", "8.3503e2", "number-invalid", "8.3503e2"),
        ("no area", "ZDMJ", "0.00", "number-invalid", "0.00"),
        ("30 February", "FXSJ", "\"2026-02-30\"", "time-invalid", "2026-02-30"),
        ("no stage", "CLJD", "\"\"", "field-missing", "{\"TBBH"),
        ("deadline", "GZQX", "\"尽快\"", "time-invalid", "尽快"),
        ("long name of a person", "DSRMC", &format!("\"{}\"", "名".repeat(201)), "field-too-long", "名"),
    ];
    for (label, name, value, code, at) in cases {
        check_row(label, &feature(&polygon(RING), &properties(name, value)), code, at, name);
    }
    let twice = format!("{},\"ZL\":\"又\"", properties("DJYT", "\"甲\""));
    check_row("property twice", &feature(&polygon(RING), &twice), "field-repeated", "\"又\"", "ZL");
    let id = format!("{},\"DSRDM\":\"110112190001040044\"", properties("DSRMC", &format!("\"{}\"", "名".repeat(101))));
    check_row("person's name", &feature(&polygon(RING), &id), "field-too-long", "名", "DSRMC");
    for (value, code) in [("\"11110112MAYYG0023X\"", "uscc.check-character"), ("\"规自\"", "uscc.length")] {
        let fault = only_row_fault(&parcel("ZFJGDM", value)).fault;
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("ZFJGDM")));
    }
}

#[test]
fn unit_codes_of_real_estate_have_28_characters() {
    let good = "110112005012GB00031F00020015";
    for fine in [good.to_owned(), "110112 005012 gb00031 f00020015".to_owned(), good.replace("F00020015", "W00000000")]
    {
        assert_eq!(finding(&parcel("BDCDYH", &format!("\"{fine}\""))).extra["BDCDYH"].len(), 28, "{fine}");
    }
    for bad in [
        good.replace("GB", "XB"),
        good.replace("GB", "GZ"),
        good.replace("F0", "H0"),
        good.replace("F00020015", "W00020015"),
        format!("{good}0"),
        good.replace("110112005", "11011200A"),
        "京（2026）通不动产权第0012345号".to_owned(),
    ] {
        let properties = properties("BDCDYH", &format!("\"{bad}\""));
        check_row(&bad, &feature(&polygon(RING), &properties), "unit-code-invalid", &bad, "BDCDYH");
    }
}

#[test]
fn bad_geometries_cost_the_row() {
    let point = |x: &str, y: &str| format!("[{x},{y}]");
    let closed = |third: &str| format!("[[116.6,39.9],[116.7,39.9],{third},[116.6,39.9]]");
    let hole = format!("{RING},{RING}");
    let geometry = |kind: &str, coordinates: &str| format!("{{\"type\":\"{kind}\",\"coordinates\":{coordinates}}}");
    let many = format!("[{}]", vec!["[116.6,39.9]"; 10_001].join(","));
    // (label, geometry, code, text that the fault points at, field)
    let cases: Vec<(&str, String, &str, &str, &str)> = vec![
        ("none", "null".to_owned(), "field-missing", "{\"type\":\"Feature\"", "geometry"),
        ("text", "\"POLYGON((1 2))\"".to_owned(), "structure", "\"POLYGON", "geometry"),
        ("point", geometry("Point", "[116.6,39.9]"), "geometry-unsupported", "Point", "geometry"),
        (
            "no coordinates",
            "{\"type\":\"Polygon\"}".to_owned(),
            "field-missing",
            "{\"type\":\"Polygon\"}",
            "coordinates",
        ),
        ("no ring", geometry("Polygon", "[]"), "geometry-invalid", "[]", "coordinates"),
        ("no polygon", geometry("MultiPolygon", "[]"), "geometry-invalid", "[]", "coordinates"),
        ("a level too few", geometry("Polygon", RING), "structure", "116.6912", "coordinates"),
        ("empty ring", polygon("[]"), "geometry-invalid", "[]]", "coordinates"),
        (
            "three positions",
            polygon("[[116.6,39.9],[116.7,39.9],[116.6,39.9]]"),
            "geometry-invalid",
            "[[116.6",
            "coordinates",
        ),
        ("open", polygon(&RING.replace(",[116.6912,39.9461]]", "]")), "geometry-invalid", "[[116.6912", "coordinates"),
        ("on a line", polygon(&closed("[116.8,39.9]")), "geometry-invalid", "[[116.6", "coordinates"),
        ("all hole", polygon(&hole), "geometry-invalid", "[[[116.6912", "coordinates"),
        ("one number", polygon(&closed("[116.8]")), "geometry-invalid", "[116.8]", "coordinates"),
        ("four numbers", polygon(&closed("[116.7,39.8,1,2]")), "geometry-invalid", "[116.7,39.8,1,2]", "coordinates"),
        ("text as number", polygon(&closed("[\"116.7\",39.8]")), "number-invalid", "\"116.7\"", "coordinates"),
        ("exponent", polygon(&closed("[1.167e2,39.8]")), "number-invalid", "1.167e2", "coordinates"),
        ("swapped", polygon(&closed(&point("39.8", "116.7"))), "coordinate-range", "[39.8,116.7]", "coordinates"),
        (
            "metres",
            polygon(&closed(&point("39456123.45", "4421000.5"))),
            "coordinate-range",
            "[39456123.45",
            "coordinates",
        ),
        ("too many", polygon(&many), "limit", "[116.6,39.9]]]", "coordinates"),
    ];
    for (label, geometry, code, at, field) in cases {
        let bad = feature(&geometry, &properties("DJYT", "\"甲\""));
        check_row(label, &bad, code, at, field);
    }
}

#[test]
fn what_is_no_feature_costs_the_row() {
    for (label, bad, code, field) in [
        ("a text", "\"漷\"".to_owned(), "structure", None),
        ("another type", "{\"type\":\"Polygon\"}".to_owned(), "structure", Some("type")),
        (
            "no properties",
            format!("{{\"type\":\"Feature\",\"geometry\":{}}}", polygon(RING)),
            "field-missing",
            Some("properties"),
        ),
        ("a list", "{\"type\":\"Feature\",\"properties\":[]}".to_owned(), "structure", Some("properties")),
    ] {
        let fault = only_row_fault(&collection("", &bad)).fault;
        assert_eq!(
            (fault.code.as_str(), fault.field.as_deref()),
            (format!("planning.{code}").as_str(), field),
            "{label}"
        );
    }
}
