//! Bounds on what a caller may send, how long it may take, and how much is done at once.

use std::time::Duration;

use crate::gcra::Rate;

/// Bounds of one server. How large a JSON body may be stands with each interface in `protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest document for verification, in bytes (resolution 34).
    pub file_bytes: usize,
    /// All scalar parts of a multipart body together, in bytes.
    pub scalar_bytes: usize,
    /// How long a JSON body may take to arrive.
    pub json_time: Duration,
    /// How long a document may take to arrive.
    pub file_time: Duration,
    /// How long a caller waits for the work at most; the work itself is never cut off.
    pub handler_time: Duration,
    /// Most requests under way at once; one more is answered 90001 at once. Work that outlived its caller counts.
    pub requests: usize,
    /// Most requests under way at once from one address (of IPv6: one /64), let in or not: one that sends its bodies
    /// drop by drop does not take everybody's places.
    pub requests_per_address: usize,
    /// Most documents held in memory at once.
    pub uploads: usize,
    /// Most documents held in memory at once from one address.
    pub uploads_per_address: usize,
    /// How often one address may ask for anything, pages too, before anybody is looked up.
    pub address_rate: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 50 << 20,
            scalar_bytes: 64 << 10,
            json_time: Duration::from_secs(10),
            file_time: Duration::from_mins(1),
            handler_time: Duration::from_mins(1),
            requests: 1024,
            requests_per_address: 256,
            uploads: 16,
            uploads_per_address: 8,
            address_rate: Rate { per_second: 1000, burst: 2000 },
        }
    }
}
