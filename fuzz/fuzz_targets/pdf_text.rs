#![no_main]

use formats::pdf::{Limits, Pdf};

/// A file as it is, or the parts that lines `@@` divide: the content of a page, its fonts, and streams (6, 7, ...) that
/// they may name.
fn file(data: &[u8]) -> Vec<u8> {
    if data.starts_with(b"%PDF-") {
        return data.to_vec();
    }
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(end) = rest.windows(4).position(|window| window == b"\n@@\n") {
        parts.push(&rest[..end]);
        rest = &rest[end + 4..];
    }
    parts.push(rest);
    let stream = |number: usize, words: &str, data: &[u8]| {
        let head = format!("{number} 0 obj<<{words}/Length {}>>stream\n", data.len());
        [head.as_bytes(), data, b"\nendstream endobj\n"].concat()
    };
    let fonts = parts.get(1).copied().unwrap_or_default();
    let mut out = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Kids[3 0 R]>>endobj\n\
        3 0 obj<</Type/Page/Contents 4 0 R/Resources 5 0 R>>endobj\n"
        .to_vec();
    out.extend(stream(4, "", parts[0]));
    out.extend_from_slice(b"5 0 obj<</XObject<</X 6 0 R/Y 7 0 R>>/Font<<");
    out.extend_from_slice(fonts);
    out.extend_from_slice(b">>>>endobj\n");
    for (index, part) in parts.iter().skip(2).enumerate() {
        out.extend(stream(6 + index, "/Subtype/Form", part));
    }
    out.extend_from_slice(b"trailer<</Root 1 0 R>>");
    out
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let bytes = file(data);
    let limits = Limits { stream_len: 1 << 20, decoded_len: 4 << 20, pages: 100, ..Limits::default() };
    let Ok(pdf) = Pdf::open(&bytes, &limits).or_else(|_| Pdf::reconstruct(&bytes, &limits)) else { return };
    let Ok(pages) = pdf.pages() else { return };
    let form = pdf.form().and_then(|form| pdf.orphan_signature_fields(&form));
    let _ = form.inspect(|fields| assert!(fields.iter().all(|field| field.widgets[0].page.is_some())));
    let mut keyword = String::from("a");
    for page in &pages {
        assert!(page.crop_box.left >= page.media_box.left && page.crop_box.top <= page.media_box.top);
        for run in pdf.text_runs(page).unwrap_or_default() {
            assert!(run.rect.width().is_finite() || run.rect.left.is_finite());
            keyword = run.text.chars().take(2).collect();
        }
    }
    for found in pdf.find_text(&keyword).unwrap_or_default() {
        assert!(found.rect.overlaps(&pages[found.page].crop_box));
        assert!(found.rect.left <= found.rect.right && found.rect.bottom <= found.rect.top);
    }
});
