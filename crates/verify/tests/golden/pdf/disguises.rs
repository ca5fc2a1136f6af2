//! What passes itself off as something that may follow a signature: one document for each rule about it, and the good
//! one beside where the rule could go too far. The attack suite has more of each.

use sealbridge_verify::Status::{Bad, Good, Note, Unknown};
use sealbridge_verify::catalogue as rule;

use crate::Golden;

use super::file::{Body, File, Spec, body, page, stream};
use super::{certified, golden};

pub(super) fn goldens() -> Vec<Golden> {
    let mut all = pages();
    all.extend(fields());
    all.extend(structure());
    all.extend(doubled());
    all.extend(carried());
    all.extend(notes());
    all
}

/// The usual document with an update.
fn updated(bodies: &[Body], trailer: &str) -> File {
    let mut file = Spec::default().signed();
    file.update(bodies, trailer);
    file
}

const NODE: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";

/// The tree of pages.
fn pages() -> Vec<Golden> {
    let count = updated(&[body(2, "<</Type/Pages/Kids[3 0 R]/Count 0>>")], "");
    let same = updated(&[body(2, "<</Count 1/Kids[3 0 R]/Type/Pages>>")], "");
    let parent = page("6 0 R 8 0 R").replace("/Parent 2 0 R", "/Parent 20 0 R");
    let turned = NODE.replace(">>", "/Rotate 180>>");
    let above = updated(&[body(3, &parent), body(20, &turned)], "");
    let mut bodies = Spec::default().bodies();
    bodies[1] = body(2, "<</Type/Pages/Kids[3 0 R]/Count 2>>");
    let mut signed = File::new(&bodies, "");
    signed.sign(&super::plain);
    vec![
        golden(&signed, &rule::PDF_PAGES, Unknown),
        golden(&count, &rule::SIGNATURE_CHANGES, Bad).also(&rule::PDF_PAGES, Unknown),
        golden(&above, &rule::SIGNATURE_CHANGES, Bad).also(&rule::PDF_PAGES, Unknown),
        golden(&same, &rule::SIGNATURE_CHANGES, Good),
    ]
}

/// Annotations that call themselves signature fields.
fn fields() -> Vec<Golden> {
    let added = |subtype: &str| {
        let field =
            format!("<</FT/Sig/T(Later)/Type/Annot/Subtype/{subtype}/F 4/Rect[300 600 400 700]/P 3 0 R>>");
        updated(
            &[
                body(3, &page("6 0 R 8 0 R 20 0 R")),
                body(5, "<</Fields[6 0 R 8 0 R 20 0 R]/SigFlags 3>>"),
                body(20, &field),
            ],
            "",
        )
    };
    let blank =
        updated(&[body(4, "<</FT/Sig/T(Later)>>"), body(5, "<</Fields[6 0 R 8 0 R 4 0 R]/SigFlags 3>>")], "");
    vec![
        golden(&added("Widget"), &rule::SIGNATURE_CHANGES, Note),
        golden(&added("Highlight"), &rule::SIGNATURE_CHANGES, Unknown),
        golden(&blank, &rule::SIGNATURE_CHANGES, Bad),
    ]
}

/// Trees that call themselves logical structure, and structure.
fn structure() -> Vec<Golden> {
    let form = "/Pages 2 0 R/AcroForm 5 0 R";
    let labelled = Spec {
        catalog: "/PageLabels 20 0 R".to_owned(),
        more: vec![body(20, "<</Nums[0<</S/D>>]>>")],
        ..Spec::default()
    };
    let mut labelled = labelled.signed();
    labelled.update(
        &[
            body(1, &format!("<</Type/Catalog{form}/PageLabels 20 0 R/StructTreeRoot 21 0 R>>")),
            body(20, "<</Nums[0<</S/D/P(Draft )>>]>>"),
            body(21, "<</Type/StructTreeRoot/ParentTree 20 0 R>>"),
        ],
        "",
    );
    let element = |kids: &str| format!("<</Type/StructElem/S/Document/P 20 0 R/K[{kids}]>>");
    let tagged = Spec {
        catalog: "/StructTreeRoot 20 0 R/MarkInfo<</Marked true>>".to_owned(),
        more: vec![
            body(20, "<</Type/StructTreeRoot/K 21 0 R/ParentTree 22 0 R>>"),
            body(21, &element("23 0 R")),
            body(22, "<</Nums[0[23 0 R]]>>"),
            body(23, "<</Type/StructElem/S/P/P 21 0 R/K 0/Pg 3 0 R>>"),
        ],
        ..Spec::default()
    };
    let mut grown = tagged.signed();
    grown.update(
        &[
            body(21, &element("23 0 R 24 0 R")),
            body(22, "<</Nums[0[23 0 R]1 24 0 R]>>"),
            body(24, "<</Type/StructElem/S/Form/P 21 0 R/K<</Type/OBJR/Obj 6 0 R/Pg 3 0 R>>>>"),
        ],
        "",
    );
    let mut replaced = tagged.signed();
    replaced.update(
        &[
            body(1, &format!("<</Type/Catalog{form}/StructTreeRoot 25 0 R/MarkInfo<</Marked true>>>>")),
            body(25, "<</Type/StructTreeRoot/K 26 0 R>>"),
            body(26, "<</Type/StructElem/S/P/P 25 0 R/K 0/Pg 3 0 R/ActualText(Other)>>"),
        ],
        "",
    );
    vec![
        golden(&labelled, &rule::SIGNATURE_CHANGES, Bad),
        golden(&grown, &rule::SIGNATURE_CHANGES, Note),
        golden(&replaced, &rule::SIGNATURE_CHANGES, Bad),
    ]
}

/// Keys that stand twice.
fn doubled() -> Vec<Golden> {
    let told = body(20, "<</Title(Draft)/Title(Contract)>>");
    vec![
        golden(&updated(&[told], "/Info 20 0 R"), &rule::SIGNATURE_CHANGES, Unknown),
        golden(&updated(&[], "/Root 1 0 R"), &rule::SIGNATURE_CHANGES, Unknown),
    ]
}

/// What comes along under the document information and the metadata.
fn carried() -> Vec<Golden> {
    let simple = "<</Title 21 0 R/Trapped/False/Pages 1/Checked true>>";
    let simple = updated(&[body(20, simple), body(21, "(Contract)")], "/Info 20 0 R");
    let content =
        updated(&[body(20, "<</Title(x)/X 21 0 R>>"), stream(21, "", b"BT (Other) Tj ET")], "/Info 20 0 R");
    let inside = updated(&[body(20, "<</Title(x)/X<</Type/Page/Contents 4 0 R>>>>")], "/Info 20 0 R");
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/Metadata 20 0 R>>";
    let metadata = "/Type/Metadata/Subtype/XML";
    let described = updated(&[body(1, catalog), stream(20, metadata, b"<x/>")], "");
    let leading = format!("{metadata}/X 21 0 R");
    let leading = updated(
        &[body(1, catalog), stream(20, &leading, b"<x/>"), body(21, "<</Type/Catalog/Pages 2 0 R>>")],
        "",
    );
    vec![
        golden(&simple, &rule::SIGNATURE_CHANGES, Note),
        golden(&content, &rule::SIGNATURE_CHANGES, Bad),
        golden(&inside, &rule::SIGNATURE_CHANGES, Bad),
        golden(&described, &rule::SIGNATURE_CHANGES, Note),
        golden(&leading, &rule::SIGNATURE_CHANGES, Bad),
    ]
}

/// Notes with an icon, where the certification allows annotations.
fn notes() -> Vec<Golden> {
    let noted = |content: &[u8], subtype: &str, rect: &str| {
        let mut bodies = certified(3).bodies();
        bodies[2] = body(3, &page("6 0 R 8 0 R"));
        bodies[3] = stream(4, "", content);
        let mut file = File::new(&bodies, "");
        file.sign(&super::plain);
        let note =
            format!("<</Type/Annot/Subtype/{subtype}/F 28/Rect[{rect}]/Contents(Seen)/AP<</N 21 0 R>>>>");
        let look = stream(21, "/Type/XObject/Subtype/Form/BBox[0 0 20 20]", b"1 1 0 rg 0 0 20 20 re f");
        file.update(&[body(3, &page("6 0 R 8 0 R 20 0 R")), body(20, &note), look], "");
        file
    };
    let text = b"BT /F 12 Tf 100 700 Td (Contract) Tj ET";
    let drawn = b"BT /F 12 Tf 100 700 Td (Contract) Tj ET 500 700 9 9 re f";
    let allowed = |file: &File| golden(file, &rule::SIGNATURE_CHANGES, Note);
    let open = |file: &File| golden(file, &rule::SIGNATURE_CHANGES, Unknown);
    vec![
        allowed(&noted(text, "Text", "500 700 520 720")),
        open(&noted(text, "Text", "500 700 540 740")),
        open(&noted(text, "Text", "100 695 120 715")),
        // Over the seal.
        open(&noted(text, "Text", "150 150 170 170")).also(&rule::SEAL_PLACE, Unknown),
        open(&noted(drawn, "Text", "500 700 520 720")),
        open(&noted(text, "Stamp", "500 700 520 720")),
    ]
}
