//! A time in a record: RFC 3339 in UTC with all its digits, so that nothing is lost on the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time as it is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Moment(pub(super) Timestamp);

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.0.to_string()
    }
}

impl TryFrom<String> for Moment {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}
