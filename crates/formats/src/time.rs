//! Times as files write them: UTCTime, GeneralizedTime, and the plain texts met in their place.
//!
//! One lenient parser serves all and says what it had to tolerate; the callers decide what is a deviation.
//! A time without a zone is taken as Beijing time (UTC+8), which is what its writers meant.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::asn1::{Asn1Error, Asn1ErrorKind, DeviationKind, Tag, Value};

/// Beijing time, for texts without a zone.
const LOCAL_HOURS: i8 = 8;

/// A point in time with what was unusual about its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedTime {
    /// The point in time.
    pub at: Timestamp,
    /// What the text departs in from `YYYYMMDDHHMMSSZ` (or `YYMMDDHHMMSSZ`).
    pub oddities: Vec<DeviationKind>,
}

/// `YYYYMMDDHHMMSSZ`.
pub fn generalized_time_text(at: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(at);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        utc.year(),
        utc.month(),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    )
}

/// `YYMMDDHHMMSSZ`; `None` outside the years 1950 to 2049 that UTCTime can tell.
pub fn utc_time_text(at: Timestamp) -> Option<String> {
    let text = generalized_time_text(at);
    let year = Offset::UTC.to_datetime(at).year();
    (1950..2050).contains(&year).then(|| text.get(2..).unwrap_or_default().to_owned())
}

/// Reads a time that should be of type `expected`; whatever is unusual is noted at the value.
///
/// # Errors
/// When the value is no time.
pub fn read(value: &Value<'_>, expected: Tag) -> Result<Timestamp, Asn1Error> {
    let tag = value.tag();
    if tag != Tag::UTC_TIME && tag != Tag::GENERALIZED_TIME {
        return Err(value.error(Asn1ErrorKind::UnexpectedTag { expected, found: tag }));
    }
    if tag != expected {
        value.note(DeviationKind::TimeType)?;
    }
    from_content(value, tag)
}

/// Reads an X.509 `Time ::= CHOICE { utcTime, generalTime }`.
///
/// # Errors
/// When the value is neither.
pub fn read_choice(value: &Value<'_>) -> Result<Timestamp, Asn1Error> {
    let expected = if value.tag() == Tag::UTC_TIME { Tag::UTC_TIME } else { Tag::GENERALIZED_TIME };
    read(value, expected)
}

/// Reads a GeneralizedTime that may have fractions of a second, as time stamps may (RFC 3161 §2.4.2).
///
/// # Errors
/// When the value is no time.
pub fn read_precise(value: &Value<'_>) -> Result<Timestamp, Asn1Error> {
    let value = value.expect(Tag::GENERALIZED_TIME)?;
    let text = String::from_utf8_lossy(value.content());
    let parsed = parse_text(&text).ok_or_else(|| value.error(Asn1ErrorKind::Content("time")))?;
    for oddity in parsed.oddities.into_iter().filter(|oddity| *oddity != DeviationKind::TimeFraction) {
        value.note(oddity)?;
    }
    Ok(parsed.at)
}

fn from_content(value: &Value<'_>, tag: Tag) -> Result<Timestamp, Asn1Error> {
    let invalid = || value.error(Asn1ErrorKind::Content("time"));
    let text = std::str::from_utf8(value.content()).map_err(|_| invalid())?;
    let parsed = parse_text(text).ok_or_else(invalid)?;
    for oddity in parsed.oddities {
        // Two digits are the rule in UTCTime and four in GeneralizedTime.
        match (oddity, tag) {
            (DeviationKind::TimeTwoDigitYear, Tag::UTC_TIME) | (DeviationKind::TimeText, _) => {}
            _ => value.note(oddity)?,
        }
    }
    Ok(parsed.at)
}

/// Reads any of the texts met: `YYYYMMDDHHMMSS[.f][Z|±hhmm]`, `YYMMDDHHMM[SS]…`,
/// `YYYY-MM-DD[T ]HH:MM[:SS][.f][Z|±hh:mm]`, and the same with slashes.
pub fn parse_text(text: &str) -> Option<ParsedTime> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0');
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    let mut oddities = Vec::new();
    let (body, offset) = split_zone(text, &mut oddities)?;
    let (whole, fraction) =
        body.split_once(['.', ',']).map_or((body, None), |(whole, rest)| (whole, Some(rest)));
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) => {
            oddities.push(DeviationKind::TimeFraction);
            nanoseconds(digits)?
        }
    };
    let mut digits = String::with_capacity(14);
    for (index, c) in whole.chars().enumerate() {
        match (index, c) {
            (_, '0'..='9') => digits.push(c),
            (4 | 7, '-' | '/') | (10, 'T' | ' ') | (13 | 16, ':') => {
                if oddities.last() != Some(&DeviationKind::TimeText) {
                    oddities.push(DeviationKind::TimeText);
                }
            }
            _ => return None,
        }
    }
    let civil = civil(&digits, nanoseconds, &mut oddities)?;
    let at = offset.to_timestamp(civil).ok()?;
    Some(ParsedTime { at, oddities })
}

/// Splits the zone off the end.
fn split_zone<'a>(text: &'a str, oddities: &mut Vec<DeviationKind>) -> Option<(&'a str, Offset)> {
    if let Some(body) = text.strip_suffix('Z').or_else(|| text.strip_suffix('z')) {
        return Some((body.trim_end(), Offset::UTC));
    }
    // A minus also separates the parts of a date, so an offset is looked for behind the hour alone.
    let tail_start = text.len().min(10);
    let tail = text.get(tail_start..)?;
    let Some(sign_at) = tail.rfind(['+', '-']) else {
        oddities.push(DeviationKind::TimeWithoutZone);
        return Some((text, Offset::constant(LOCAL_HOURS)));
    };
    oddities.push(DeviationKind::TimeWithOffset);
    let split = tail_start.checked_add(sign_at)?;
    let digits: String = text.get(split..)?.chars().skip(1).filter(|&c| c != ':').collect();
    if !digits.chars().all(|c| c.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 =
        digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), |rest| rest.parse().ok())?;
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    let signed = if tail.get(sign_at..)?.starts_with('-') { seconds.checked_neg()? } else { seconds };
    Some((text.get(..split)?.trim_end(), Offset::from_seconds(signed).ok()?))
}

fn nanoseconds(digits: &str) -> Option<i32> {
    if digits.is_empty() || digits.len() > 9 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").parse().ok()
}

fn civil(digits: &str, nanoseconds: i32, oddities: &mut Vec<DeviationKind>) -> Option<DateTime> {
    let full;
    let digits = match digits.len() {
        10 | 12 if !is_full_year(digits) => {
            oddities.push(DeviationKind::TimeTwoDigitYear);
            let century = if digits.get(..2)?.parse::<u8>().ok()? >= 50 { "19" } else { "20" };
            full = format!("{century}{digits}");
            full.as_str()
        }
        12 | 14 => digits,
        _ => return None,
    };
    if digits.len() == 12 {
        oddities.push(DeviationKind::TimeWithoutSeconds);
    }
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<i8>().ok());
    let year: i16 = digits.get(..4)?.parse().ok()?;
    let second = if digits.len() == 14 { part(12, 14)? } else { 0 };
    DateTime::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, second, nanoseconds).ok()
}

/// Twelve digits are `YYMMDDHHMMSS` or `YYYYMMDDHHMM`: the second only when the first makes no sense.
fn is_full_year(digits: &str) -> bool {
    let number =
        |from: usize| digits.get(from..from.saturating_add(2)).and_then(|text| text.parse::<u8>().ok());
    let short_fits = number(2).is_some_and(|month| (1..=12).contains(&month))
        && number(4).is_some_and(|day| (1..=31).contains(&day))
        && number(6).is_some_and(|hour| hour < 24);
    digits.len() == 12 && !short_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        parse_text(text).map_or_else(|| "none".to_owned(), |parsed| parsed.at.to_string())
    }

    #[test]
    fn texts_of_real_files() {
        assert_eq!(at("20211014033404Z"), "2021-10-14T03:34:04Z");
        assert_eq!(at("2020-01-25T07:31:56.377Z"), "2020-01-25T07:31:56.377Z");
        assert_eq!(at("2021-10-14 11:34:04"), "2021-10-14T03:34:04Z");
        assert_eq!(at("20211014113404"), "2021-10-14T03:34:04Z");
        assert_eq!(at("220725214639Z"), "2022-07-25T21:46:39Z");
        assert_eq!(at("20211014113404+0800"), "2021-10-14T03:34:04Z");
        assert_eq!(at("2021-10-14T11:34:04+08:00"), "2021-10-14T03:34:04Z");
        assert_eq!(at("20211014033404.377Z"), "2021-10-14T03:34:04.377Z");
        assert_eq!(at("2204211513Z"), "2022-04-21T15:13:00Z");
        assert_eq!(at("991231235959Z"), "1999-12-31T23:59:59Z");
    }

    #[test]
    fn oddities_are_told() {
        let oddities = |text| parse_text(text).unwrap().oddities;
        assert!(oddities("20211014033404Z").is_empty());
        assert_eq!(oddities("20211014033404"), [DeviationKind::TimeWithoutZone]);
        assert_eq!(oddities("220725214639Z"), [DeviationKind::TimeTwoDigitYear]);
        assert_eq!(
            oddities("2021-10-14 11:34:04"),
            [DeviationKind::TimeWithoutZone, DeviationKind::TimeText]
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "Z",
            "2021",
            "20211301000000Z",
            "20210230000000Z",
            "20210101246060Z",
            "2021年10月14日",
            "+0800",
            "20211014033404+99",
            "99999999999999999999999999",
        ] {
            assert_eq!(at(text), "none", "{text}");
        }
    }

    #[test]
    fn written_forms() {
        let at: Timestamp = "2049-12-31T23:59:59.9Z".parse().unwrap();
        assert_eq!(utc_time_text(at).unwrap(), "491231235959Z");
        assert_eq!(generalized_time_text(at), "20491231235959Z");
        assert_eq!(utc_time_text("2050-01-01T00:00:00Z".parse().unwrap()), None);
    }
}
