//! The kinds of event. The words are stored and exported: they are never renamed, the list only grows.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that is stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// The gateway let a request in.
    RequestAccepted = "request.accepted",
    /// An accepted request was answered.
    RequestAnswered = "request.answered",
    /// The operator registered a system.
    SystemRegistered = "system.registered",
    /// A system's state changed.
    SystemState = "system.state",
    /// A system's addresses, interfaces or hosts changed.
    SystemGrants = "system.grants",
    /// An application for access was handed in (入驻申请).
    SystemApplied = "system.applied",
    /// A document of a system was entered (入驻材料).
    DocumentAdded = "document.added",
    /// A document of a system was taken back; its content is gone.
    DocumentWithdrawn = "document.withdrawn",
    /// A document of a system ends soon.
    DocumentExpiring = "document.expiring",
    /// A document of a system has ended.
    DocumentExpired = "document.expired",
    /// The content of a document was read out.
    DocumentRead = "document.read",
    /// Something waits for a second administrator (两人复核).
    ReviewOpened = "review.opened",
    /// A second administrator agreed.
    ReviewDone = "review.done",
    /// What waited for a second administrator was refused.
    ReviewRefused = "review.refused",
    /// A key of a system was registered, with proof of possession.
    KeyRegistered = "key.registered",
    /// A key of a system was approved.
    KeyApproved = "key.approved",
    /// A key of a system was revoked.
    KeyRevoked = "key.revoked",
    /// The end of a key of a system was set (轮换).
    KeyRetired = "key.retired",
    /// A key of a system ends soon.
    KeyExpiring = "key.expiring",
    /// The trust list changed.
    TrustChanged = "trust.changed",
    /// An address of a system was added, removed, drained or taken back.
    EndpointChanged = "endpoint.changed",
    /// Maintenance of a system or of the platform was announced or ended.
    MaintenanceChanged = "maintenance.changed",
    /// Another platform was added, or what it may answer for was changed.
    PeerChanged = "peer.changed",
    /// A new trust list of another platform was believed.
    PeerList = "peer.list",
    /// A trust list of another platform could not be had, or was refused.
    PeerListRefused = "peer.list-refused",
    /// A seal of another platform was recorded.
    SealMirrored = "seal.mirrored",
    /// A seal was filed (备案).
    SealFiled = "seal.filed",
    /// Rows of existing stock were filed from a file (存量导入); each seal has its own event besides.
    StockImported = "stock.imported",
    /// Seals were exported from the register.
    StockExported = "stock.exported",
    /// A seal was extended (延期).
    SealExtended = "seal.extended",
    /// A seal was changed (变更).
    SealChanged = "seal.changed",
    /// A seal was enabled, disabled or revoked (启用, 停用, 注销).
    SealState = "seal.state",
    /// The operator disabled a seal, and holds it (强制停用).
    SealHeld = "seal.held",
    /// The operator lifted that.
    SealReleased = "seal.released",
    /// The digest of a system's seals for a day was made (日对账单).
    DigestMade = "digest.made",
    /// A subscription was entered, paused or ended, or notices were sent again.
    SubscriptionChanged = "subscription.changed",
    /// The data of a seal were checked and taken into the filing.
    SealChecked = "seal.checked",
    /// The data of a seal were refused.
    SealRefused = "seal.refused",
    /// A seal was handed to a caller with a sign id.
    SealHandedOver = "seal.handed-over",
    /// A seal system was asked; its signed answer.
    SystemAnswered = "system.answered",
    /// A seal system gave an answer that cannot be right.
    SystemLied = "system.lied",
    /// Consent was applied for (意愿认证申请).
    ConsentApplied = "consent.applied",
    /// The signer agreed.
    ConsentGiven = "consent.given",
    /// The signer refused, or the time ran out.
    ConsentClosed = "consent.closed",
    /// A signature was begun: sign id and consent are bound to this request.
    SigningBegun = "signing.begun",
    /// A signature was verified, stored and is handed out.
    SignatureReleased = "signature.released",
    /// A signature was not handed out.
    SignatureWithheld = "signature.withheld",
    /// A signature that shall have a time stamp has none: the authority gave none in order.
    TimeStampMissing = "time-stamp.missing",
    /// A sign id was used up by a UKey signature.
    UkeyAuthorised = "ukey.authorised",
    /// The evidence of a signing was exported.
    EvidenceExported = "evidence.exported",
    /// Records older than their retention were taken out; for the evidence log, with its last entry that went.
    RecordsForgotten = "records.forgotten",
    /// A document was verified.
    DocumentVerified = "document.verified",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct() {
        let mut words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
