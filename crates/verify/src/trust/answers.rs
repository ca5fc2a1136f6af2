//! Answers of OCSP responders, and revocation information that comes inside a signed message (RFC 5652 §10.2.1,
//! RFC 5940). Either is believed for its own signature alone, so it does not matter who brings it.

use std::borrow::Cow;
use std::sync::Arc;

use formats::asn1::{Context, Mode, Tag};
use formats::cms::AdobeRevocation;
use formats::crl::Crl;
use formats::ocsp::{BasicResponse, OcspResponse, read_responses};
use formats::oid;

use super::{PreparedCrl, Trust, TrustError};
use crate::certificate::Prepared;
use crate::checks::Source;

/// Certificates, lists and answers that a document brings, each: those that it keeps and those inside one message. A
/// document of a thousand signatures keeps a thousand answers.
const MAX_BROUGHT: usize = 4_096;
/// Longest list inside a message, in bytes.
const MAX_EMBEDDED_LIST: usize = 4 << 20;
/// Longest answer inside a message, in bytes: an honest one is about one certificate.
const MAX_EMBEDDED_ANSWER: usize = 64 << 10;

/// An answer made ready.
#[derive(Debug)]
pub(crate) struct PreparedOcsp {
    pub(crate) basic: BasicResponse,
    /// The certificates sent along.
    pub(crate) certs: Vec<Arc<Prepared>>,
    /// SM3 over the answer.
    pub(crate) sm3: [u8; 32],
}

impl Trust {
    /// Adds an answer of an OCSP responder. Its signature, and whether its signer may answer, are checked where it is
    /// used.
    pub fn add_answer(&mut self, basic: BasicResponse) {
        let sm3 = crypto::sm3::digest(basic.der());
        if self.answers.iter().all(|known| known.sm3 != sm3) {
            let certs = Prepared::parse_beside(&basic.certs);
            self.answers.push(Arc::new(PreparedOcsp { basic, certs, sm3 }));
        }
    }

    /// Takes in answers of OCSP responders, PEM or DER.
    ///
    /// # Errors
    /// When the bytes hold no answer.
    pub fn add_answers(&mut self, file: &[u8]) -> Result<usize, TrustError> {
        let answers = read_responses(file).map_err(|error| TrustError::Ocsp(error.to_string()))?;
        let count = answers.len();
        for answer in answers {
            self.add_answer(answer);
        }
        Ok(count)
    }

    /// Answers with who brought them, one's own first.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (Source, &Arc<PreparedOcsp>)> {
        let own = self.answers.iter().map(|answer| (Source::Own, answer));
        own.chain(self.brought.answers.iter().map(|answer| (Source::Document, answer)))
    }

    fn bring_answer(&mut self, der: &[u8], read: impl FnOnce(&[u8]) -> Option<BasicResponse>) {
        let Some(basic) = Some(der).filter(|der| der.len() <= MAX_EMBEDDED_ANSWER).and_then(read) else {
            return;
        };
        let sm3 = crypto::sm3::digest(basic.der());
        if self.answers().any(|(_, known)| known.sm3 == sm3) {
            return;
        }
        if self.brought.answers.len() >= MAX_BROUGHT {
            self.brought.is_cut_off = true;
            return;
        }
        let certs = Prepared::parse_beside(&basic.certs);
        self.brought.answers.push(Arc::new(PreparedOcsp { basic, certs, sm3 }));
    }

    fn bring_crl(&mut self, der: &[u8]) {
        if der.len() > MAX_EMBEDDED_LIST {
            return;
        }
        let sm3 = crypto::sm3::digest(der);
        if self.crls().any(|(_, known)| known.sm3 == sm3) {
            return;
        }
        let Ok(crl) = Crl::parse(der, Mode::Tolerant) else { return };
        if self.brought.crls.len() >= MAX_BROUGHT {
            self.brought.is_cut_off = true;
            return;
        }
        self.brought.crls.push(Arc::new(PreparedCrl { crl, sm3 }));
    }

    fn bring_authority(&mut self, der: &[u8]) {
        let Some(prepared) = Prepared::parse(der) else { return };
        let known = self.authorities().chain(self.brought_authorities());
        if known.into_iter().any(|known| known.sm3 == prepared.sm3) {
            return;
        }
        if self.brought.authorities.len() >= MAX_BROUGHT {
            self.brought.is_cut_off = true;
            return;
        }
        self.brought.authorities.push(prepared);
    }

    /// The same trust with the revocation information that stands inside a message; what cannot be read is left out.
    /// `archived` is what stands among the signed attributes of one signer.
    pub(crate) fn with_embedded(
        &self,
        encodings: &[Vec<u8>],
        archived: Option<&AdobeRevocation>,
    ) -> Cow<'_, Self> {
        if encodings.is_empty() && archived.is_none() {
            return Cow::Borrowed(self);
        }
        let mut more = self.clone();
        // What the signer signed comes before what anybody can put in.
        if let Some(archived) = archived {
            archived.crls.iter().for_each(|der| more.bring_crl(der));
            archived.ocsps.iter().for_each(|der| more.bring_answer(der, answer));
        }
        for der in encodings {
            if der.first() == Some(&Tag::context(1).0) {
                more.bring_answer(der, embedded_answer);
            } else {
                more.bring_crl(der);
            }
        }
        Cow::Owned(more)
    }
}

/// What a document keeps so that its signatures can be judged later, encoded (the security store of a PDF).
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) lists: Vec<Vec<u8>>,
    pub(crate) answers: Vec<Vec<u8>>,
    /// True when there is more than is read.
    pub(crate) is_cut_off: bool,
}

impl Trust {
    /// The same trust with what a document keeps. Certificates may complete a path and are never trusted by themselves;
    /// what cannot be read is left out.
    pub(crate) fn with_evidence(&self, evidence: &Evidence) -> Cow<'_, Self> {
        let is_empty =
            evidence.certificates.is_empty() && evidence.lists.is_empty() && evidence.answers.is_empty();
        if is_empty && !evidence.is_cut_off {
            return Cow::Borrowed(self);
        }
        let mut more = self.clone();
        more.brought.is_cut_off |= evidence.is_cut_off;
        evidence.certificates.iter().for_each(|der| more.bring_authority(der));
        evidence.lists.iter().for_each(|der| more.bring_crl(der));
        evidence.answers.iter().for_each(|der| more.bring_answer(der, answer));
        Cow::Owned(more)
    }
}

fn answer(der: &[u8]) -> Option<BasicResponse> {
    OcspResponse::parse(der, Mode::Tolerant).ok()?.basic
}

/// `other [1] IMPLICIT SEQUENCE { otherRevInfoFormat OBJECT IDENTIFIER, otherRevInfo ANY }` with an OCSPResponse.
fn embedded_answer(der: &[u8]) -> Option<BasicResponse> {
    let context = Context::new(Mode::Tolerant);
    let value = context.top(der).ok()?;
    if value.tag() != Tag::context(1) {
        return None;
    }
    let mut fields = value.children().ok()?;
    let form = fields.read(Tag::OID).ok()?.oid().ok()?;
    let info = fields.read_any().ok()??;
    let is_answer = form == oid::RI_OCSP_RESPONSE;
    if is_answer { OcspResponse::parse(info.raw(), Mode::Tolerant).ok()?.basic } else { None }
}
