//! PDF files made for tests: objects as they are written, and the table around them.

use std::fmt::Write as _;
use std::ops::Range;

/// Words for each number, one after the other.
pub(crate) fn joined<D: std::fmt::Display>(numbers: Range<usize>, word: impl Fn(usize) -> D) -> String {
    numbers.fold(String::new(), |mut text, number| {
        let _ = write!(text, "{}", word(number));
        text
    })
}

/// Objects by their numbers, from 1 on.
#[derive(Default)]
pub(crate) struct Builder {
    objects: Vec<Vec<u8>>,
}

impl Builder {
    /// A file whose objects are these; object 1 is the catalogue.
    pub(crate) fn of(objects: &[&str]) -> Self {
        let mut builder = Self::default();
        for object in objects {
            builder.add(object);
        }
        builder
    }

    /// Adds an object; its number.
    pub(crate) fn add(&mut self, object: impl AsRef<[u8]>) -> usize {
        self.objects.push(object.as_ref().to_vec());
        self.objects.len()
    }

    /// Adds a stream with these words in its dictionary; its number.
    pub(crate) fn stream(&mut self, words: &str, data: impl AsRef<[u8]>) -> usize {
        let data = data.as_ref();
        let head = format!("<<{words}/Length {}>>\nstream\n", data.len());
        self.add([head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// The file.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.objects.len() + 1);
        for (index, object) in self.objects.iter().enumerate() {
            let _ = writeln!(table, "{:010} 00000 n ", out.len());
            out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
            out.extend_from_slice(object);
            out.extend_from_slice(b"\nendobj\n");
        }
        let trailer = format!(
            "{table}trailer\n<</Root 1 0 R/Size {}>>\nstartxref\n{}\n%%EOF\n",
            self.objects.len() + 1,
            out.len()
        );
        out.extend_from_slice(trailer.as_bytes());
        out
    }
}
