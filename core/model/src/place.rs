//! Coordinates, with the datum they are in.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The geodetic datum. The two differ by centimetres; agencies name one or the other, so it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// CGCS2000 geographic, EPSG:4490.
    Cgcs2000,
    /// WGS 84 geographic, EPSG:4326.
    Wgs84,
}

/// A point, in nano-degrees, so that no float rounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coordinate {
    /// Longitude, 10⁻⁹ degrees, -180° to 180°.
    pub longitude_nanodegrees: i64,
    /// Latitude, 10⁻⁹ degrees, -90° to 90°.
    pub latitude_nanodegrees: i64,
    /// The datum.
    pub datum: Datum,
}

/// Why two texts are not a point.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoordinateError {
    /// Not a decimal number of degrees.
    #[error("坐标“{0}”不是十进制度")]
    NotDecimal(String),
    /// Out of range: most often longitude and latitude are swapped.
    #[error("坐标超出范围（经度±180，纬度±90），请检查经纬度是否颠倒")]
    Range,
}

const NANO: i64 = 1_000_000_000;

impl Coordinate {
    /// Reads decimal degrees.
    ///
    /// # Errors
    /// [`CoordinateError`].
    pub fn parse(longitude: &str, latitude: &str, datum: Datum) -> Result<Self, CoordinateError> {
        let longitude = nanodegrees(longitude)?;
        let latitude = nanodegrees(latitude)?;
        if longitude.abs() > 180 * NANO || latitude.abs() > 90 * NANO {
            return Err(CoordinateError::Range);
        }
        Ok(Self { longitude_nanodegrees: longitude, latitude_nanodegrees: latitude, datum })
    }

    /// `longitude,latitude` in degrees with nine decimals.
    #[must_use]
    pub fn to_lon_lat(self) -> (String, String) {
        let text = |nano: i64| {
            let sign = if nano < 0 { "-" } else { "" };
            let nano = nano.unsigned_abs();
            format!("{sign}{}.{:09}", nano / NANO.unsigned_abs(), nano % NANO.unsigned_abs())
        };
        (text(self.longitude_nanodegrees), text(self.latitude_nanodegrees))
    }
}

fn nanodegrees(text: &str) -> Result<i64, CoordinateError> {
    let wrong = || CoordinateError::NotDecimal(text.chars().take(40).collect());
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 4 {
        return Err(wrong());
    }
    // Digits past the ninth are below a tenth of a millimetre and are dropped.
    let nine: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let nine: i64 = nine.parse().map_err(|_| wrong())?;
    let value = whole * NANO + nine;
    Ok(if trimmed.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_keep_every_digit() {
        let point = Coordinate::parse("116.66105", "39.88967", Datum::Cgcs2000).unwrap();
        assert_eq!(point.longitude_nanodegrees, 116_661_050_000);
        assert_eq!(point.to_lon_lat(), ("116.661050000".into(), "39.889670000".into()));
        assert_eq!(Coordinate::parse("-0.5", "0", Datum::Wgs84).unwrap().to_lon_lat().0, "-0.500000000");
    }

    #[test]
    fn swapped_axes_and_other_texts_are_refused() {
        assert_eq!(Coordinate::parse("39.9461", "116.6912", Datum::Cgcs2000), Err(CoordinateError::Range));
        for bad in ["", "1e2", "116°", "１１６", "1."] {
            assert!(matches!(Coordinate::parse(bad, "0", Datum::Wgs84), Err(CoordinateError::NotDecimal(_))), "{bad}");
        }
    }
}
