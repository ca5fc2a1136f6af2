//! Other programs, where they are at hand: files that qpdf rearranged or encrypted take seals, and qpdf, poppler,
//! OpenSSL and pyHanko say that the result is right.

use crate::signing::*;
use crate::support::pki;
use crypto::Signer as _;
use sealbridge_formats::asn1::Mode;
use sealbridge_formats::cms::SignedData;
use sealbridge_formats::ofd::{Along, Edge, RidingSeal, Stamp};
use sealbridge_formats::pdf::seal::{Kind, prepare, sheets};
use sealbridge_formats::pdf::{Limits, Object, Pdf, SectionKind};
use sealbridge_formats::ses::SesSignature;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a program; none, said aloud, when it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: {program}: {error}");
            None
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What qpdf makes of a file with these options. A warning (status 3) is no failure.
fn rearranged(file: &[u8], options: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.pdf"), folder.path().join("out.pdf"));
    std::fs::write(&from, file).unwrap();
    let arguments = [&[text(&from)], options, &[text(&to)]].concat();
    let output = run("qpdf", &arguments)?;
    assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(std::fs::read(to).unwrap())
}

/// qpdf finds nothing wrong.
#[track_caller]
pub(crate) fn qpdf_is_content(file: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pdf");
    std::fs::write(&path, file).unwrap();
    if let Some(output) = run("qpdf", &["--check", text(&path)]) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
}

/// Sealed, then signed, each checked by qpdf.
#[track_caller]
fn sealed_and_signed(file: &[u8]) -> Vec<u8> {
    let once = applied(file, &sealing());
    qpdf_is_content(&once);
    let twice = applied(&once, &signing());
    qpdf_is_content(&twice);
    twice
}

#[test]
fn every_arrangement_of_a_file_takes_seals() {
    let base = document(3);
    sealed_and_signed(&base);
    for options in [
        &["--object-streams=generate"][..],
        &["--linearize"],
        &["--linearize", "--object-streams=generate"],
        &["--qdf"],
        &["--force-version=2.0"],
    ] {
        let Some(file) = rearranged(&base, options) else { return };
        let kind = Pdf::open(&file, &Limits::default()).unwrap().sections()[0].kind;
        let after = sealed_and_signed(&file);
        let sections: Vec<SectionKind> = Pdf::open(&after, &Limits::default())
            .unwrap()
            .sections()
            .iter()
            .map(|section| section.kind)
            .collect();
        assert_eq!(sections[..3], [kind; 3], "{options:?}");
    }
}

#[test]
fn encrypted_files_take_seals_and_stay_encrypted() {
    let base = document(2);
    for options in [
        &["--encrypt", "", "owner", "256", "--"][..],
        &["--encrypt", "", "owner", "128", "--use-aes=y", "--"],
        &["--encrypt", "", "owner", "128", "--use-aes=n", "--"],
        &["--encrypt", "", "owner", "40", "--"],
        &["--object-streams=generate", "--encrypt", "", "owner", "256", "--"],
        &["--encrypt", "", "owner", "128", "--use-aes=y", "--cleartext-metadata", "--"],
    ] {
        let options = [&["--allow-weak-crypto"], options].concat();
        let Some(file) = rearranged(&base, &options) else { return };
        let mut placement = sealing();
        placement.about.reason = Some("a reason to be hidden".to_owned());
        let after = applied(&file, &placement);
        qpdf_is_content(&after);
        assert!(!after.windows(8).any(|window| window == b"a reason"), "{options:?}");
        assert_eq!(
            check(&after, "Signature1").dictionary.get(b"Reason"),
            Some(&Object::text("a reason to be hidden"))
        );
        sealed_and_signed(&file);
        let mut other = placement.clone();
        other.seed = [8; 32];
        let digest = |placement| *prepare(&file, placement, &Limits::default()).unwrap().data_hash();
        let is_aes = !options.contains(&"--use-aes=n") && !options.contains(&"40");
        assert_eq!(digest(&other) != digest(&placement), is_aes, "{options:?}: the seed makes the vectors");
    }
}

#[test]
fn permissions_and_passwords_are_kept_to() {
    let base = document(1);
    for (permissions, is_refused) in
        [(&["--modify=none"][..], true), (&["--modify=annotate"], true), (&["--modify=all"], false)]
    {
        let options = [&["--encrypt", "", "owner", "256"], permissions, &["--"]].concat();
        let Some(file) = rearranged(&base, &options) else { return };
        if is_refused {
            assert_eq!(refusal(&file, &sealing()), "pdf.permissions", "{permissions:?}");
        } else {
            applied(&file, &sealing());
        }
    }
    let options = ["--encrypt", "secret", "owner", "256", "--"];
    let Some(file) = rearranged(&base, &options) else { return };
    assert_eq!(refusal(&file, &sealing()), "pdf.password-needed");
}

/// The message, the signature value and the key of a signature, for OpenSSL.
fn parts(file: &[u8]) -> (Vec<u8>, Vec<u8>, String) {
    let signed = check(file, "Signature1");
    let [_, first, second, _] = signed.range;
    let contents = hex::decode(&file[first + 1..second - 1]).unwrap();
    if signed.is_seal {
        let length = 4 + usize::from(u16::from_be_bytes([contents[2], contents[3]]));
        let (value, _) = SesSignature::parse(&contents[..length], Mode::Strict).unwrap();
        return (value.tbs().to_vec(), value.signature.bytes.clone(), key());
    }
    let length = 4 + usize::from(u16::from_be_bytes([contents[2], contents[3]]));
    let value = SignedData::parse(&contents[..length], Mode::Strict).unwrap();
    let signer = &value.signers[0];
    (signer.signed_bytes(None).unwrap().into_owned(), signer.signature.clone(), key())
}

fn key() -> String {
    use base64::Engine as _;
    let der = pki().signer.key.verifying_key().spki_der().to_vec();
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn openssl_confirms_the_values() {
    for placement in [sealing(), signing()] {
        let (message, signature, key) = parts(&applied(&document(1), &placement));
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("key"), key).unwrap();
        std::fs::write(path("message"), &message).unwrap();
        std::fs::write(path("signature"), signature).unwrap();
        let (key, signature, message) = (path("key"), path("signature"), path("message"));
        let id = "distid:1234567812345678";
        let arguments = [
            "dgst",
            "-sm3",
            "-verify",
            text(&key),
            "-sigopt",
            id,
            "-signature",
            text(&signature),
            text(&message),
        ];
        let Some(output) = run("openssl", &arguments) else { return };
        assert!(output.status.success(), "{output:?}");
    }
}

/// A page that is shown turned has the seal upright and where it belongs, by poppler's drawing.
#[test]
fn poppler_shows_the_seal_where_it_belongs() {
    for rotate in [0, 90, 180, 270] {
        let turned = edited(&document(1), |update, _, _, id, page| {
            update.put(id, Object::Dictionary(page.with(b"Rotate", Object::Integer(rotate))));
        });
        let mut placement = sealing();
        placement.stamps = vec![Stamp::at(0, 50.0, 100.0, 40.0, 40.0)];
        let after = applied(&turned, &placement);
        qpdf_is_content(&after);
        let Some(image) = drawn(&after, 1) else { return };
        let (wide, high) = if rotate % 180 == 0 { (210, 297) } else { (297, 210) };
        assert!(image.0.abs_diff(wide * 4) <= 2 && image.1.abs_diff(high * 4) <= 2);
        // Four pixels are a millimetre. The bar is at the upper side of the ring: 6.5 mm below the seal's upper edge.
        assert!(image.is_red(70 * 4, 100 * 4 + 26), "{rotate}: the bar");
        assert!(!image.is_red(70 * 4, 140 * 4 - 26), "{rotate}: no bar");
        assert!(image.is_red(50 * 4 + 5, 120 * 4), "{rotate}: the ring");
        assert!(!image.is_red(70 * 4, 120 * 4), "{rotate}: the middle can be seen through");
    }
}

/// A drawn page: width, height, and three bytes a pixel.
struct Drawn(usize, usize, Vec<u8>);

impl Drawn {
    fn is_red(&self, x: usize, y: usize) -> bool {
        let at = 3 * (y * self.0 + x.min(self.0 - 1));
        self.2[at] > 150 && self.2[at + 1] < 100 && self.2[at + 2] < 100
    }
}

/// A page drawn by poppler, four pixels a millimetre.
fn drawn(file: &[u8], page: usize) -> Option<Drawn> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("x.pdf"), folder.path().join("x"));
    std::fs::write(&from, file).unwrap();
    let page = page.to_string();
    let output = run(
        "pdftoppm",
        &["-r", "101.6", "-f", &page, "-l", &page, "-singlefile", "-png", text(&from), text(&to)],
    )?;
    assert!(output.status.success(), "{output:?}");
    let bytes = std::fs::read(to.with_extension("png")).unwrap();
    if let Some(keep) = std::env::var_os("SEALBRIDGE_KEEP") {
        let name = format!(
            "{}-{page}.png",
            &crypto::sm3::digest(file).map(|byte| format!("{byte:02x}")).concat()[..6]
        );
        std::fs::write(PathBuf::from(keep).join(name), &bytes).unwrap();
    }
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(frame.color_type, png::ColorType::Rgb);
    Some(Drawn(frame.width as usize, frame.height as usize, pixels))
}

#[test]
fn poppler_shows_every_slice_of_a_riding_seal() {
    let before = document(3);
    let pdf = Pdf::open(&before, &Limits::default()).unwrap();
    let sheets = sheets(&pdf).unwrap();
    let riding = RidingSeal {
        width_mm: 42.0,
        height_mm: 42.0,
        edge: Edge::Right,
        along: Along::Millimetres(100.0),
        pages_per_seal: 10,
    };
    let mut placement = sealing();
    placement.stamps = riding.stamps(&sheets).unwrap();
    let after = applied(&before, &placement);
    qpdf_is_content(&after);
    for page in 1..=3 {
        let Some(image) = drawn(&after, page) else { return };
        let red = |from: usize, to: usize| {
            (from * 4..to * 4).any(|x| (100 * 4..142 * 4).any(|y| image.is_red(x, y)))
        };
        assert!(red(196, 210) && !red(100, 195), "page {page}");
    }
}

/// The adapter that teaches pyHanko SM2 lies beside the samples; `SEALBRIDGE_PYHANKO` names a Python that has pyHanko.
#[test]
fn pyhanko_trusts_the_signatures() {
    let shared = std::env::var_os("SEALBRIDGE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let script = shared.join("oracles/pyh_sm2_check.py");
    let Some(python) = std::env::var_os("SEALBRIDGE_PYHANKO").filter(|_| script.is_file()) else {
        eprintln!("skipped: no Python with pyHanko named, or no adapter for it");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, sealbridge_formats::x509::pem_encode("CERTIFICATE", pki().root.der())).unwrap();
    let judged = |file: &[u8]| {
        let path = folder.path().join("x.pdf");
        std::fs::write(&path, file).unwrap();
        let output = run(python.to_str().unwrap(), &[text(&script), text(&root), text(&path)]).unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let good = "intact True valid True trusted True ENTIRE_FILE";
    let once = applied(&document(2), &signing());
    let said = judged(&once);
    assert!(said.contains(good), "{said}");
    let mut shown = signing();
    shown.kind = Kind::Sign(Some(ring()));
    shown.stamps = (0..2).map(|page| Stamp::at(page, 20.0, 20.0, 40.0, 40.0)).collect();
    let said = judged(&applied(&once, &shown));
    assert!(said.lines().count() == 2 && said.contains(good), "{said}");
    assert!(said.contains("trusted True ENTIRE_REVISION FORM_FILLING True"), "{said}");
    for options in [&["--object-streams=generate"][..], &["--linearize"]] {
        let Some(file) = rearranged(&document(2), options) else { return };
        let said = judged(&applied(&applied(&file, &shown), &signing()));
        assert!(said.contains(good) && !said.contains("False"), "{options:?}: {said}");
    }
}

/// What poppler and MuPDF say about coverage; neither knows SM2.
#[test]
fn the_whole_file_is_signed_by_other_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pdf");
    let mut riding = sealing();
    riding.stamps = (0..2).map(|page| Stamp::at(page, 20.0, 20.0, 40.0, 40.0)).collect();
    std::fs::write(&path, applied(&applied(&document(2), &riding), &signing())).unwrap();
    if let Some(output) = run("pdfsig", &[text(&path)]) {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // It counts a signature once for each widget.
        assert_eq!(said.matches("Signature #").count(), 3, "{said}");
        assert_eq!(said.matches("Total document signed").count(), 1, "{said}");
        assert_eq!(said.matches("Not total document signed").count(), 2, "{said}");
        assert!(!said.contains("is not signed"), "{said}");
    }
    if let Some(output) =
        run("mutool", &["draw", "-q", "-o", text(&folder.path().join("x.png")), text(&path), "1"])
    {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !said.contains("error"), "{said}");
    }
}

/// Signed by others with RSA, where the samples are at hand.
#[test]
fn foreign_signatures_stay() {
    let Some(folder) = crate::tools::samples() else { return };
    let before = std::fs::read(folder.join("attacks/rsa_00_valid.pdf")).unwrap();
    let mut placement = sealing();
    placement.stamps = vec![Stamp::at(0, 20.0, 20.0, 40.0, 40.0)];
    qpdf_is_content(&applied(&before, &placement));
    let sealed = std::fs::read(folder.join("sm2/v2_gmoid_501_attrs.pdf")).unwrap();
    let prepared = prepare(&sealed, &placement, &Limits::default()).unwrap();
    qpdf_is_content(&finish(&prepared));
}
