//! The document security store (ISO 32000-2 §12.8.4.3, ETSI EN 319 142-1 §5.4): certificates, revocation lists and
//! answers that a document keeps. Each is believed for its own signature alone, so it does not matter who put it there.

use std::collections::HashSet;

use formats::pdf::{Dictionary, Object, Pdf};

use crate::trust::Evidence;

/// Streams of one kind, and entries by signature, that are read.
pub(super) const MOST: usize = 4_096;
/// Bytes of all of them together.
const BYTES: usize = 64 << 20;

/// What the store of a document holds. The entries by signature name the same streams as the whole, by and large; those
/// that only they name are taken too.
pub(super) fn kept(pdf: &Pdf<'_>) -> Evidence {
    let mut kept = Evidence::default();
    let Ok(catalog) = pdf.catalog() else { return kept };
    let Some(root) = catalog.object.as_dictionary() else { return kept };
    let Ok(Some(store)) = pdf.dictionary(root, b"DSS") else { return kept };
    let mut reading = Reading { pdf, seen: HashSet::new(), room: BYTES, is_cut_off: false };
    let mut stores = vec![store.clone()];
    if let Ok(Some(by_signature)) = pdf.dictionary(&store, b"VRI") {
        reading.is_cut_off |= by_signature.entries().len() > MOST;
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
                reading.streams(&store, key, list);
            }
        }
    }
    kept.is_cut_off = reading.is_cut_off;
    kept
}

struct Reading<'p, 'a> {
    pdf: &'p Pdf<'a>,
    seen: HashSet<u32>,
    room: usize,
    is_cut_off: bool,
}

impl Reading<'_, '_> {
    fn streams(&mut self, store: &Dictionary, key: &[u8], list: &mut Vec<Vec<u8>>) {
        let Ok(Some(Object::Array(items))) = self.pdf.get(store, key) else { return };
        for id in items.iter().filter_map(Object::as_reference) {
            if !self.seen.insert(id.number) {
                continue;
            }
            if list.len() >= MOST || self.room == 0 {
                self.is_cut_off = true;
                return;
            }
            let Ok(indirect) = self.pdf.object(id) else { continue };
            let data = indirect.object.as_stream().and_then(|stream| self.pdf.data(stream).ok());
            let Some(data) = data else { continue };
            let Some(rest) = self.room.checked_sub(data.len()) else {
                self.is_cut_off = true;
                return;
            };
            self.room = rest;
            list.push(data);
        }
    }
}
