//! The documents that are judged: pages with pictures that do not compress, or very many small objects, signed with RSA
//! by OpenSSL or sealed with SM2.

use std::path::Path;
use std::process::Command;

use crypto::Signer;
use formats::ofd::Stamp;
use formats::pdf::Limits;
use formats::pdf::seal::{Placement, Profile, embed, prepare};
use formats::ses::{CertList, Picture, SealDraft, assemble_signature};
use testkit::pki::{at, fixed_random, pki};

use crate::Outcome;

const SIGNED_AT: &str = "2026-06-01T08:00:00Z";

/// What a document is made of.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// Its pages, each with a picture of so many bytes.
    pub(crate) pages: usize,
    pub(crate) picture: usize,
    /// Small objects beside, so many for each page.
    pub(crate) small: usize,
}

/// A document without signature.
pub(crate) fn plain(plan: Plan) -> Vec<u8> {
    let mut draft = Draft { bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), offsets: Vec::new() };
    draft.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    let stride = 4 + plan.small;
    let kids = references((0..plan.pages).map(|page| 3 + page * stride));
    draft.object(2, &format!("<</Type/Pages/Kids[{kids}]/Count {}>>", plan.pages));
    for page in 0..plan.pages {
        let first = 3 + page * stride;
        draft.page(first, page, plan);
    }
    draft.finish()
}

fn references(numbers: impl Iterator<Item = usize>) -> String {
    numbers.fold(String::new(), |list, number| list + &number.to_string() + " 0 R ")
}

struct Draft {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Draft {
    fn object(&mut self, number: usize, content: &str) {
        self.begin(number);
        self.bytes.extend_from_slice(content.as_bytes());
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn begin(&mut self, number: usize) {
        // Objects are written in the order of their numbers.
        self.offsets.push(self.bytes.len());
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    }

    fn stream(&mut self, number: usize, dictionary: &str, data: &[u8]) {
        self.begin(number);
        let head = format!("<<{dictionary}/Length {}>>\nstream\n", data.len());
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn page(&mut self, first: usize, page: usize, plan: Plan) {
        let (content, picture, list) = (first + 1, first + 2, first + 3);
        self.object(
            first,
            &format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R/Resources<</XObject<</P {picture} 0 R>>>>/PieceInfo<</Bench<</Private {list} 0 R>>>>>>"
            ),
        );
        self.stream(content, "", b"q 400 0 0 400 90 300 cm /P Do Q");
        let side = plan.picture.isqrt();
        let noise = noise(&format!("page {page}"), side * side);
        let dictionary = format!(
            "/Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceGray/BitsPerComponent 8"
        );
        self.stream(picture, &dictionary, &noise);
        let small = references(list + 1..list + 1 + plan.small);
        self.object(list, &format!("[{small}]"));
        for one in 0..plan.small {
            let number = list + 1 + one;
            let text = "x".repeat(90);
            self.object(number, &format!("<</Bench/Small/Number {number}/Page {page}/Text({text})>>"));
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let size = self.offsets.len() + 1;
        self.bytes.extend_from_slice(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes());
        for offset in &self.offsets {
            self.bytes.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        let trailer = format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
        self.bytes.extend_from_slice(trailer.as_bytes());
        self.bytes
    }
}

/// The same with a seal of GB/T 38540.
pub(crate) fn sealed(pdf: &[u8]) -> Outcome<Vec<u8>> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let signer = &pki().signer;
    let seal = SealDraft {
        vid: "bench".to_owned(),
        es_id: "11000000000001".to_owned(),
        seal_type: 1,
        name: "性能测试章".to_owned(),
        cert_list: CertList::Certificates(vec![signer.der()]),
        create: at("2026-01-01T00:00:00Z"),
        valid_start: at("2026-01-01T00:00:00Z"),
        valid_end: at("2030-01-01T00:00:00Z"),
        picture: Picture { kind: "PNG".to_owned(), data: picture()?, width_mm: 40, height_mm: 40 },
        ext_datas: Vec::new(),
    };
    let seal = seal.sign(&pki().maker.key, &pki().maker.der()).map_err(|error| text(&error))?;
    let stamps = vec![Stamp::at(0, 120.0, 200.0, 40.0, 40.0)];
    let placement = Placement::seal(seal, stamps, at(SIGNED_AT), [7; 32]);
    let prepared = prepare(pdf, &placement, &Limits::default()).map_err(|error| text(&error))?;
    let signature = signer.key.sign(prepared.to_sign()).map_err(|error| text(&error))?;
    let value = assemble_signature(prepared.to_sign(), &signer.der(), &signature, None);
    embed(&prepared, &value).map_err(|error| text(&error))
}

/// A picture as a seal has it, red on transparent ground.
fn picture() -> Outcome<Vec<u8>> {
    let (side, mut out) = (200_u32, Vec::new());
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = noise("a picture", 40_000).iter().flat_map(|alpha| [200, 0, 0, *alpha]).collect();
    let text = |error: png::EncodingError| error.to_string();
    let mut writer = encoder.write_header().map_err(text)?;
    writer.write_image_data(&pixels).map_err(text)?;
    writer.finish().map_err(text)?;
    Ok(out)
}

/// OpenSSL reads the clock of the machine, so everything of RSA does.
pub(crate) fn now() -> jiff::Timestamp {
    protocol::Clock::system().now()
}

/// An RSA signer that OpenSSL keeps: `key.pem` and `cert.pem` in a folder.
pub(crate) fn rsa_signer(folder: &Path) -> Outcome {
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-sha256",
            "-days",
            "7300",
            "-subj",
            "/C=CN/CN=bench",
            "-addext",
            "keyUsage=critical,digitalSignature,nonRepudiation,keyCertSign,cRLSign",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
    )
}

/// The same with an RSA signature by OpenSSL.
pub(crate) fn rsa_signed(pdf: &[u8], folder: &Path) -> Outcome<Vec<u8>> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut placement = Placement::sign(now(), [7; 32]);
    placement.profile = Profile {
        filter: "Adobe.PPKLite".to_owned(),
        sub_filter: "ETSI.CAdES.detached".to_owned(),
        ..Profile::cms()
    };
    let prepared = prepare(pdf, &placement, &Limits::default()).map_err(|error| text(&error))?;
    let [_, first, second, length] = prepared.byte_range();
    // What is signed is taken from a file with an empty value: the ranges leave the value out.
    let empty = embed(&prepared, &[0x30, 0x00]).map_err(|error| text(&error))?;
    let parts = empty.get(..first).zip(empty.get(second..second + length));
    let (before, after) = parts.ok_or("the ranges lie outside the file")?;
    std::fs::write(folder.join("content"), [before, after].concat()).map_err(|error| text(&error))?;
    openssl(
        folder,
        &[
            "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-signer", "cert.pem", "-inkey", "key.pem",
            "-in", "content", "-outform", "DER", "-out", "value",
        ],
    )?;
    let value = std::fs::read(folder.join("value")).map_err(|error| text(&error))?;
    embed(&prepared, &value).map_err(|error| text(&error))
}

fn openssl(folder: &Path, args: &[&str]) -> Outcome {
    let output = Command::new("openssl").args(args).current_dir(folder).output();
    let output = output.map_err(|error| format!("openssl: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("openssl: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Bytes that do not compress.
fn noise(seed: &str, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    fixed_random(seed).fill(&mut bytes);
    bytes
}
