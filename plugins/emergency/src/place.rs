//! Where: polygons, circles and area codes. Degrees are read as whole nano-degrees; no float touches them.

use xiezhi_formats::fields::{Value, chars_max};
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::place::{Coordinate, Datum};
use xiezhi_sdk::model::town::TownCode;

use crate::dialect::Dialect;
use crate::problem::{Problem, code};

/// Most points of a polygon.
const POINTS_MAX: usize = 1_000;
/// Longest polygon: as many points of 30 characters.
const POLYGON_CHARS_MAX: usize = 30_000;
/// Fewest points of a polygon: a triangle whose first point comes again (CAP 1.2, 3.2.4).
const POINTS_MIN: usize = 4;
/// Most areas of one alert, and most polygons, circles or codes of one area.
const AREAS_MAX: usize = 100;
/// Most codes of all areas: a province has about so many towns.
const CODES_MAX: usize = 2_000;
/// The scheme of nine-digit town codes.
pub(crate) const TOWN_SCHEME: &str = "GB/T 10114";

/// Everything that the areas of one alert say.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) descriptions: Vec<String>,
    /// The middle of the first polygon or circle.
    pub(crate) coordinate: Option<Coordinate>,
    /// The first polygon and circle, as written.
    pub(crate) polygon: Option<String>,
    pub(crate) circle: Option<String>,
    pub(crate) codes: Vec<String>,
    /// The towns that the codes name, each once; the third and later ones are not needed to know that it is not one.
    pub(crate) towns: Vec<TownCode>,
}

/// Reads the areas.
pub(crate) fn places(info: &Element<'_>, dialect: Dialect) -> Result<Places, Problem> {
    let mut places = Places::default();
    for area in bounded(info, "area")? {
        let description = area.required("areaDesc", chars_max::LINE)?;
        places.descriptions.push(description.text.to_owned());
        for polygon in bounded(area, "polygon")? {
            let Some(value) = polygon.value(POLYGON_CHARS_MAX)? else { continue };
            let middle = polygon_middle(&value)?;
            places.coordinate = places.coordinate.or(Some(middle));
            places.polygon.get_or_insert_with(|| value.text.to_owned());
        }
        for circle in bounded(area, "circle")? {
            let Some(value) = circle.value(chars_max::LINE)? else { continue };
            let middle = circle_middle(&value)?;
            places.coordinate = places.coordinate.or(Some(middle));
            places.circle.get_or_insert_with(|| value.text.to_owned());
        }
        for geocode in bounded(area, "geocode")? {
            match dialect {
                Dialect::National => national_codes(geocode, &mut places)?,
                Dialect::Cap12 => cap_code(geocode, &mut places)?,
            }
        }
    }
    Ok(places)
}

fn bounded<'e, 't>(parent: &'e Element<'t>, name: &'static str) -> Result<Vec<&'e Element<'t>>, Problem> {
    let all: Vec<&Element<'t>> = parent.all(name).collect();
    match all.get(AREAS_MAX) {
        None => Ok(all),
        Some(first_too_many) => {
            let text = format!("{name} 不得超过{AREAS_MAX}个");
            Err(Problem::new(code::LIMIT, first_too_many.at, text).in_field(name))
        }
    }
}

/// `lat,lon lat,lon …`, closed. The middle is that of the bounding box: it says where, not how large.
fn polygon_middle(value: &Value<'_>) -> Result<Coordinate, Problem> {
    let mut points: Vec<Coordinate> = Vec::new();
    for pair in value.text.split_whitespace() {
        if points.len() >= POINTS_MAX {
            let text = format!("polygon 不得超过{POINTS_MAX}个点");
            return Err(value.problem(code::LIMIT, text));
        }
        points.push(point(pair, value)?);
    }
    if points.len() < POINTS_MIN || points.first() != points.last() {
        let text = "polygon 至少要有4个点，且最后一点与第一点相同";
        return Err(value.problem(code::AREA_INVALID, text));
    }
    let middle = |degrees: fn(&Coordinate) -> i64| {
        let low = points.iter().map(degrees).min().unwrap_or_default();
        let high = points.iter().map(degrees).max().unwrap_or_default();
        low + (high - low) / 2
    };
    Ok(Coordinate {
        longitude_nanodegrees: middle(|point| point.longitude_nanodegrees),
        latitude_nanodegrees: middle(|point| point.latitude_nanodegrees),
        datum: Datum::Wgs84,
    })
}

/// `lat,lon radius`.
fn circle_middle(value: &Value<'_>) -> Result<Coordinate, Problem> {
    let mut parts = value.text.split_whitespace();
    let (Some(centre), Some(radius), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(value.problem(code::AREA_INVALID, "circle 应为“纬度,经度 半径”，半径单位为公里"));
    };
    if !radius.starts_with(|c: char| c.is_ascii_digit()) || !radius.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(value.problem(code::AREA_INVALID, "circle 的半径应为不带单位的数"));
    }
    point(centre, value)
}

fn point(pair: &str, value: &Value<'_>) -> Result<Coordinate, Problem> {
    let read = pair.split_once(',').and_then(|(latitude, longitude)| {
        // CAP writes latitude first.
        Coordinate::parse(longitude, latitude, Datum::Wgs84).ok()
    });
    read.ok_or_else(|| {
        let text = format!("{}中的点应为“纬度,经度”（十进制度，纬度在前，纬度不超过90）", value.name);
        value.problem(code::AREA_INVALID, text)
    })
}

/// A list of codes as text. A code of the district or above names no town.
fn national_codes(geocode: &Element<'_>, places: &mut Places) -> Result<(), Problem> {
    let Some(value) = geocode.value(chars_max::TEXT)? else { return Ok(()) };
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | ';' | '；' | '、');
    for written in value.text.split(separates).filter(|written| !written.is_empty()) {
        let digits = written.bytes().all(|b| b.is_ascii_digit());
        if !digits || !matches!(written.len(), 6 | 9 | 12) {
            let text = "geocode 应为6位、9位或12位行政区划代码，多个之间用逗号分隔";
            return Err(value.problem(code::AREA_INVALID, text));
        }
        add_code(written, &value, places)?;
    }
    Ok(())
}

/// A scheme and a code of it. Other schemes are kept as they are.
fn cap_code(geocode: &Element<'_>, places: &mut Places) -> Result<(), Problem> {
    let scheme = geocode.required("valueName", chars_max::NAME)?;
    let value = geocode.required("value", chars_max::NAME)?;
    if scheme.text != TOWN_SCHEME {
        places.codes.push(format!("{}={}", scheme.text, value.text));
        return Ok(());
    }
    if TownCode::parse(value.text).is_err() {
        return Err(value.problem(code::AREA_INVALID, "GB/T 10114 代码应为9位数字（或12位统计用区划代码）"));
    }
    add_code(value.text, &value, places)
}

fn add_code(written: &str, value: &Value<'_>, places: &mut Places) -> Result<(), Problem> {
    if places.codes.len() >= CODES_MAX {
        return Err(value.problem(code::LIMIT, format!("行政区划代码合计不得超过{CODES_MAX}个")));
    }
    places.codes.push(written.to_owned());
    if let Ok(town) = TownCode::parse(written)
        && !town.as_str().ends_with("000")
        && places.towns.len() < 2
        && !places.towns.contains(&town)
    {
        places.towns.push(town);
    }
    Ok(())
}
