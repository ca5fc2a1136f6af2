//! A seal beside a plain signature: its value holds none, and the description names the file of one, which readers show.
//! What is shown as a seal is judged as one, whatever the type of the signature: its maker, its period, its filing, and
//! whether it is the signer's.

use formats::asn1::{DeviationKind, Mode};
use formats::ses::{Seal, SesError};
use formats::x509::Certificate;

use super::Judged;
use crate::catalogue as rule;
use crate::checks::{Checks, Outcomes};
use crate::deviation;
use crate::finding::Findings;
use crate::identity;
use crate::options::Options;
use crate::seal::{self, Occasion, SealFacts, Used};
use crate::text::{Detail, printable};
use crate::trust::{SealIdentity, Trust};
use crate::verdict::Status;

/// What is known of such a seal before any signature was verified.
#[derive(Debug)]
pub(crate) struct SealBeside {
    seal: Seal,
    notes: Vec<DeviationKind>,
    fault: Option<SesError>,
    facts: SealFacts,
}

impl SealBeside {
    /// Reads the file of a seal.
    ///
    /// # Errors
    /// What is wrong with it when it is no seal.
    pub(crate) fn gather(file: &[u8], trust: &Trust, checks: &mut Checks) -> Result<Self, String> {
        let read = Seal::parse_bearing(file, Mode::Tolerant).map_err(|error| error.to_string())?;
        let (seal, notes, fault) = read;
        let facts = SealFacts::gather(&seal, trust, checks);
        Ok(Self { seal, notes: deviation::kinds(&notes).collect(), fault, facts })
    }

    /// What identifies it in a register.
    pub(crate) fn identity(&self) -> SealIdentity {
        seal::identity(&self.seal)
    }

    /// Judges it as the seal of a signature that was judged by itself before, and tells it there.
    pub(crate) fn judge(
        &self,
        judged: &mut Judged,
        trust: &Trust,
        options: &Options,
        outcomes: &Outcomes,
        findings: &mut Findings,
    ) {
        // By the clauses of the seal, which those of a plain signature know nothing of.
        let mut own = Findings::new(seal::scheme(self.seal.version));
        match &self.fault {
            None => own.add(&rule::SEAL_FORMAT, Status::Good),
            Some(fault) => own.add_with(&rule::SEAL_FORMAT, Status::Bad, Detail::same(fault.to_string())),
        }
        deviation::report(&rule::SEAL_DEVIATION, &self.notes, options.profile, &mut own);
        let signer = judged.signer.as_ref().and_then(|signer| Certificate::from_der(&signer.der).ok());
        if let Some(signer) = &judged.signer {
            seal::judge_signer_in_seal(&self.seal, &signer.der, &mut own);
        }
        let (at, stamped) = (judged.sign_time.unwrap_or(options.at), judged.stamp_time);
        let filing = seal::judge_register(&self.seal, (at, stamped), trust, &mut own);
        let filed = filing.as_ref().and_then(|filing| filing.since);
        let occasion = Occasion::Signed { at, stamped, proven: stamped.into_iter().chain(filed).min() };
        let used = Used { occasion, signer: signer.as_ref(), is_filed: filing.is_some() };
        self.facts.judge(&self.seal, used, trust, options, outcomes, &mut own);
        if filing.is_some() {
            let maker = self.facts.maker_certificate();
            identity::judge(&self.identity(), signer.as_ref(), maker, trust, &mut own);
        }
        let summary = seal::summary(&self.seal, signer.as_ref(), self.facts.sm3(outcomes));
        let (code, kind) = filing.map_or_else(
            || (self.seal.es_id.clone(), summary.name.clone()),
            |filing| (filing.seal_code, filing.seal_type),
        );
        judged.seal = Some(summary);
        judged.seal_code = Some(printable(&code));
        judged.seal_type = Some(printable(&kind));
        judged.maker = self.facts.maker();
        findings.append(own);
    }
}
