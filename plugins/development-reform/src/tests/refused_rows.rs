//! What bad rows are answered with: code, place, field.

use super::*;

/// A bad row stands second, behind Chinese text, so that neither rows nor offsets are right by accident. `at` is the text
/// that the fault points at.
fn check_row(label: &str, bad: &str, code: &str, at: &str, field: &str) {
    let text = message("XZCF", &format!("{}{bad}", penalty("", "")));
    let decoded = decode(text.as_bytes()).unwrap();
    assert_eq!(decoded.document.records.len(), 1, "{label}");
    let [fault] = decoded.document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 2, "{label}");
    let start = text.rfind("<fields>").unwrap();
    let wanted = place(&text.as_bytes()[start..], at) + start as u64;
    check_fault(label, &fault.fault, code, Some(wanted), Some(field));
}

#[test]
fn bad_fields_of_a_penalty_are_named() {
    let cases = [
        ("no name", "CF_XDR_MC", "", "reform.field-missing", "<fields>", "CF_XDR_MC"),
        ("no number", "CF_WSH", "　", "reform.field-missing", "<fields>", "CF_WSH"),
        ("no violation", "CF_WFXW", "", "reform.field-missing", "<fields>", "CF_WFXW"),
        ("no kind", "CF_CFLB", "", "reform.field-missing", "<fields>", "CF_CFLB"),
        ("only signs", "CF_CFLB", ";；", "reform.field-missing", "<fields>", "CF_CFLB"),
        ("no date", "CF_JDRQ", "", "reform.field-missing", "<fields>", "CF_JDRQ"),
        ("no authority", "CF_CFJG", "", "reform.field-missing", "<fields>", "CF_CFJG"),
        ("30 February", "CF_JDRQ", "2026/02/30", "reform.time-invalid", "2026/02/30", "CF_JDRQ"),
        ("year of two digits", "CF_JDRQ", "26/09/22", "reform.time-invalid", "26/09/22", "CF_JDRQ"),
        ("published too short", "CF_GSJZQ", "2026/09/21", "reform.time-invalid", "2026/09/21", "CF_GSJZQ"),
        ("validity", "CF_YXQ", "长期", "reform.time-invalid", "长期", "CF_YXQ"),
        ("negative", "CF_NR_FK", "-0.5", "reform.amount-invalid", "-0.5", "CF_NR_FK"),
        ("seven decimals", "CF_NR_FK", "0.0000001", "reform.amount-invalid", "0.0000001", "CF_NR_FK"),
        ("unit", "CF_NR_WFFF", "2万元", "reform.amount-invalid", "2万元", "CF_NR_WFFF"),
        ("too much", "CF_NR_WFFF", "9223372036854.775808", "reform.amount-range", "9223", "CF_NR_WFFF"),
        ("name only", "CF_XDR_SHXYM", "", "reform.party-unidentified", "<fields>", "CF_XDR_SHXYM"),
        ("region", "CF_XDR_SHXYM", "9111A112MAYYT00167", "uscc.region", "9111A", "CF_XDR_SHXYM"),
        (
            "authority's code",
            "CF_CFJGDM",
            "11110112MAYYG0015X",
            "uscc.check-character",
            "11110112MAYYG0015X",
            "CF_CFJGDM",
        ),
        ("source's code", "CF_SJLYDM", "110112", "uscc.length", "110112<", "CF_SJLYDM"),
        ("field with elements", "CF_SY", "<P>x</P>", "reform.structure", "<P>", "CF_SY"),
    ];
    for (label, name, value, code, at, field) in cases {
        check_row(label, &penalty(name, value), code, at, field);
    }
}

#[test]
fn lengths_of_the_standard_are_upper_limits() {
    for (name, length) in [
        ("CF_XDR_MC", 200),
        ("CF_XDR_LB", 16),
        ("CF_XDR_GSZC", 50),
        ("CF_XDR_SYDW", 12),
        ("CF_WSH", 128),
        ("CF_WFXW", 2_000),
        ("CF_SY", 5_000),
        ("CF_YJ", 2_000),
        ("CF_CFLB", 100),
        ("CF_NR", 4_000),
        ("CF_NR_ZKDX", 200),
        ("CF_CFJG", 200),
        ("BZ", 512),
        ("CF_OWN", 512),
    ] {
        let fits = "漷".repeat(length);
        assert_eq!(decode(penalty_message(name, &fits).as_bytes()).unwrap().document.row_faults, [], "{name}");
        check_row(name, &penalty(name, &format!("{fits}漷")), "reform.field-too-long", &fits, name);
    }
}

#[test]
fn a_field_twice_costs_its_row_also_under_an_older_name() {
    let twice = |more: &str| penalty("", "").replace("</fields>", &format!("{more}</fields>"));
    let both = "<CF_XDR_GSZC>1</CF_XDR_GSZC><CF_XDR_GSDJ>2</CF_XDR_GSDJ>";
    for (more, at, field) in [
        ("<CF_WSH>二</CF_WSH>", "二<", "CF_WSH"),
        (both, "2</CF_XDR_GSDJ>", "CF_XDR_GSDJ"),
        ("<A>1</A><A>3</A>", "3</A>", "A"),
    ] {
        check_row(more, &twice(more), "reform.field-repeated", at, field);
    }
    let many = twice(&"<A>1</A>".repeat(80));
    let text = message("XZCF", &many);
    assert_eq!(only_row_fault(text.as_bytes()).fault.code, "reform.limit");
}

#[test]
fn bad_restorations_and_answers_are_named() {
    let fields = |item: &str, inner: &str| message(item, &format!("<fields>{inner}</fields>"));
    let head = "<XF_BH>1</XF_BH><XF_XDR_SHXYM>91110112MAYYT0059L</XF_XDR_SHXYM>";
    let task = "<FK_PQBH>T/1</FK_PQBH>";
    let row = "<HZ_XXBS>a</HZ_XXBS><HZ_JG>3</HZ_JG><HZ_HX><HH>0</HH><CWDM>x</CWDM></HZ_HX>";
    let many =
        format!("<HZ_XXBS>a</HZ_XXBS><HZ_JG>3</HZ_JG>{}", "<HZ_HX><HH>1</HH><CWDM>x</CWDM></HZ_HX>".repeat(1_001));
    let cases = [
        ("no number", fields("XYXF", "<XF_WSH>1</XF_WSH>"), "field-missing", "<fields>", "XF_BH"),
        (
            "nobody",
            fields("XYXF", "<XF_BH>1</XF_BH><XF_WSH>1</XF_WSH>"),
            "party-unidentified",
            "<fields>",
            "XF_XDR_SHXYM",
        ),
        ("nothing restored", fields("XYXF", head), "field-missing", "<fields>", "XF_WSH"),
        (
            "day",
            fields("XYXF", &format!("{head}<XF_WSH>1</XF_WSH><XF_JDRQ>近日</XF_JDRQ>")),
            "time-invalid",
            "近日",
            "XF_JDRQ",
        ),
        ("no assignment", fields("CLFK", "<FK_JG>1</FK_JG>"), "field-missing", "<fields>", "FK_PQBH"),
        (
            "assignment",
            fields("CLFK", "<FK_PQBH>TZ-2026</FK_PQBH><FK_JG>1</FK_JG>"),
            "number-invalid",
            "TZ-2026",
            "FK_PQBH",
        ),
        ("result", fields("CLFK", &format!("{task}<FK_JG>5</FK_JG>")), "code-unknown", "5</FK_JG>", "FK_JG"),
        ("no reason", fields("CLFK", &format!("{task}<FK_JG>2</FK_JG>")), "field-missing", "<fields>", "FK_NR"),
        (
            "time",
            fields("CLFK", &format!("{task}<FK_JG>1</FK_JG><FK_SJ>2026/09/22</FK_SJ>")),
            "time-invalid",
            "2026/09/22",
            "FK_SJ",
        ),
        ("applied", fields("LHCJFK", "<LHCJ_BH>1</LHCJ_BH><LHCJ_ZX>是</LHCJ_ZX>"), "code-unknown", "是", "LHCJ_ZX"),
        (
            "not applied, no reason",
            fields("LHCJFK", "<LHCJ_BH>1</LHCJ_BH><LHCJ_ZX>0</LHCJ_ZX>"),
            "field-missing",
            "<fields>",
            "FK_NR",
        ),
        ("no message", fields("HZ", "<HZ_JG>1</HZ_JG>"), "field-missing", "<fields>", "HZ_XXBS"),
        ("message", fields("HZ", "<HZ_XXBS>a&#9;b</HZ_XXBS><HZ_JG>1</HZ_JG>"), "number-invalid", "a&#9;b", "HZ_XXBS"),
        ("outcome", fields("HZ", "<HZ_XXBS>a</HZ_XXBS><HZ_JG>0</HZ_JG>"), "code-unknown", "0</HZ_JG>", "HZ_JG"),
        ("row", fields("HZ", row), "number-invalid", "0</HH>", "HH"),
        ("too many rows", fields("HZ", &many), "limit", "<HZ_HX><HH>1</HH><CWDM>x</CWDM></HZ_HX></fields>", "HZ_HX"),
    ];
    for (label, text, code, at, field) in cases {
        let fault = only_row_fault(text.as_bytes());
        assert_eq!(fault.row, 1, "{label}");
        check_fault(label, &fault.fault, &format!("reform.{code}"), Some(place(text.as_bytes(), at)), Some(field));
    }
}
