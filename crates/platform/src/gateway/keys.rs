//! Which of a caller's registered keys may sign now.

use jiff::Timestamp;
use storage::platform::system_keys::{KeyState, SystemKey};

/// Whether the key may sign at the time `at`.
pub(super) fn usable(key: &SystemKey, at: Timestamp) -> bool {
    let at = at.as_millisecond();
    key.state == KeyState::Active && key.not_before <= at && at <= key.not_after
}
