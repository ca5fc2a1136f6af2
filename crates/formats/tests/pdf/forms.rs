//! The form, its fields and where they are shown.

use crate::build::{Builder, joined};
use sealbridge_formats::pdf::{Field, Form, Limits, Object, ObjectId, Pdf, PdfError, Rect};
use std::time::{Duration, Instant};

fn form(builder: &Builder) -> Result<(Form, Vec<Field>), PdfError> {
    let bytes = builder.build();
    let pdf = Pdf::open(&bytes, &Limits::default()).unwrap();
    let form = pdf.form()?;
    let orphans = pdf.orphan_signature_fields(&form)?;
    Ok((form, orphans))
}

#[test]
fn fields_inherit_and_widgets_are_found() {
    let (form, orphans) = form(&Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        "<</Type/Page/Annots[7 0 R 9 0 R 13 0 R]>>",
        "<</Type/Page/Annots 12 0 R>>",
        "<</Fields[6 0 R 10 0 R 11 0 R]/SigFlags 3>>",
        "<</T(form)/FT/Tx/Ff 4096/V(above)/Kids[7 0 R 8 0 R]>>",
        "<</T(name)/Parent 6 0 R/Subtype/Widget/Rect[30 40 10 20]/V(own)>>",
        "<</T<FEFF516C7AE0>/Parent 6 0 R/FT/Btn/Ff 1/Kids[9 0 R 14 0 R]>>",
        "<</Parent 8 0 R/Subtype/Widget/Rect[1 2 3 4]>>",
        "<</T(Signature1)/FT/Sig/Subtype/Widget/Rect[0 0 0 0]/P 4 0 R/V 99 0 R>>",
        "<</T(hidden)/FT/Sig>>",
        "[14 0 R]",
        "<</Subtype/Link/Rect[0 0 9 9]>>",
        "<</Parent 8 0 R/Subtype/Widget/Rect[5 5 6 6]/P 3 0 R>>",
    ]))
    .unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
    assert_eq!((form.id, form.dictionary.integer(b"SigFlags")), (Some(ObjectId::new(5)), Some(3)));
    let told: Vec<_> = form
        .fields
        .iter()
        .map(|field| {
            let widgets: Vec<_> =
                field.widgets.iter().map(|widget| (widget.id.unwrap().number, widget.page)).collect();
            (field.name.as_str(), field.kind.as_ref().unwrap().to_text(), field.flags, widgets)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("form.name", "Tx".to_owned(), 4096, vec![(7, Some(0))]),
            // The page that lists a widget counts more than the one that it names.
            ("form.公章", "Btn".to_owned(), 1, vec![(9, Some(0)), (14, Some(1))]),
            ("Signature1", "Sig".to_owned(), 0, vec![(10, Some(1))]),
            ("hidden", "Sig".to_owned(), 0, vec![]),
        ]
    );
    assert_eq!(form.fields[0].value.as_ref().unwrap().as_string(), Some(b"own".as_slice()));
    assert_eq!(form.fields[1].value.as_ref().unwrap().as_string(), Some(b"above".as_slice()));
    assert_eq!(form.fields[2].value.as_ref().unwrap().as_reference(), Some(ObjectId::new(99)));
    assert_eq!(form.fields[0].widgets[0].rect, Rect { left: 10.0, bottom: 20.0, right: 30.0, top: 40.0 });
    assert!(form.fields[3].is_signature() && !form.fields[0].is_signature());
}

#[test]
fn signature_fields_outside_the_form_are_found() {
    let (form, orphans) = form(&Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]>>",
        "<</Type/Page/Annots[5 0 R 6 0 R 9 0 R]>>",
        "<</Type/Page/Annots[7 0 R 6 0 R <</FT/Sig/T(direct)/Rect[0 0 1 1]>>]>>",
        "<</T(listed)/FT/Sig/Rect[0 0 1 1]>>",
        "<</T(orphan)/FT/Sig/V 12 0 R/Rect[0 0 1 1]>>",
        "<</Parent 8 0 R/Subtype/Widget/Rect[0 0 1 1]>>",
        "<</T(kid)/Parent 10 0 R/V 11 0 R>>",
        "<</T(text)/FT/Tx/Rect[0 0 1 1]>>",
        "<</T(group)/FT/Sig/Parent 8 0 R>>",
    ]))
    .unwrap();
    assert_eq!(form.fields.len(), 1);
    let told: Vec<_> = orphans
        .iter()
        .map(|field| {
            let value = field.value.as_ref().and_then(Object::as_reference).map(|id| id.number);
            (field.id.map(|id| id.number), value, field.widgets[0].page)
        })
        .collect();
    assert_eq!(told, [(Some(6), Some(12), Some(0)), (Some(7), Some(11), Some(1)), (None, None, Some(1))]);
    assert_eq!((orphans[0].name.as_str(), orphans[2].name.as_str()), ("orphan", "direct"));
    assert!(orphans[1].name.ends_with("group.kid"));
}

#[test]
fn no_form_or_an_odd_one() {
    let catalog = |form: &str| format!("<</Type/Catalog/Pages 2 0 R{form}>>");
    for (words, fields) in [
        ("", 0),
        ("/AcroForm<<>>", 0),
        ("/AcroForm<</Fields(a)>>", 0),
        ("/AcroForm<</Fields[(a) 77 0 R<<>>]>>", 1),
    ] {
        let (form, _) = form(&Builder::of(&[&catalog(words), "<</Kids[]>>"])).unwrap();
        assert_eq!(form.fields.len(), fields, "{words}");
    }
    let error = form(&Builder::of(&[&catalog("/AcroForm 2 0 R"), "(text)"])).unwrap_err();
    assert_eq!(error, PdfError::Unexpected("AcroForm"));
}

#[test]
fn circles_and_depths_end() {
    let (form, orphans) = form(&Builder::of(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R 3 0 R 4 0 R]>>>>",
        "<</Kids[5 0 R]>>",
        "<</T(a)/Kids[4 0 R 3 0 R]>>",
        "<</T(b)/Kids[3 0 R]>>",
        "<</Type/Page/Annots[6 0 R]>>",
        "<</Parent 6 0 R/Rect[0 0 1 1]>>",
    ]))
    .unwrap();
    assert_eq!(form.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["a.b"]);
    assert!(orphans.is_empty());

    let mut deep = Builder::of(&["<</Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>", "<</Kids[]>>"]);
    (4..300).for_each(|number| {
        deep.add(format!("<</T(a)/Kids[{number} 0 R]>>"));
    });
    assert_eq!(self::form(&deep).unwrap_err(), PdfError::Limit("depth of the form"));
}

#[test]
fn what_many_fields_share_is_bounded() {
    let mut names = Builder::of(&["<</Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>", "<</Kids[]>>"]);
    let kids = |first: usize| joined(first..first + 50_000, |n| format!("{n} 0 R "));
    names.add(format!("<</T({})/Kids[{}]>>", "n".repeat(100_000), kids(4)));
    (0..50_000).for_each(|_| {
        names.add("<</T(a)>>");
    });
    let start = Instant::now();
    assert_eq!(form(&names).unwrap_err(), PdfError::Limit("names of fields"));

    let mut values = Builder::of(&["<</Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>", "<</Kids[]>>"]);
    values.add(format!("<</T(n)/V[{}]/Kids[{}]>>", "1 ".repeat(100_000), kids(4)));
    (0..50_000).for_each(|_| {
        values.add("<</T(a)>>");
    });
    assert_eq!(form(&values).unwrap_err(), PdfError::Limit("values of fields"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
