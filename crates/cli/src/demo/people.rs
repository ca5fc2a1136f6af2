//! Who appears in the demonstration. Invented; their numbers have right check digits so that every check runs.

/// An organisation.
pub(super) struct Organization {
    pub(super) name: &'static str,
    pub(super) uscc: &'static str,
    /// Stands for its system in seal codes.
    pub(super) code: &'static str,
}

/// A person who may apply seals.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) mobile: &'static str,
    pub(super) id_card: &'static str,
}

/// Runs system A; its buyer's contract is to be sealed.
pub(super) const BUYER: Organization =
    Organization { name: "滨海市政务服务中心", uscc: "91110000802100433B", code: "A001" };
/// Seals with a seal of system B.
pub(super) const SELLER: Organization =
    Organization { name: "云栖示例科技有限公司", uscc: "91330100799655058B", code: "B001" };
/// Has joined the same platform as the buyer, in a run with two platforms.
pub(super) const NEIGHBOUR: Organization =
    Organization { name: "示例港务集团有限公司", uscc: "91440300712345672N", code: "C001" };
/// Holds the seller's seals.
pub(super) const SIGNER: Person =
    Person { name: "张示例", mobile: "13800001234", id_card: "11010519491231002X" };
/// Holds the buyer's seal.
pub(super) const CLERK: Person =
    Person { name: "李示例", mobile: "13900005678", id_card: "440524188001010014" };
