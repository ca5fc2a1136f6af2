//! What is painted, as appearances of the field have it and as those have it who want to deceive.

use std::fmt::Write as _;

use super::{Paint, Painted};
use crate::pdf::{Limits, Matrix, ObjectId, Pdf, Rect};

/// What object 3 of a small file paints; 4 is an image, 5 a form that draws it.
fn painted(entries: &str, content: &str) -> Painted {
    let resources = "/Resources<</XObject<</I 4 0 R/F 5 0 R/Me 3 0 R>>/ExtGState<</Clear<</ca 0>>/Full<</ca 1/BM/Multiply/SMask/None>>\
        /Masked<</SMask<</S/Alpha>>>>/Screen<</BM[/Screen/Normal]>>/Curve<</TR<</FunctionType 2>>>>>>>>";
    let stream =
        |entries: &str, data: &str| format!("<<{entries}/Length {}>>stream\n{data}\nendstream", data.len());
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[]/Count 0>>".to_owned(),
        stream(&format!("/Subtype/Form{entries}{resources}"), content),
        stream("/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", "0"),
        stream("/Subtype/Form/BBox[0 0 1 1]/Matrix[2 0 0 2 0 0]/Group<</S/Transparency>>", "/Full gs /I Do"),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (index, body) in bodies.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", file.len()).expect("text");
        file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let at = file.len();
    file.extend_from_slice(
        format!("{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").as_bytes(),
    );
    let pdf = Pdf::open(&file, &Limits::default()).expect("a file");
    let form = pdf.object(ObjectId::new(3)).expect("the form");
    pdf.painted(form.object.as_stream().expect("a stream"))
}

const BOX: &str = "/BBox[0 10 20 0]";

#[test]
fn an_image_is_found_with_its_place() {
    let found = painted(
        "/BBox[0 10 20 0]/Matrix[0 1 -1 0 0 0]",
        "q 1 0 0 1 5 5 cm q 20 0 0 10 0 0 cm /I Do Q Q % done",
    );
    assert!(found.others.is_empty(), "{:?}", found.others);
    assert_eq!(found.frame, Some(Rect { left: -10.0, bottom: 0.0, right: 0.0, top: 20.0 }));
    let [image] = found.images.as_slice() else { panic!("{:?}", found.images) };
    assert_eq!(image.matrix, Matrix([0.0, 20.0, -10.0, 0.0, -5.0, 5.0]));
    assert_eq!(image.clips.len(), 1);
    assert_eq!(
        (image.opacity, image.is_altered, image.is_cut, image.is_recoloured),
        (1.0, false, false, false)
    );
}

#[test]
fn forms_in_forms_are_followed() {
    let found = painted(BOX, "q 3 0 0 3 0 0 cm /F Do Q 0 0 5 5 re W n /F Do");
    assert!(found.others.is_empty());
    let [first, second] = found.images.as_slice() else { panic!("{:?}", found.images) };
    assert_eq!(first.matrix, Matrix([6.0, 0.0, 0.0, 6.0, 0.0, 0.0]));
    assert_eq!((first.clips.len(), second.clips.len()), (2, 3));
    // What is drawn within itself never ends.
    for endless in ["/Me Do", "/Me Do /Me Do"] {
        assert!(painted(BOX, endless).limit.is_some(), "{endless}");
    }
}

#[test]
fn what_hides_an_image_is_told() {
    let opacity = |content| painted(BOX, content).images.first().map(|image| image.opacity);
    assert_eq!(opacity("/Clear gs /I Do"), Some(0.0));
    assert_eq!(opacity("q /Clear gs Q /I Do"), Some(1.0));
    // A group cannot undo what is done to it as a whole.
    assert_eq!(opacity("/Clear gs /F Do"), Some(0.0));
    for content in ["/Masked gs /I Do", "/Screen gs /I Do", "/Masked gs /F Do", "/Curve gs /I Do"] {
        assert!(painted(BOX, content).images.iter().all(|image| image.is_altered), "{content}");
    }
    assert!(!painted(BOX, "/Masked gs /Full gs /I Do").images[0].is_altered);
    for content in ["0 0 m 1 1 l 1 0 l W n /I Do", "0 0 5 5 re 1 1 2 2 re W* n /I Do", "W n /I Do"] {
        assert!(painted(BOX, content).images[0].is_cut, "{content}");
    }
}

#[test]
fn whatever_else_is_painted_is_told() {
    for (content, paint) in [
        ("0 0 5 5 re f", Paint::Path),
        ("0 0 m 5 5 l S", Paint::Path),
        ("BT /F1 9 Tf (x) Tj ET", Paint::Text),
        ("BT [(x) -5 (y)] TJ ET", Paint::Text),
        ("/Sh sh", Paint::Shading),
        ("BI /W 1 /H 1 ID x EI /I Do", Paint::InlineImage),
        ("/OC /Layer BDC /I Do EMC", Paint::Layer),
        ("/Nothing Do", Paint::Unreadable),
        ("/Nothing gs", Paint::Unreadable),
        ("1 0 0 1 0 cm /I Do", Paint::Unreadable),
        ("surprise /I Do", Paint::Unreadable),
        ("(open /I Do", Paint::Unreadable),
    ] {
        assert_eq!(painted(BOX, content).others, [paint], "{content}");
    }
    assert_eq!(painted("", "/I Do").others, [Paint::Unreadable], "no box");
    assert!(painted(BOX, "f 1 g 2 w BT 0 0 Td ET /Tx BMC EMC /P <</MCID 0>> BDC EMC n").others.is_empty());
    assert!(painted(BOX, &"q ".repeat(200)).limit.is_some());
    assert_eq!(painted(BOX, &"/I Do ".repeat(20)).others, [Paint::Unreadable]);
}
