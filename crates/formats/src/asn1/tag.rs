//! Identifier octets (X.690 §8.1.2), low tag numbers only: no structure of ours has a number above 30.

use std::fmt;

/// One identifier octet: class, constructed bit and tag number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self(0x04);
    /// NULL.
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self(0x0A);
    /// UTF8String.
    pub const UTF8_STRING: Self = Self(0x0C);
    /// NumericString.
    pub const NUMERIC_STRING: Self = Self(0x12);
    /// PrintableString.
    pub const PRINTABLE_STRING: Self = Self(0x13);
    /// TeletexString (T61String).
    pub const TELETEX_STRING: Self = Self(0x14);
    /// IA5String.
    pub const IA5_STRING: Self = Self(0x16);
    /// UTCTime.
    pub const UTC_TIME: Self = Self(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// VisibleString.
    pub const VISIBLE_STRING: Self = Self(0x1A);
    /// GeneralString.
    pub const GENERAL_STRING: Self = Self(0x1B);
    /// UniversalString.
    pub const UNIVERSAL_STRING: Self = Self(0x1C);
    /// BMPString.
    pub const BMP_STRING: Self = Self(0x1E);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self(0x30);
    /// SET and SET OF.
    pub const SET: Self = Self(0x31);

    /// `[number]` constructed: an explicit tag, or an implicit one over a constructed type.
    pub const fn context(number: u8) -> Self {
        Self(0xA0 | (number & 0x1F))
    }

    /// `[number]` primitive: an implicit tag over a primitive type.
    pub const fn context_primitive(number: u8) -> Self {
        Self(0x80 | (number & 0x1F))
    }

    /// True when the constructed bit is set.
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// The same tag with the constructed bit cleared.
    #[must_use]
    pub const fn primitive(self) -> Self {
        Self(self.0 & !0x20)
    }

    /// The same tag with the constructed bit set.
    #[must_use]
    pub const fn constructed(self) -> Self {
        Self(self.0 | 0x20)
    }

    /// True for the string types, which alone may come in segments in BER.
    pub const fn is_string(self) -> bool {
        matches!(self.primitive().0, 0x03 | 0x04 | 0x0C | 0x12..=0x16 | 0x19..=0x1C | 0x1E)
    }

    /// True for a tag of the universal class.
    pub const fn is_universal(self) -> bool {
        self.0 & 0xC0 == 0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::BOOLEAN => "BOOLEAN",
            Self::INTEGER => "INTEGER",
            Self::BIT_STRING => "BIT STRING",
            Self::OCTET_STRING => "OCTET STRING",
            Self::NULL => "NULL",
            Self::OID => "OBJECT IDENTIFIER",
            Self::ENUMERATED => "ENUMERATED",
            Self::UTF8_STRING => "UTF8String",
            Self::PRINTABLE_STRING => "PrintableString",
            Self::IA5_STRING => "IA5String",
            Self::UTC_TIME => "UTCTime",
            Self::GENERALIZED_TIME => "GeneralizedTime",
            Self::SEQUENCE => "SEQUENCE",
            Self::SET => "SET",
            Self(octet) if octet & 0xC0 == 0x80 => return write!(f, "[{}]", octet & 0x1F),
            Self(octet) => return write!(f, "tag 0x{octet:02X}"),
        };
        f.write_str(name)
    }
}
