//! Pictures of every kind.

use super::*;
use std::io::Read as _;

fn picture(data: Vec<u8>) -> Picture {
    Picture { kind: "x".to_owned(), data, width_mm: 40, height_mm: 40 }
}

fn inflated(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::ZlibDecoder::new(data).read_to_end(&mut out).unwrap();
    out
}

/// A PNG of one row.
fn png_of(width: u32, colours: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, 1);
    encoder.set_color(colours);
    encoder.set_depth(depth);
    if colours == png::ColorType::Indexed {
        encoder.set_palette(&[200, 10, 20, 0, 0, 0][..]);
        encoder.set_trns(&[255, 0][..]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    out
}

/// A bitmap of one row of two pixels.
fn bmp_of(bits: u8, compression: u8, header: u8, palette: &[u8], row: &[u8]) -> Vec<u8> {
    let mut out = b"BM\0\0\0\0\0\0\0\0".to_vec();
    let offset = 14 + u32::from(header) + u32::try_from(palette.len()).unwrap();
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&[header, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, bits, 0, compression]);
    out.resize(14 + 40, 0);
    if header > 40 {
        out.extend_from_slice(&[0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF]);
        out.resize(14 + usize::from(header), 0);
    }
    out.extend_from_slice(palette);
    out.extend_from_slice(row);
    out
}

#[test]
fn transparency_becomes_a_mask() {
    use png::{BitDepth, ColorType};
    let rgba = png_of(2, ColorType::Rgba, BitDepth::Eight, &[200, 10, 20, 128, 0, 0, 0, 0]);
    let Prepared(image) = read(&picture(rgba)).unwrap();
    assert_eq!((image.width, image.height, image.colours), (2, 1, Colours::Rgb));
    assert_eq!(inflated(&image.data), [200, 10, 20, 0, 0, 0]);
    assert_eq!(inflated(image.alpha.as_ref().unwrap()), [128, 0]);
    let indexed = png_of(2, ColorType::Indexed, BitDepth::One, &[0b0100_0000]);
    let Prepared(image) = read(&picture(indexed)).unwrap();
    assert_eq!(inflated(&image.data), [200, 10, 20, 0, 0, 0]);
    assert_eq!(inflated(image.alpha.as_ref().unwrap()), [255, 0]);
}

#[test]
fn opaque_and_grey_pictures_are_smaller() {
    use png::{BitDepth, ColorType};
    let palette: Vec<u8> = (0..=255).flat_map(|grey| [grey, grey, grey, 0]).collect();
    for data in [
        png_of(2, ColorType::Grayscale, BitDepth::Eight, &[7, 9]),
        png_of(2, ColorType::Rgb, BitDepth::Eight, &[7, 7, 7, 9, 9, 9]),
        png_of(2, ColorType::GrayscaleAlpha, BitDepth::Sixteen, &[7, 0, 255, 255, 9, 0, 255, 255]),
        bmp_of(8, 0, 40, &palette, &[7, 9, 0, 0]),
        bmp_of(24, 0, 40, &[], &[7, 7, 7, 9, 9, 9, 0, 0]),
        bmp_of(32, 0, 40, &[], &[7, 7, 7, 0, 9, 9, 9, 0]),
    ] {
        let Prepared(image) = read(&picture(data)).unwrap();
        assert_eq!((image.colours, image.alpha.is_none()), (Colours::Grey, true));
        assert_eq!(inflated(&image.data), [7, 9]);
    }
}

#[test]
fn bitmaps_of_few_colours_and_with_opacity() {
    let palette = [20, 10, 200, 0, 1, 2, 3, 0];
    for (bits, row) in [(1, [0b0100_0000, 0, 0, 0]), (4, [0x01, 0, 0, 0])] {
        let palette = [&palette[..], &[0; 56]].concat();
        let palette = &palette[..4 << bits];
        let Prepared(image) = read(&picture(bmp_of(bits, 0, 40, palette, &row))).unwrap();
        assert_eq!(inflated(&image.data), [200, 10, 20, 3, 2, 1], "{bits}");
    }
    let Prepared(image) = read(&picture(bmp_of(32, 3, 124, &[], &[20, 10, 200, 128, 0, 0, 0, 0]))).unwrap();
    assert_eq!(inflated(&image.data), [200, 10, 20, 0, 0, 0]);
    assert_eq!(inflated(image.alpha.as_ref().unwrap()), [128, 0]);
    let packed = read(&picture(bmp_of(8, 1, 40, &[], &[2, 7, 0, 1]))).err().unwrap();
    assert_eq!(packed.code(), "pdf.picture-kind");
    let cut = bmp_of(24, 0, 40, &[], &[7, 7, 7]);
    assert_eq!(read(&picture(cut)).err().unwrap(), PictureError::Damaged("BMP"));
    // An index beyond the palette has no colour.
    assert_eq!(
        read(&picture(bmp_of(8, 0, 40, &[0; 8], &[0, 250, 0, 0]))).err().unwrap(),
        PictureError::Damaged("BMP")
    );
}

#[test]
fn a_gif_keeps_its_transparent_colour() {
    // 2 x 1, two colours, the second transparent: pixels 0 and 1.
    let gif = b"GIF89a\x02\0\x01\0\x80\0\0\xC8\x0A\x14\0\0\0!\xF9\x04\x01\0\0\x01\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0A\0;";
    let Prepared(image) = read(&picture(gif.to_vec())).unwrap();
    assert_eq!((image.width, image.height), (2, 1));
    assert_eq!(inflated(&image.data)[..3], [0xC8, 0x0A, 0x14]);
    assert_eq!(inflated(image.alpha.as_ref().unwrap()), [255, 0]);
}

/// A JPEG down to its frame header.
fn jpeg(marker: u8, components: u8, is_adobe: bool) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    if is_adobe {
        out.extend_from_slice(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\x02");
    }
    let length = 8 + 3 * components;
    out.extend_from_slice(&[0xFF, marker, 0, length, 8, 1, 2, 3, 4, components]);
    out.extend((0..components).flat_map(|index| [index, 0x11, 0]));
    out.extend_from_slice(b"\xFF\xDA");
    out
}

#[test]
fn a_jpeg_goes_in_as_it_is() {
    for (components, colours) in [(1, Colours::Grey), (3, Colours::Rgb), (4, Colours::Cmyk)] {
        let bytes = jpeg(0xC2, components, components == 4);
        let Prepared(image) = read(&picture(bytes.clone())).unwrap();
        assert_eq!((image.width, image.height, image.colours), (0x304, 0x102, colours));
        assert_eq!((image.filter, image.data), ("DCTDecode", bytes));
        assert_eq!(image.is_inverted, components == 4);
    }
    assert!(!read(&picture(jpeg(0xC0, 4, false))).unwrap().0.is_inverted);
    let unusual = read(&picture(jpeg(0xC9, 3, false))).err().unwrap();
    assert_eq!(unusual.code(), "pdf.picture-kind");
    for length in 3..jpeg(0xC0, 3, false).len() - 12 {
        let cut = read(&picture(jpeg(0xC0, 3, false)[..length].to_vec())).err().unwrap();
        assert_eq!(cut, PictureError::Damaged("JPEG"), "{length}");
    }
}

#[test]
fn other_kinds_are_named() {
    let kind = |data: &[u8]| read(&picture(data.to_vec())).err().unwrap();
    assert_eq!(kind(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), PictureError::Kind("SVG".to_owned()));
    assert_eq!(kind(b"PK\x03\x04"), PictureError::Kind("OFD".to_owned()));
    assert_eq!(kind(b"nothing"), PictureError::Kind("x".to_owned()));
    assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), PictureError::Damaged("PNG"));
    assert_eq!(kind(b"BM"), PictureError::Damaged("BMP"));
    // A bitmap that says it is larger than any limit is not decoded.
    let mut huge = bmp_of(24, 0, 40, &[], &[0; 8]);
    huge[18..22].copy_from_slice(&16_000_u32.to_le_bytes());
    huge[22..26].copy_from_slice(&16_000_u32.to_le_bytes());
    assert_eq!(kind(&huge), PictureError::Size);
}
