//! Polygons of RFC 7946, read as whole nano-degrees: rings, holes, where they lie, how large and which way round.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::Node;
use xiezhi_sdk::model::place::{Coordinate, CoordinateError, Datum};

use crate::problem::{Problem, code};
use crate::settings::Bounds;

/// Fewest positions of a ring: a triangle whose first position comes again (RFC 7946, 3.1.6).
const POSITIONS_MIN: usize = 4;
/// The field of every fault about positions.
const FIELD: &str = "coordinates";

/// What the polygons of one feature come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The corners of the box around everything.
    pub(crate) south_west: Coordinate,
    pub(crate) north_east: Coordinate,
    /// Twice the area without holes, in square nano-degrees.
    pub(crate) twice_area: i128,
    /// Whether an exterior ring runs clockwise, or a hole does not.
    pub(crate) wrong_way: bool,
    pub(crate) polygons: usize,
    pub(crate) holes: usize,
}

/// One ring.
struct Ring {
    south_west: Coordinate,
    north_east: Coordinate,
    /// Twice the area in square nano-degrees; positive where the ring runs counter-clockwise.
    twice_signed: i128,
}

/// Reads a `Polygon` or `MultiPolygon`.
pub(crate) fn shape(geometry: &Node<'_>, datum: Datum) -> Result<Shape, Problem> {
    let object = geometry.object("geometry").map_err(|problem| problem.in_field("geometry"))?;
    let kind = object.required("type", chars_max::CODE)?;
    let coordinates = object.need(FIELD)?.node;
    let polygons = match kind.text {
        "Polygon" => vec![coordinates],
        "MultiPolygon" => array(&coordinates, "MultiPolygon 的 coordinates")?,
        _ => {
            let text = "图斑的几何类型应为 Polygon 或 MultiPolygon";
            return Err(kind.problem(code::GEOMETRY_UNSUPPORTED, text).in_field("geometry"));
        }
    };
    let mut shape: Option<Shape> = None;
    for polygon in &polygons {
        let rings = array(polygon, "多边形")?;
        let Some((exterior, holes)) = rings.split_first() else { return Err(empty(polygon)) };
        let exterior = ring(exterior, datum)?;
        let start = shape.unwrap_or(Shape {
            south_west: exterior.south_west,
            north_east: exterior.north_east,
            twice_area: 0,
            wrong_way: false,
            polygons: 0,
            holes: 0,
        });
        let mut next = Shape {
            south_west: corner(start.south_west, exterior.south_west, i64::min),
            north_east: corner(start.north_east, exterior.north_east, i64::max),
            twice_area: start.twice_area + exterior.twice_signed.abs(),
            wrong_way: start.wrong_way || exterior.twice_signed < 0,
            polygons: start.polygons + 1,
            holes: start.holes,
        };
        for hole in holes {
            let hole = ring(hole, datum)?;
            next.twice_area -= hole.twice_signed.abs();
            next.wrong_way |= hole.twice_signed > 0;
            next.holes += 1;
        }
        shape = Some(next);
    }
    let shape = shape.ok_or_else(|| empty(&coordinates))?;
    if shape.twice_area <= 0 {
        let text = "图斑扣除孔洞后没有面积，请检查坐标";
        return Err(coordinates.problem(code::GEOMETRY_INVALID, text).in_field(FIELD));
    }
    Ok(shape)
}

impl Shape {
    /// The middle of the box.
    pub(crate) fn middle(&self) -> Coordinate {
        let half = |low: i64, high: i64| low + (high - low) / 2;
        let (low, high) = (self.south_west, self.north_east);
        Coordinate {
            longitude_nanodegrees: half(low.longitude_nanodegrees, high.longitude_nanodegrees),
            latitude_nanodegrees: half(low.latitude_nanodegrees, high.latitude_nanodegrees),
            datum: low.datum,
        }
    }

    /// Whether any of it lies outside.
    pub(crate) fn leaves(&self, bounds: &Bounds) -> bool {
        let (low, high) = (self.south_west, self.north_east);
        low.longitude_nanodegrees < bounds.south_west.longitude_nanodegrees
            || low.latitude_nanodegrees < bounds.south_west.latitude_nanodegrees
            || high.longitude_nanodegrees > bounds.north_east.longitude_nanodegrees
            || high.latitude_nanodegrees > bounds.north_east.latitude_nanodegrees
    }
}

fn corner(one: Coordinate, other: Coordinate, choose: fn(i64, i64) -> i64) -> Coordinate {
    Coordinate {
        longitude_nanodegrees: choose(one.longitude_nanodegrees, other.longitude_nanodegrees),
        latitude_nanodegrees: choose(one.latitude_nanodegrees, other.latitude_nanodegrees),
        datum: one.datum,
    }
}

fn array<'t>(node: &Node<'t>, what: &str) -> Result<Vec<Node<'t>>, Problem> {
    node.array(what).map_err(|problem| problem.in_field(FIELD))
}

fn empty(node: &Node<'_>) -> Problem {
    node.problem(code::GEOMETRY_INVALID, "多边形中没有任何环，请补充坐标").in_field(FIELD)
}

/// Reads a ring. The sum of cross products from the first position on is exact: a difference is at most 3.6·10¹¹, so a hundred
/// thousand products stay far below 2¹²⁷.
fn ring(node: &Node<'_>, datum: Datum) -> Result<Ring, Problem> {
    let mut positions: Vec<Coordinate> = Vec::new();
    for position_node in array(node, "环")? {
        positions.push(position(&position_node, datum)?);
    }
    let (Some(&first), Some(&last)) = (positions.first(), positions.last()) else { return Err(empty(node)) };
    if positions.len() < POSITIONS_MIN || first != last {
        let text = "多边形的每个环至少要有4个点，且最后一点与第一点相同";
        return Err(node.problem(code::GEOMETRY_INVALID, text).in_field(FIELD));
    }
    let from_first = |point: &Coordinate| {
        let x = point.longitude_nanodegrees - first.longitude_nanodegrees;
        let y = point.latitude_nanodegrees - first.latitude_nanodegrees;
        (i128::from(x), i128::from(y))
    };
    let mut twice_signed = 0;
    let mut before = (0, 0);
    for point in &positions {
        let here = from_first(point);
        twice_signed += before.0 * here.1 - here.0 * before.1;
        before = here;
    }
    if twice_signed == 0 {
        let text = "多边形的环没有面积（各点在一条线上），请检查坐标";
        return Err(node.problem(code::GEOMETRY_INVALID, text).in_field(FIELD));
    }
    let around = |choose: fn(i64, i64) -> i64| positions.iter().fold(first, |one, &other| corner(one, other, choose));
    Ok(Ring { south_west: around(i64::min), north_east: around(i64::max), twice_signed })
}

/// Longitude, latitude, and perhaps a height, which is not read.
fn position(node: &Node<'_>, datum: Datum) -> Result<Coordinate, Problem> {
    let numbers = array(node, "坐标点")?;
    let (Some(longitude), Some(latitude), true) = (numbers.first(), numbers.get(1), numbers.len() <= 3) else {
        let text = "坐标点应为 [经度, 纬度]，可再加高程";
        return Err(node.problem(code::GEOMETRY_INVALID, text).in_field(FIELD));
    };
    let in_field = |problem: Problem| problem.in_field(FIELD);
    let east = longitude.decimal("经度").map_err(in_field)?;
    let north = latitude.decimal("纬度").map_err(in_field)?;
    Coordinate::parse(east.as_str(), north.as_str(), datum).map_err(|error| {
        let swapped = Coordinate::parse(north.as_str(), east.as_str(), datum).is_ok();
        let text = match error {
            CoordinateError::Range if swapped => {
                "纬度超过90度：经纬度可能颠倒，GeoJSON 中每个点应写作 [经度, 纬度]，请调换后重新发送"
            }
            _ => "坐标超出范围（经度±180，纬度±90，十进制度），投影坐标请先转换为经纬度",
        };
        node.problem(code::COORDINATE_RANGE, text).in_field(FIELD)
    })
}
