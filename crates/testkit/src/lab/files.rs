//! The files of a package, and an archive of them written plainly, with whatever is asked for wrong.

use formats::ofd::{Limits, Package};

/// One file with what the archive says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    pub data: Vec<u8>,
    /// General purpose flags; 1 says encrypted.
    pub flags: u16,
    /// Compression method; the content is written as it is, whatever this says.
    pub method: u16,
    /// Added to the right checksum.
    pub crc_offset: u32,
}

/// Files in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The files.
    pub list: Vec<File>,
    /// Bytes before the archive.
    pub before: Vec<u8>,
    /// Bytes after the archive.
    pub after: Vec<u8>,
}

impl Files {
    /// The files of a package.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn from_zip(ofd: &[u8]) -> Self {
        let package = Package::open(ofd, &Limits::default()).expect("a readable package");
        let mut files = Self::default();
        for entry in package.files() {
            files.add(entry.path(), package.read(entry.path()).expect("a readable file").into_owned());
        }
        files
    }

    /// The content of a file.
    ///
    /// # Panics
    /// When it is not there.
    pub fn get(&self, name: &str) -> &[u8] {
        self.list
            .iter()
            .find(|file| file.name == name)
            .map(|file| file.data.as_slice())
            .expect("a known file")
    }

    /// Replaces the content of a file.
    ///
    /// # Panics
    /// When it is not there.
    pub fn set(&mut self, name: &str, data: Vec<u8>) -> &mut Self {
        self.file(name).data = data;
        self
    }

    /// A file with what the archive says of it.
    ///
    /// # Panics
    /// When it is not there.
    pub fn file(&mut self, name: &str) -> &mut File {
        self.list.iter_mut().find(|file| file.name == name).expect("a known file")
    }

    /// Adds a file, even under a name that is there.
    pub fn add(&mut self, name: &str, data: impl Into<Vec<u8>>) -> &mut Self {
        self.list.push(File { name: name.to_owned(), data: data.into(), flags: 0, method: 0, crc_offset: 0 });
        self
    }

    /// Takes a file out.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.list.retain(|file| file.name != name);
        self
    }

    /// Changes the text of a file.
    ///
    /// # Panics
    /// When the file is not there, is no text, or does not change: a test that changes nothing tests nothing.
    pub fn edit(&mut self, name: &str, change: impl Fn(&str) -> String) -> &mut Self {
        let text = std::str::from_utf8(self.get(name)).expect("text").to_owned();
        let changed = change(&text);
        assert_ne!(text, changed, "{name} was not changed");
        self.set(name, changed.into_bytes())
    }

    /// The archive.
    ///
    /// # Panics
    /// When it would exceed 4 GiB.
    pub fn to_zip(&self) -> Vec<u8> {
        let number = |length: usize| u32::try_from(length).expect("a small archive").to_le_bytes();
        let short = |length: usize| u16::try_from(length).expect("few and short names").to_le_bytes();
        let (mut out, mut central) = (self.before.clone(), Vec::new());
        for file in &self.list {
            let offset = out.len();
            let mut common = Vec::new();
            common.extend_from_slice(&20_u16.to_le_bytes());
            common.extend_from_slice(&(file.flags | 0x0800).to_le_bytes());
            common.extend_from_slice(&file.method.to_le_bytes());
            common.extend_from_slice(&[0, 0, 0x21, 0x5C]);
            common.extend_from_slice(&crc32(&file.data).wrapping_add(file.crc_offset).to_le_bytes());
            common.extend_from_slice(&number(file.data.len()));
            common.extend_from_slice(&number(file.data.len()));
            common.extend_from_slice(&short(file.name.len()));
            common.extend_from_slice(&[0, 0]);
            out.extend_from_slice(b"PK\x03\x04");
            out.extend_from_slice(&common);
            out.extend_from_slice(file.name.as_bytes());
            out.extend_from_slice(&file.data);
            central.extend_from_slice(b"PK\x01\x02\x14\x00");
            central.extend_from_slice(&common);
            central.extend_from_slice(&[0; 10]);
            central.extend_from_slice(&number(offset));
            central.extend_from_slice(file.name.as_bytes());
        }
        let start = out.len();
        out.extend_from_slice(&central);
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        out.extend_from_slice(&short(self.list.len()));
        out.extend_from_slice(&short(self.list.len()));
        out.extend_from_slice(&number(central.len()));
        out.extend_from_slice(&number(start));
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.after);
        out
    }
}

/// The checksum of ZIP, bit by bit.
fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_reads_back() {
        let original = crate::lab::document();
        let files = Files::from_zip(&original);
        assert_eq!(Files::from_zip(&files.to_zip()), files);
    }
}
