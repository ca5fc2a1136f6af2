//! The tables that grow, as the operator sees them on both databases.

use storage::Schema;
use testkit::databases::databases;

use crate::site::FIRST;
use crate::stock::{said, site};

#[tokio::test]
async fn what_grows_is_listed_and_goes_after_its_retention_only() {
    for database in databases(Schema::Platform).await {
        let site = site(&database);
        let platform = site.platform();
        let listed = site.operate(&["partitions"]);
        let postgres = database.name() == "PostgreSQL";
        assert_eq!(listed.contains("evidence: evidence_first"), postgres, "{listed}");
        let early =
            site.operator(&["forget", "--as", FIRST, "--what", "evidence", "--older-than-days", "1826"]);
        assert_eq!(early.status.code(), Some(2));
        assert!(said(&early).contains("1827"), "{}", said(&early));
        let none =
            site.operate(&["forget", "--as", FIRST, "--what", "sharing-records", "--older-than-days", "180"]);
        assert!(none.contains("nothing is that old"), "{none}");
        platform.end();
    }
}
