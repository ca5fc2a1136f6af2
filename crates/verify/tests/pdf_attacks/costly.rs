//! Small files that would cost very much: what they hold many of compresses to nothing. They are given up, and told to be
//! beyond a limit.

use std::fmt::Write as _;

use sealbridge_verify::catalogue as rule;
use testkit::pki::pki;

use crate::Case;
use crate::appended::by_hand;
use crate::base::*;

pub(crate) fn cases() -> Vec<Case> {
    let sealed = usual(By::Seal).pdf;
    let large = {
        let pdf = with_array(&Doc::contract().write(), 160, 60_000);
        applied(&pdf, &placement(By::Cms), &pki().signer).pdf
    };
    vec![
        Case::of("entries-without-end", free_entries(&free_entries(&sealed, 188), 189))
            .says(
                "几千字节的文件列出十二万个空闲对象，每打开一个修订版都要重新处理",
                "a small file lists 120,000 free objects, which are gone through for every revision that is opened",
            )
            .unknown(&rule::CONTAINER_LIMITS),
        Case::of("values-without-end", with_array(&large, 760, 200_000))
            .says(
                "签名之后改写对象流中的一个数组，几千字节解压后有二十万个值",
                "an array in an object stream is written anew after signing, and unpacks to 200,000 values",
            )
            .unknown(&rule::SIGNATURE_CHANGES),
        Case::of("control-large-array", large),
    ]
}

/// A cross-reference stream of 60,000 free entries.
fn free_entries(pdf: &[u8], number: u32) -> Vec<u8> {
    let prev = startxref(pdf);
    let data = Runs::default().times(0, 180_000).end();
    let entries = format!("/Type/XRef/W[1 1 1]/Index[200 60000]/Size 60200/Root 1 0 R/Prev {prev}{FILTERS}");
    by_hand(pdf, "", |_| format!("{number} 0 obj\n{}\nendobj\n", stream(&entries, &data)))
}

/// An object stream, numbered by `number`, which is beyond all others, with an array of so many empty names as object 60.
fn with_array(pdf: &[u8], number: u32, count: usize) -> Vec<u8> {
    let prev = startxref(pdf);
    let data = Runs::default().bytes(b"60 0 [").times(b'/', count).bytes(b"]").end();
    let packed = stream(&format!("/Type/ObjStm/N 1/First 5{FILTERS}"), &data);
    by_hand(pdf, &format!("{number} 0 obj\n{packed}\nendobj\n"), |at| {
        let data = format!("02{number:08X}0001{at:08X}00>");
        let entries = format!(
            "/Type/XRef/W[1 4 1]/Index[60 1 {number} 1]/Size {}/Root 1 0 R/Prev {prev}/Filter/ASCIIHexDecode",
            number + 2
        );
        format!("{} 0 obj\n{}\nendobj\n", number + 1, stream(&entries, &data))
    })
}

const FILTERS: &str = "/Filter[/ASCIIHexDecode/RunLengthDecode]";

/// Data as `RunLengthDecode` has it (ISO 32000-1 §7.4.5), in hexadecimal.
#[derive(Default)]
struct Runs(String);

impl Runs {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        let _ = write!(self.0, "{:02X}{}", bytes.len() - 1, hex::encode_upper(bytes));
        self
    }

    fn times(mut self, byte: u8, mut count: usize) -> Self {
        while count > 1 {
            let run = count.min(128);
            let _ = write!(self.0, "{:02X}{byte:02X}", 257 - run);
            count -= run;
        }
        if count == 1 { self.bytes(&[byte]) } else { self }
    }

    fn end(self) -> String {
        self.0 + "80>"
    }
}
