//! The area of a small polygon on the ellipsoid, in whole numbers: no float touches a coordinate or an area.

use xiezhi_sdk::model::money::DecimalText;

/// Square metres of one square degree at latitude 0°, 1° … 90° on the ellipsoid of CGCS2000 (a = 6378137 m, f =
/// 1/298.257222101): M(φ)·N(φ)·cos φ·(π/180)². Between two of them a straight line is off by less than 4·10⁻⁵ of the value at
/// the latitudes of Beijing, and WGS 84 differs by less than 10⁻⁹.
const SQUARE_METRES: [i128; 91] = [
    12_309_072_079,
    12_307_247_537,
    12_301_774_331,
    12_292_653_722,
    12_279_887_810,
    12_263_479_540,
    12_243_432_699,
    12_219_751_920,
    12_192_442_684,
    12_161_511_323,
    12_126_965_026,
    12_088_811_837,
    12_047_060_664,
    12_001_721_281,
    11_952_804_335,
    11_900_321_348,
    11_844_284_726,
    11_784_707_762,
    11_721_604_642,
    11_654_990_454,
    11_584_881_192,
    11_511_293_763,
    11_434_245_993,
    11_353_756_637,
    11_269_845_381,
    11_182_532_854,
    11_091_840_630,
    10_997_791_241,
    10_900_408_176,
    10_799_715_896,
    10_695_739_833,
    10_588_506_403,
    10_478_043_008,
    10_364_378_044,
    10_247_540_904,
    10_127_561_986,
    10_004_472_698,
    9_878_305_459,
    9_749_093_709,
    9_616_871_906,
    9_481_675_532,
    9_343_541_096,
    9_202_506_137,
    9_058_609_220,
    8_911_889_942,
    8_762_388_927,
    8_610_147_831,
    8_455_209_332,
    8_297_617_137,
    8_137_415_968,
    7_974_651_567,
    7_809_370_685,
    7_641_621_079,
    7_471_451_501,
    7_298_911_695,
    7_124_052_384,
    6_946_925_261,
    6_767_582_978,
    6_586_079_134,
    6_402_468_263,
    6_216_805_815,
    6_029_148_149,
    5_839_552_508,
    5_648_077_008,
    5_454_780_614,
    5_259_723_126,
    5_062_965_157,
    4_864_568_107,
    4_664_594_148,
    4_463_106_193,
    4_260_167_876,
    4_055_843_528,
    3_850_198_143,
    3_643_297_360,
    3_435_207_430,
    3_225_995_185,
    3_015_728_012,
    2_804_473_823,
    2_592_301_019,
    2_379_278_461,
    2_165_475_439,
    1_950_961_633,
    1_735_807_085,
    1_520_082_163,
    1_303_857_523,
    1_087_204_077,
    870_192_957,
    652_895_476,
    435_383_096,
    217_727_389,
    0,
];
/// Nano-degrees in a degree.
const NANO: i64 = 1_000_000_000;
/// Twice an area in square nano-degrees, times square metres per square degree, over this is millionths of a square metre.
const TO_MILLIONTHS: i128 = 2_000_000_000_000;
/// Millionths in a hundredth, the unit that areas are shown in.
const HUNDREDTH: i128 = 10_000;
/// Digits of a stated area before and behind the point: the whole earth has fifteen.
const WHOLE_DIGITS_MAX: usize = 15;
const FRACTION_DIGITS: usize = 6;

/// An area in millionths of a square metre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area(i128);

impl Area {
    /// Of a polygon: twice its area in square nano-degrees, and a latitude in its middle. Good for what is not much taller than
    /// a tenth of a degree, as a parcel is; `None` where the numbers are none of a parcel's.
    pub(crate) fn of(twice_square_nanodegrees: i128, latitude_nanodegrees: i64) -> Option<Self> {
        let latitude = latitude_nanodegrees.checked_abs()?;
        let degree = usize::try_from(latitude / NANO).ok()?;
        let (low, high) = (*SQUARE_METRES.get(degree)?, SQUARE_METRES.get(degree + 1).copied().unwrap_or_default());
        let scale = low - (low - high) * i128::from(latitude % NANO) / i128::from(NANO);
        Some(Self(twice_square_nanodegrees.checked_mul(scale)? / TO_MILLIONTHS))
    }

    /// As somebody states it, in square metres; `None` where it is not above zero or too long.
    pub(crate) fn stated(text: &DecimalText) -> Option<Self> {
        let text = text.as_str().strip_prefix('+').unwrap_or(text.as_str());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.len() > WHOLE_DIGITS_MAX {
            return None;
        }
        // Digits past the sixth are below a square millimetre and are dropped.
        let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(FRACTION_DIGITS).collect();
        let millionths: i128 = format!("{whole}{fraction}").parse().ok()?;
        (millionths > 0).then_some(Self(millionths))
    }

    /// Whether this area differs from a stated one by more than so many percent of that.
    pub(crate) fn differs(self, stated: Self, percent: i64) -> bool {
        (self.0 - stated.0).abs().saturating_mul(100) > stated.0.saturating_mul(i128::from(percent))
    }

    /// Square metres with two decimals.
    pub(crate) fn to_text(self) -> String {
        let hundredths = (self.0 + HUNDREDTH / 2) / HUNDREDTH;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_those_of_the_ellipsoid() {
        // (twice the area in square nano-degrees, latitude, square metres). On the ellipsoid itself the third is 9549.64: half-way
        // between two degrees the straight line is furthest off.
        for (twice, latitude, expected) in [
            (2 * 400_000 * 220_000, 39_946_210_000, "835.03"),
            (2 * 1_000_000 * 1_000_000, 0, "12309.07"),
            (2 * 1_000_000 * 1_000_000, 39_500_000_000, "9549.27"),
            (2 * 1_000_000 * 1_000_000, -39_500_000_000, "9549.27"),
            (2 * 1_000_000 * 1_000_000, 90 * NANO, "0.00"),
        ] {
            assert_eq!(Area::of(twice, latitude).unwrap().to_text(), expected, "{latitude}");
        }
        assert_eq!(Area::of(i128::MAX, 0), None);
        assert_eq!(Area::of(1, 91 * NANO), None);
    }

    #[test]
    fn stated_areas_are_compared_exactly() {
        let stated = |text: &str| Area::stated(&DecimalText::parse(text).unwrap());
        let real = stated("100").unwrap();
        for (text, differs) in [("95.238096", false), ("95.238095", true), ("105.263158", true), ("105.263157", false)]
        {
            assert_eq!(real.differs(stated(text).unwrap(), 5), differs, "{text}");
        }
        for bad in ["0", "-1", "0.0000001", "1234567890123456"] {
            assert_eq!(stated(bad), None, "{bad}");
        }
        assert_eq!(stated("835.030").unwrap().to_text(), "835.03");
    }
}
