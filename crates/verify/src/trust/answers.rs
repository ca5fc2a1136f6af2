//! Answers of OCSP responders, and revocation information that comes inside a signed message (RFC 5652 §10.2.1,
//! RFC 5940). Either is believed for its own signature alone, so it does not matter who brings it.

use std::borrow::Cow;
use std::sync::Arc;

use formats::asn1::{Context, Mode, Tag};
use formats::cms::AdobeRevocation;
use formats::crl::Crl;
use formats::ocsp::{BasicResponse, OcspResponse, read_responses};
use formats::oid;
use formats::x509::Certificate;

use super::{Trust, TrustError};
use crate::certificate::Prepared;

/// Lists and answers inside one message that are looked at.
const MAX_EMBEDDED: usize = 16;
/// Certificates, lists and answers that a document keeps, each.
const MAX_KEPT: usize = 128;
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

    pub(crate) fn answers(&self) -> &[Arc<PreparedOcsp>] {
        &self.answers
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
        if let Some(archived) = archived {
            let lists = archived.crls.iter().filter(|der| der.len() <= MAX_EMBEDDED_LIST).take(MAX_EMBEDDED);
            lists.filter_map(|der| Crl::parse(der, Mode::Tolerant).ok()).for_each(|crl| more.add_crl(crl));
            let answers =
                archived.ocsps.iter().filter(|der| der.len() <= MAX_EMBEDDED_ANSWER).take(MAX_EMBEDDED);
            answers
                .filter_map(|der| OcspResponse::parse(der, Mode::Tolerant).ok()?.basic)
                .for_each(|basic| more.add_answer(basic));
        }
        for der in encodings.iter().take(MAX_EMBEDDED) {
            let is_answer = der.first() == Some(&Tag::context(1).0);
            if is_answer && der.len() <= MAX_EMBEDDED_ANSWER {
                if let Some(basic) = embedded_answer(der) {
                    more.add_answer(basic);
                }
            } else if !is_answer
                && der.len() <= MAX_EMBEDDED_LIST
                && let Ok(crl) = Crl::parse(der, Mode::Tolerant)
            {
                more.add_crl(crl);
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
}

impl Trust {
    /// The same trust with what a document keeps. Certificates may complete a path and are never trusted by themselves;
    /// what cannot be read is left out.
    pub(crate) fn with_evidence(&self, evidence: &Evidence) -> Cow<'_, Self> {
        if evidence.certificates.is_empty() && evidence.lists.is_empty() && evidence.answers.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut more = self.clone();
        for der in evidence.certificates.iter().take(MAX_KEPT) {
            if let Ok(certificate) = Certificate::parse(der, Mode::Tolerant) {
                more.add_intermediate(certificate);
            }
        }
        for der in evidence.lists.iter().take(MAX_KEPT).filter(|der| der.len() <= MAX_EMBEDDED_LIST) {
            if let Ok(list) = Crl::parse(der, Mode::Tolerant) {
                more.add_crl(list);
            }
        }
        for der in evidence.answers.iter().take(MAX_KEPT).filter(|der| der.len() <= MAX_EMBEDDED_ANSWER) {
            if let Some(answer) =
                OcspResponse::parse(der, Mode::Tolerant).ok().and_then(|response| response.basic)
            {
                more.add_answer(answer);
            }
        }
        Cow::Owned(more)
    }
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
