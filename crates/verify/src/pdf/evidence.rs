//! The document security store (ISO 32000-2 §12.8.4.3, ETSI EN 319 142-1 §5.4): certificates, revocation lists and
//! answers that a document keeps. Each is believed for its own signature alone, so it does not matter who put it there.

use formats::pdf::{Dictionary, Object, Pdf};

use crate::trust::Evidence;

/// Streams of one kind that are read.
const MOST: usize = 256;
/// Bytes of all of them together.
const BYTES: usize = 32 << 20;

/// What the store of a document holds. The entries by signature name the same streams as the whole, by and large; those
/// that only they name are taken too.
pub(super) fn kept(pdf: &Pdf<'_>) -> Evidence {
    let mut kept = Evidence::default();
    let Ok(catalog) = pdf.catalog() else { return kept };
    let Some(root) = catalog.object.as_dictionary() else { return kept };
    let Ok(Some(store)) = pdf.dictionary(root, b"DSS") else { return kept };
    let mut room = BYTES;
    let mut seen = std::collections::HashSet::new();
    let mut stores = vec![store.clone()];
    if let Ok(Some(by_signature)) = pdf.dictionary(&store, b"VRI") {
        let entries = by_signature.entries().iter().take(MOST);
        let entries = entries.filter_map(|entry| pdf.resolve(&entry.value).ok()?.as_dictionary().cloned());
        stores.extend(entries);
    }
    for store in stores {
        for (keys, list) in [
            ([&b"Certs"[..], b"Cert"], &mut kept.certificates),
            ([&b"CRLs"[..], b"CRL"], &mut kept.lists),
            ([&b"OCSPs"[..], b"OCSP"], &mut kept.answers),
        ] {
            for key in keys {
                streams(pdf, &store, key, &mut seen, &mut room, list);
            }
        }
    }
    kept
}

fn streams(
    pdf: &Pdf<'_>,
    store: &Dictionary,
    key: &[u8],
    seen: &mut std::collections::HashSet<u32>,
    room: &mut usize,
    list: &mut Vec<Vec<u8>>,
) {
    let Ok(Some(Object::Array(items))) = pdf.get(store, key) else { return };
    for id in items.iter().filter_map(Object::as_reference).take(MOST) {
        if !seen.insert(id.number) || list.len() >= MOST {
            continue;
        }
        let Ok(indirect) = pdf.object(id) else { continue };
        let Some(data) = indirect.object.as_stream().and_then(|stream| pdf.data(stream).ok()) else {
            continue;
        };
        let Some(rest) = room.checked_sub(data.len()) else { return };
        *room = rest;
        list.push(data);
    }
}
