//! Certificate extensions (RFC 5280 §4.2).
//!
//! `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`

use super::{Identity, NameConstraints, X509Error};
use crate::asn1::{Asn1Error, Asn1ErrorKind, BitString, DeviationKind, Reader, Tag, Value};
use crate::oid::{self, Oid};

/// Extensions in one certificate; real ones have about ten.
const MAX_EXTENSIONS: usize = 128;
/// Entries in one extension's list.
const MAX_ENTRIES: usize = 256;

/// One extension as it is encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its identifier.
    pub oid: Oid,
    /// True when who does not know it must refuse.
    pub critical: bool,
    /// The content of extnValue.
    pub value: Vec<u8>,
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.oid, if self.critical { " critical" } else { "" })
    }
}

/// Key usage (RFC 5280 §4.2.1.3) as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// nonRepudiation (contentCommitment).
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// dataEncipherment.
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    /// keyAgreement.
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// keyCertSign.
    pub const KEY_CERT_SIGN: Self = Self(0x0400);
    /// cRLSign.
    pub const CRL_SIGN: Self = Self(0x0200);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn from_bits(bits: &BitString) -> Self {
        let octet = |index: usize| u16::from(bits.bytes.get(index).copied().unwrap_or(0));
        Self((octet(0) << 8) | octet(1))
    }
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The subject may issue certificates.
    pub ca: bool,
    /// Certification authorities that may follow below it.
    pub path_len: Option<u32>,
}

/// All extensions: as encoded, and those that are understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// All, in encoded order.
    pub all: Vec<Extension>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage.
    pub extended_key_usage: Option<Vec<Oid>>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Addresses of revocation lists.
    pub crl_urls: Vec<String>,
    /// Addresses of OCSP services.
    pub ocsp_urls: Vec<String>,
    /// Addresses of the issuer's certificate.
    pub issuer_urls: Vec<String>,
    /// nameConstraints, of an authority.
    pub name_constraints: Option<NameConstraints>,
    /// certificatePolicies, the identifiers alone.
    pub policies: Vec<Oid>,
    /// Identity extensions.
    pub identities: Vec<Identity>,
    /// Critical extensions that nobody here understands: a verifier must refuse.
    pub unknown_critical: Vec<Oid>,
}

impl Extensions {
    /// The extension with an identifier.
    pub fn get(&self, oid: &Oid) -> Option<&Extension> {
        self.all.iter().find(|extension| extension.oid == *oid)
    }

    /// True when the extension is there and critical.
    pub fn is_critical(&self, oid: &Oid) -> bool {
        self.get(oid).is_some_and(|extension| extension.critical)
    }

    /// Reads `Extensions ::= SEQUENCE OF Extension`.
    ///
    /// # Errors
    /// When malformed, or one occurs twice.
    pub fn read(value: &Value<'_>) -> Result<Self, X509Error> {
        let mut extensions = Self::default();
        let mut list = value.sequence()?;
        if list.is_empty() {
            value.note(DeviationKind::EmptyExtensions)?;
        }
        while !list.is_empty() {
            let offset = list.offset();
            let (oid, critical, value) = read_extension(&mut list)?;
            if extensions.get(&oid).is_some() {
                return Err(X509Error::DuplicateExtension(oid));
            }
            if extensions.all.len() >= MAX_EXTENSIONS {
                return Err(Asn1ErrorKind::TooLarge.at(offset).into());
            }
            extensions.all.push(Extension { oid, critical, value: value.octets()?.into_owned() });
            if !extensions.understand(oid, &value)? && critical {
                extensions.unknown_critical.push(oid);
            }
        }
        Ok(extensions)
    }

    /// Takes in one extension; false when it is not one of those understood.
    fn understand(&mut self, oid: Oid, value: &Value<'_>) -> Result<bool, Asn1Error> {
        if let Some(kind) = Identity::kind_of(&oid) {
            self.identities.push(Identity::read(oid, kind, value)?);
            return Ok(true);
        }
        let inner = || inner(value);
        match oid {
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::from_bits(&inner()?.bit_string()?)),
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(&inner()?)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usage = Some(oids(&inner()?)?),
            oid::SUBJECT_KEY_IDENTIFIER => self.subject_key_id = Some(inner()?.octets()?.into_owned()),
            oid::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id = authority_key_id(&inner()?)?,
            oid::CRL_DISTRIBUTION_POINTS => self.crl_urls = distribution_points(&inner()?)?,
            oid::AUTHORITY_INFO_ACCESS => self.authority_info(&inner()?)?,
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(&inner()?)?),
            oid::CERTIFICATE_POLICIES => self.policies = policies(&inner()?)?,
            // Of these it is enough to know that they are there: nothing of ours depends on alternative names.
            oid::SUBJECT_ALT_NAME | oid::OCSP_NO_CHECK => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `SEQUENCE OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
    fn authority_info(&mut self, value: &Value<'_>) -> Result<(), Asn1Error> {
        let mut list = value.sequence()?;
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let method = fields.read(Tag::OID)?.oid()?;
            let Some(url) = fields.read_any()?.and_then(|name| url(&name)) else { continue };
            match method {
                oid::ACCESS_OCSP => push_bounded(&mut self.ocsp_urls, url, list.offset())?,
                oid::ACCESS_CA_ISSUERS => push_bounded(&mut self.issuer_urls, url, list.offset())?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads the fields of one extension; the third is the OCTET STRING.
pub(crate) fn read_extension<'a>(list: &mut Reader<'a>) -> Result<(Oid, bool, Value<'a>), Asn1Error> {
    let mut fields = list.sequence()?;
    let oid = fields.read(Tag::OID)?.oid()?;
    let critical = match fields.read_optional(Tag::BOOLEAN)? {
        None => false,
        Some(flag) => {
            let critical = flag.boolean()?;
            if !critical {
                flag.note(DeviationKind::DefaultEncoded)?;
            }
            critical
        }
    };
    let value = fields.read(Tag::OCTET_STRING)?;
    fields.finish()?;
    Ok((oid, critical, value))
}

/// The single value inside an extension's OCTET STRING.
pub(crate) fn inner<'a>(value: &Value<'a>) -> Result<Value<'a>, Asn1Error> {
    let mut reader = value.expect(Tag::OCTET_STRING)?.inner()?;
    let inner = reader.read_any()?.ok_or(Asn1ErrorKind::Truncated.at(reader.offset()))?;
    if !reader.is_empty() {
        reader.context().note(DeviationKind::TrailingBytes, reader.offset())?;
    }
    Ok(inner)
}

fn push_bounded<T>(list: &mut Vec<T>, item: T, offset: usize) -> Result<(), Asn1Error> {
    if list.len() >= MAX_ENTRIES {
        return Err(Asn1ErrorKind::TooLarge.at(offset));
    }
    list.push(item);
    Ok(())
}

fn basic_constraints(value: &Value<'_>) -> Result<BasicConstraints, Asn1Error> {
    let mut fields = value.sequence()?;
    let mut constraints = BasicConstraints::default();
    if let Some(flag) = fields.read_optional(Tag::BOOLEAN)? {
        constraints.ca = flag.boolean()?;
        if !constraints.ca {
            flag.note(DeviationKind::DefaultEncoded)?;
        }
    }
    if let Some(number) = fields.read_optional(Tag::INTEGER)? {
        let length = number.integer()?;
        let length =
            u32::try_from(length).map_err(|_| number.error(Asn1ErrorKind::Content("path length")))?;
        constraints.path_len = Some(length);
    }
    fields.finish()?;
    Ok(constraints)
}

fn oids(value: &Value<'_>) -> Result<Vec<Oid>, Asn1Error> {
    let mut list = value.sequence()?;
    let mut oids = Vec::new();
    while !list.is_empty() {
        let oid = list.read(Tag::OID)?.oid()?;
        push_bounded(&mut oids, oid, list.offset())?;
    }
    Ok(oids)
}

/// `SEQUENCE { keyIdentifier [0] OPTIONAL, authorityCertIssuer [1] OPTIONAL, authorityCertSerialNumber [2] OPTIONAL }`
pub(crate) fn authority_key_id(value: &Value<'_>) -> Result<Option<Vec<u8>>, Asn1Error> {
    let mut fields = value.sequence()?;
    let mut id = None;
    while let Some(field) = fields.read_any()? {
        if field.tag() == Tag::context_primitive(0) {
            id = Some(field.content().to_vec());
        }
    }
    Ok(id)
}

/// `SEQUENCE OF SEQUENCE { distributionPoint [0] { fullName [0] GeneralNames, … } OPTIONAL, reasons [1], cRLIssuer [2] }`
fn distribution_points(value: &Value<'_>) -> Result<Vec<String>, Asn1Error> {
    let mut urls = Vec::new();
    let mut points = value.sequence()?;
    while !points.is_empty() {
        let mut fields = points.sequence()?;
        let Some(point) = fields.read_optional(Tag::context(0))? else { continue };
        let Some(full_name) = point.children()?.read_optional(Tag::context(0))? else { continue };
        let mut names = full_name.children()?;
        while let Some(name) = names.read_any()? {
            if let Some(url) = url(&name) {
                push_bounded(&mut urls, url, name.offset())?;
            }
        }
    }
    Ok(urls)
}

/// A GeneralName of the form `uniformResourceIdentifier [6] IA5String`.
fn url(name: &Value<'_>) -> Option<String> {
    if name.tag() != Tag::context_primitive(6) {
        return None;
    }
    let text = std::str::from_utf8(name.content()).ok()?;
    (text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control())).then(|| text.to_owned())
}

fn policies(value: &Value<'_>) -> Result<Vec<Oid>, Asn1Error> {
    let mut list = value.sequence()?;
    let mut policies = Vec::new();
    while !list.is_empty() {
        let oid = list.sequence()?.read(Tag::OID)?.oid()?;
        push_bounded(&mut policies, oid, list.offset())?;
    }
    Ok(policies)
}
