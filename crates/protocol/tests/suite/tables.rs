//! The declared tables against the standard's, field by field: name, required, type, and their order.
//!
//! `fixtures/tables.tsv` is the product's own list of the 28 tables. Where the list of the standard itself lies
//! beside the workspace, the two are compared as well.

use crate::protocol::ENDPOINTS;
use crate::protocol::schema::{FieldInfo, Need, TableInfo};
use crate::util::shared;

const OWN: &str = include_str!("../../fixtures/tables.tsv");

fn row(number: u8, clause: &str, interface: &str, part: &str, field: &FieldInfo) -> String {
    let required = match field.need {
        Need::Required => "yes",
        Need::Optional => "no",
        Need::Answer | Need::Extension => "-",
    };
    let word = field.table_type.word();
    format!("{number}\t{clause}\t{interface}\t{part}\t{}\t{required}\t{word}", field.name)
}

fn rows_of(table: &TableInfo) -> Vec<(u8, String)> {
    let Some(number) = table.number else { return Vec::new() };
    let rows = table.rows();
    let own = rows.iter().filter(|field| field.need != Need::Extension);
    own.map(|field| (number, row(number, table.clause, table.interface, table.part, field))).collect()
}

/// Every field that the endpoints declare, in the order of the tables.
fn declared() -> Vec<String> {
    let mut rows = Vec::new();
    for endpoint in ENDPOINTS {
        rows.extend(rows_of(endpoint.request));
        if let Some(number) = endpoint.envelope {
            for field in endpoint.envelope_rows() {
                rows.push((number, row(number, endpoint.clause, endpoint.name, "response", &field)));
            }
        }
        for table in endpoint.answers {
            assert_eq!((table.interface, table.clause), (endpoint.name, endpoint.clause));
            rows.extend(rows_of(table));
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The rows of a list, without its heading and whatever stands after the type.
fn listed(text: &str) -> Vec<String> {
    text.lines().skip(1).map(|line| line.split('\t').take(7).collect::<Vec<_>>().join("\t")).collect()
}

#[test]
fn every_field_of_every_table_is_declared() {
    let (declared, listed) = (declared(), listed(OWN));
    for (ours, theirs) in declared.iter().zip(&listed) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(declared.len(), listed.len());
    let tables: std::collections::BTreeSet<_> =
        listed.iter().map(|row| row.split('\t').next().unwrap_or_default()).collect();
    assert_eq!(tables.len(), 28);
}

#[test]
fn our_list_is_the_standards() {
    let Some(text) = shared("standard/interfaces.tsv") else { return };
    assert_eq!(listed(&text), listed(OWN));
}

#[test]
fn paths_and_names_are_distinct() {
    let distinct = |of: fn(&crate::protocol::EndpointInfo) -> &'static str| {
        ENDPOINTS.iter().map(|endpoint| of(endpoint)).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(distinct(|endpoint| endpoint.path), ENDPOINTS.len());
    assert_eq!(distinct(|endpoint| endpoint.name), ENDPOINTS.len());
    assert_eq!(ENDPOINTS.len(), 14);
}

#[test]
fn no_field_of_a_request_hides_a_common_one() {
    for endpoint in ENDPOINTS {
        let rows = endpoint.request.rows();
        let names: std::collections::BTreeSet<_> = rows.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), rows.len(), "{}", endpoint.name);
    }
}

#[test]
fn extensions_are_marked_as_such() {
    let mut extensions = Vec::new();
    for table in
        ENDPOINTS.iter().flat_map(|endpoint| endpoint.answers.iter().copied().chain([endpoint.request]))
    {
        for field in table.fields.iter().filter(|field| field.need == Need::Extension) {
            extensions.push(format!("{}.{}", table.number.unwrap_or_default(), field.name));
        }
    }
    extensions.sort();
    let expected = [
        "1.certData",
        "1.sealData",
        "1.validEnd",
        "1.validStart",
        "10.docHash",
        "10.docHashes",
        "10.docName",
        "10.docNames",
        "10.expireTime",
        "10.hashType",
        "10.signId",
        "15.record",
        "18.timeStamp",
        "18.timeStampHint",
        "24.report",
        "26.hint",
        "26.indication",
        "26.report",
        "26.reportKeyId",
        "26.reportSign",
        "26.subIndication",
        "27.indication",
        "27.subIndication",
        "28.indication",
        "28.stepId",
        "28.subIndication",
    ];
    assert_eq!(extensions, expected);
}
