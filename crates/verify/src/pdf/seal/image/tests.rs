//! Images of two by two pixels, coded in every way that is decoded.

use std::fmt::Write as _;

use formats::pdf::{Limits, Object, ObjectId, Pdf};

use super::{Pixels, Unread};

/// A file with an image as object 2, and its mask as object 3; the data are hexadecimal.
fn file(image: (&str, &str), mask: Option<(&str, &str)>) -> Vec<u8> {
    let stream = |(entries, data): (&str, &str)| {
        let head = "/Type/XObject/Subtype/Image/Filter/ASCIIHexDecode";
        format!("<<{head}{entries}/Length {}>>stream\n{data}>\nendstream", data.len() + 1)
    };
    let with_mask = format!("{}/SMask 3 0 R", image.0);
    let entries = if mask.is_some() { with_mask.as_str() } else { image.0 };
    let mut bodies = vec!["<</Type/Catalog>>".to_owned(), stream((entries, image.1))];
    bodies.extend(mask.map(stream));
    let (mut out, mut table) = ("%PDF-1.7\n".to_owned(), String::new());
    for (index, body) in bodies.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{} 0 obj\n{body}\nendobj\n", index + 1);
    }
    let (at, size) = (out.len(), bodies.len() + 1);
    let _ = write!(
        out,
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size {size}>>\nstartxref\n{at}\n%%EOF\n"
    );
    out.into_bytes()
}

fn read(image: (&str, &str), mask: Option<(&str, &str)>) -> Result<Pixels, Unread> {
    let bytes = file(image, mask);
    let pdf = Pdf::open(&bytes, &Limits::default()).expect("a file");
    let indirect = pdf.object(ObjectId::new(2)).expect("an image");
    let Object::Stream(image) = &indirect.object else { panic!("no stream") };
    Pixels::of_image(&pdf, image)
}

const GRAY: &str = "/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent";
const MASK: &str = "/ColorSpace/DeviceGray/BitsPerComponent 8";

/// The red of each pixel: of these images all colours are alike.
fn grays(entries: &str, data: &str) -> Vec<u8> {
    let pixels = read((entries, data), None).expect("pixels");
    assert!(
        pixels
            .rgba
            .iter()
            .all(|[red, green, blue, opacity]| red == green && green == blue && *opacity == 255)
    );
    pixels.rgba.iter().map(|[red, ..]| *red).collect()
}

#[test]
fn samples_have_one_to_sixteen_bits() {
    for (bits, data) in [(1, "4080"), (2, "30C0"), (4, "0FF0"), (8, "00FFFF00"), (16, "00FFFF00FF0000FF")] {
        assert_eq!(grays(&format!("{GRAY} {bits}"), data), [0, 255, 255, 0], "{bits}");
    }
    let palette = "/Width 2/Height 2/BitsPerComponent 1/ColorSpace[/Indexed/DeviceGray 1<FF00>]";
    assert_eq!(grays(palette, "4080"), [255, 0, 0, 255]);
    let inks = "/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceCMYK";
    assert_eq!(grays(inks, "000000FF 00000000 00000000 000000FF"), [0, 255, 255, 0]);
    assert!(read((&format!("{GRAY} 8"), "00FF"), None).is_err(), "too few samples");
    assert!(read((&format!("{GRAY} 3"), "00FFFF00"), None).is_err(), "bits that nobody has");
}

/// Readers bring image and mask to one size: a mask of one pixel hides all of the image, or none of it.
#[test]
fn a_mask_of_another_size_is_applied() {
    let image = (&*format!("{GRAY} 8"), "00FFFF00");
    let one = format!("/Width 1/Height 1{MASK}");
    let opacities = |mask: (&str, &str)| -> Vec<u8> {
        read(image, Some(mask)).expect("pixels").rgba.iter().map(|[.., opacity]| *opacity).collect()
    };
    assert_eq!(opacities((&one, "00")), [0; 4]);
    assert_eq!(opacities((&one, "FF")), [255; 4]);
    let four = format!("/Width 4/Height 2{MASK}");
    assert_eq!(opacities((&four, "00FF00FF00FF00FF")), [0, 255, 0, 255, 0, 255, 0, 255]);
    let same = format!("/Width 2/Height 2{MASK}");
    assert_eq!(opacities((&same, "00FF00FF")), [0, 255, 0, 255]);
}

#[test]
fn what_cannot_be_decoded_is_told_from_what_is_changed() {
    let coded = read((&format!("{GRAY} 8/Filter/JPXDecode"), ""), None);
    let spot = read(("/Width 2/Height 2/BitsPerComponent 8/ColorSpace/Pattern", "00FFFF00"), None);
    assert!(matches!(spot, Err(Unread::Unsupported(_))), "{spot:?}");
    assert!(coded.is_err(), "{coded:?}");
    for entry in ["/Decode[1 0]", "/ImageMask true", "/Mask[0 1]"] {
        let changed = read((&format!("{GRAY} 8{entry}"), "00FFFF00"), None);
        assert!(matches!(changed, Err(Unread::Odd(_))), "{entry}: {changed:?}");
    }
    let huge = read(("/Width 99999/Height 99999/ColorSpace/DeviceGray/BitsPerComponent 8", "00"), None);
    assert!(matches!(huge, Err(Unread::Limit(_))), "{huge:?}");
}
