//! The coordinate reference system of a message: the `crs` member of GeoJSON 2008, which RFC 7946 took away and agencies still
//! send. Geographic systems only: this plugin transforms no coordinates.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::json::Object;
use xiezhi_sdk::model::place::Datum;

use crate::problem::{Problem, code};

/// Names of CGCS2000 geographic. EPSG lists latitude first; GeoJSON writes longitude first all the same.
const CGCS2000: [&str; 8] = [
    "URN:OGC:DEF:CRS:EPSG::4490",
    "URN:OGC:DEF:CRS:EPSG:4490",
    "HTTP://WWW.OPENGIS.NET/DEF/CRS/EPSG/0/4490",
    "EPSG:4490",
    "CGCS2000",
    "GCS_CHINA_GEODETIC_COORDINATE_SYSTEM_2000",
    "CHINA GEODETIC COORDINATE SYSTEM 2000",
    "国家大地坐标系2000",
];
/// Names of WGS 84 geographic.
const WGS84: [&str; 6] = [
    "URN:OGC:DEF:CRS:OGC:1.3:CRS84",
    "URN:OGC:DEF:CRS:OGC::CRS84",
    "URN:OGC:DEF:CRS:EPSG::4326",
    "HTTP://WWW.OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84",
    "EPSG:4326",
    "WGS84",
];

/// The datum that a message names; `None` where it names none.
pub(crate) fn datum(collection: &Object<'_>) -> Result<Option<Datum>, Problem> {
    let Some(member) = collection.get("crs") else { return Ok(None) };
    let refuse = |problem: Problem| problem.in_field("crs");
    let crs = member.node.object("crs").map_err(refuse)?;
    let kind = crs.required("type", chars_max::CODE)?;
    if kind.text != "name" {
        let text = "crs 的 type 应为 name，不支持以链接给出坐标系";
        return Err(kind.problem(code::CRS_UNSUPPORTED, text).in_field("crs"));
    }
    let properties = crs.need("properties")?.node.object("crs 的 properties").map_err(refuse)?;
    let name = properties.required("name", chars_max::NAME)?;
    let given = name.text.to_uppercase();
    if CGCS2000.contains(&given.as_str()) {
        Ok(Some(Datum::Cgcs2000))
    } else if WGS84.contains(&given.as_str()) {
        Ok(Some(Datum::Wgs84))
    } else {
        let text = "坐标系应为 CGCS2000 地理坐标（urn:ogc:def:crs:EPSG::4490）或 WGS 84 地理坐标，\
                    投影坐标（如 EPSG:4548、EPSG:4527）请先转换为经纬度";
        Err(name.problem(code::CRS_UNSUPPORTED, text).in_field("crs"))
    }
}
