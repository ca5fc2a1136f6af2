//! What was tolerated: every departure from DER or from a standard's text, with its place.

use std::cell::RefCell;
use std::fmt;

/// One departure from the standard that the reader understood all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deviation {
    /// What it is.
    pub kind: DeviationKind,
    /// Offset in the outermost input.
    pub offset: usize,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (offset {})", self.kind, self.offset)
    }
}

macro_rules! deviation_kinds {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $text:literal;)*) => {
        /// The kinds of departure from the standard that are tolerated and reported.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DeviationKind { $($(#[$doc])* #[doc = $text] $name,)* }

        impl DeviationKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// A stable name for reports.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in English.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

deviation_kinds! {
    IndefiniteLength, "ber.indefinite_length", "indefinite length (BER)";
    NonMinimalLength, "ber.non_minimal_length", "length in more octets than needed (BER)";
    ConstructedString, "ber.constructed_string", "string in segments (BER)";
    NonMinimalInteger, "ber.non_minimal_integer", "integer in more octets than needed";
    BooleanNotFf, "ber.boolean", "TRUE is not FF (BER)";
    UnusedBitsSet, "ber.unused_bits_set", "unused bits of a bit string are not zero";
    DefaultEncoded, "ber.default_encoded", "a default value is written out";
    SetNotSorted, "ber.set_not_sorted", "elements of a SET OF are not in DER order";
    TrailingBytes, "trailing_bytes", "bytes after the end of the structure";
    UnusedBits, "bits.unused", "a bit string of whole octets has unused bits";
    BitsTrimmed, "bits.trimmed", "zero octets at the end of a bit string were cut off";
    TimeWithoutZone, "time.no_zone", "a time without a zone, taken as Beijing time (UTC+8)";
    TimeWithOffset, "time.offset", "a time with an offset instead of Z";
    TimeFraction, "time.fraction", "a time with fractions of a second";
    TimeWithoutSeconds, "time.no_seconds", "a time without seconds";
    TimeTwoDigitYear, "time.two_digit_year", "a GeneralizedTime with a year of two digits";
    TimeType, "time.type", "a time of another type than the standard's";
    TimeText, "time.text", "a time written as plain text";
    StringType, "string.type", "a string of another type than the standard's";
    StringNotAscii, "string.not_ascii", "characters that the string type does not have";
    GbkText, "string.gbk", "GBK text where UTF-8 is due";
    UndecodableText, "string.undecodable", "text in no known encoding, shown with replacement characters";
    DerFormSigned, "signature.der_form", "stored in BER, but the signature is over the DER form";
    DerOrderSigned, "signature.der_order", "stored unsorted, but the signature is over the sorted attributes";
    RawSignature, "signature.raw", "the signature value is 64 bare octets instead of SEQUENCE{r,s}";
    NegativeNumber, "signature.negative", "r or s lacks its sign octet, so that it reads as a negative number";
    BareSignature, "cms.bare_signature", "a bare SM2 signature value instead of SignedData";
    KeyAsSignatureOid, "oid.key_as_signature", "the signature algorithm names the key's algorithm";
    MisspeltSignatureOid, "oid.misspelt_signature", "the signature algorithm is written 1.2.156.10197.501, an arc left out";
    KeyedDigestOid, "oid.keyed_digest", "the digest algorithm is keyed SM3 (1.2.156.10197.1.401.2)";
    ForeignContentType, "cms.foreign_oid", "content types of RFC 5652 instead of GB/T 35275";
    CmsVersion, "cms.version", "a version number that the structure does not have";
    Base64Digest, "cms.base64_digest", "the content is a digest in Base64 text";
    SignedContentType, "cms.content_type", "the signed attributes name another content type than the content's";
    DigestNotAnnounced, "cms.digest_algorithms", "digestAlgorithms does not name the signer's digest algorithm";
    SubjectKeySigner, "cms.ski", "the signer is named by key identifier, which GB/T 35275 does not have";
    SealVersion, "ses.version", "the version number does not fit the structure";
    SignatureVersion, "ses.signature_version", "the version of the signature differs from the seal's";
    SignatureStructure, "ses.signature_structure", "the signature has fields of another standard than its seal";
    HeaderId, "ses.header_id", "the header's identifier is not ES";
    CertListType, "ses.cert_list_type", "certListType is neither 1 nor 2, or names the other form";
    CertListText, "ses.cert_list_text", "certList holds text instead of certificates";
    Wrapped, "ses.wrapped", "a structure wrapped in a string";
    ExtDatasTag, "ses.ext_datas_tag", "extDatas tagged otherwise than the standard asks";
    TimeStampTag, "ses.time_stamp_tag", "timeStamp tagged implicitly or without the bit string";
    OctetsForBits, "ses.octets_for_bits", "an octet string where a bit string is due";
    BareCertificate, "ses.bare_certificate", "a certificate that is not in its octet string";
    AlgorithmForOid, "ses.algorithm_for_oid", "an algorithm with parameters where a bare identifier is due";
    PictureType, "ses.picture_type", "the picture's bytes are of another kind than its type says";
    EmptyExtensions, "x509.empty_extensions", "an empty list of extensions";
    SerialNotPositive, "x509.serial", "a serial number that is not positive or too long";
    DoubledOctetString, "x509.doubled_octet_string", "an extension's value wrapped in another octet string";
    TsaVersion, "tsp.version", "a time-stamp structure with another version than 1";
    AlgorithmParameters, "algorithm.parameters", "parameters that the algorithm does not have";
    ContentTypeMissing, "cms.content_type_missing", "the signed attributes do not name the type of the content";
    DigestNotHashed, "cms.digest_not_hashed", "messageDigest is the digest that is the content, and not the digest of it";
}

impl fmt::Display for DeviationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The deviations met so far, in the order in which they were met.
///
/// Bounded: a file made of nothing but mistakes cannot fill the memory with notes.
#[derive(Debug, Default)]
pub struct Notes {
    list: RefCell<Vec<Deviation>>,
}

impl Notes {
    /// More notes than this are not kept; a report of that many says nothing new.
    pub const MAX: usize = 4096;

    pub(super) fn push(&self, deviation: Deviation) {
        let mut list = self.list.borrow_mut();
        if list.len() < Self::MAX && !list.contains(&deviation) {
            list.push(deviation);
        }
    }

    pub(super) fn take(&self) -> Vec<Deviation> {
        std::mem::take(&mut self.list.borrow_mut())
    }
}
