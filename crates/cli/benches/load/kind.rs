//! The calls that are measured, and the two ways they go.

use bytes::Bytes;
use client::ClientError;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SealTypeFilter, SignFormat};
use protocol::tables::{CloudSignRequest, ConsentApplyRequest, ConsentResultRequest, SealQueryRequest};
use protocol::wire::Canonical;
use protocol::{AuthId, Base64Data, CertNumber, Endpoint, OrgCode, SealCode, Uscc};
use testkit::pki::TEST_USCC;

use crate::raw::signed;
use crate::world::{SIGNING_USCC, World};
use crate::{Failure, said};

/// The code of success.
const SUCCESS: &str = "0";

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The result of a consent for a seal that nobody filed: the platform refuses it by itself.
    Gateway,
    /// The seals of an organisation: one, with picture, certificate and signers.
    Query,
    /// A signature (P7) that a signer agreed to.
    Sign,
}

/// How it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the seal system itself.
    Direct,
    /// To the platform.
    Routed,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Routed => "routed",
        }
    }
}

/// A signed request.
pub(crate) struct Prepared {
    pub(crate) body: Bytes,
    pub(crate) canonical: Canonical,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway alone",
            Self::Query => "get seals",
            Self::Sign => "sign",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Gateway => ConsentOutcome::INFO.path,
            Self::Query => SealQuery::INFO.path,
            Self::Sign => CloudSign::INFO.path,
        }
    }

    /// The ways that are compared.
    pub(crate) fn ways(self) -> &'static [Way] {
        if self == Self::Gateway { &[Way::Routed] } else { &[Way::Direct, Way::Routed] }
    }

    /// Rates in requests a second, where none are given. Each signature needs a consent of its own beforehand, so these
    /// end early.
    pub(crate) fn rates(self) -> Vec<u32> {
        match self {
            Self::Gateway => [100, 200, 400, 800, 1600, 3200, 6400].into(),
            Self::Query => [25, 50, 100, 200, 400, 800, 1600].into(),
            Self::Sign => [10, 20, 40, 80].into(),
        }
    }

    /// SM2 at the platform for one call: verifications by known keys, and signatures. It verifies the request and signs
    /// the answer; where it routes, it also signs a request of its own and verifies the answer, and what is in it: the
    /// seal's maker, or the signature that was made.
    pub(crate) fn sm2(self) -> (u32, u32) {
        match self {
            Self::Gateway => (1, 1),
            Self::Query | Self::Sign => (3, 2),
        }
    }

    /// The code that every call is answered with, from one call in each way.
    pub(crate) async fn expected(self, world: &World) -> Result<String, Failure> {
        if self != Self::Gateway {
            return Ok(SUCCESS.to_owned());
        }
        match world.client(Way::Routed).call::<ConsentOutcome>(&unknown()?).await {
            Err(ClientError::Refused(refusal)) if !refusal.retryable => Ok(refusal.code),
            other => Err(format!("a seal that nobody filed: {:?}", other.map(|_| ())).into()),
        }
    }

    /// `count` requests, signed.
    pub(crate) async fn prepare(
        self,
        world: &World,
        way: Way,
        count: usize,
    ) -> Result<Vec<Prepared>, Failure> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(match self {
                Self::Gateway => one::<ConsentOutcome>(world, way, &unknown()?),
                Self::Query => one::<SealQuery>(world, way, &query(TEST_USCC, None)?),
                Self::Sign => one::<CloudSign>(world, way, &agreed(world, way).await?),
            });
        }
        Ok(all)
    }
}

fn one<E: Endpoint>(world: &World, way: Way, request: &E::Request) -> Prepared {
    let (body, canonical) = signed::<E>(&world.peer(way).id, &world.app_id, &world.key, request);
    Prepared { body: body.into(), canonical }
}

fn unknown() -> Result<ConsentResultRequest, Failure> {
    Ok(ConsentResultRequest {
        auth_id: AuthId::parse("0123456789abcdef0123456789abcdef").map_err(said)?,
        seal_code: SealCode::parse("E11101080A0101000000001F").map_err(said)?,
    })
}

/// The seals of an organisation, or the one with a certificate.
pub(crate) fn query(
    organisation: &str,
    certificate: Option<CertNumber>,
) -> Result<SealQueryRequest, Failure> {
    Ok(SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(organisation).map_err(said)?,
        seal_type: SealTypeFilter::All,
        cert_type: None,
        cert_number: certificate,
        ukey_id: None,
    })
}

/// A request to sign that a signer has agreed to, on the page of the seal system.
async fn agreed(world: &World, way: Way) -> Result<CloudSignRequest, Failure> {
    let (client, turn) = (world.client(way), world.signer()?);
    let organisation = || Uscc::parse(SIGNING_USCC).map_err(said);
    let mut seals = client.call::<SealQuery>(&query(SIGNING_USCC, Some(turn.certificate))?).await?.data;
    let info = seals.pop().ok_or("the signing seal is not there")?;
    let apply = ConsentApplyRequest {
        org_code: Some(organisation()?),
        name: None,
        id_card: None,
        mobile: turn.mobile,
        seal_code: info.seal_code.clone(),
        redirect_url: None,
        doc_hash: None,
        hash_type: None,
        doc_name: None,
        sign_id: None,
        expire_time: None,
        doc_hashes: None,
        doc_names: None,
    };
    let applied = client.call::<ConsentApply>(&apply).await?.data;
    world.phone.agree(&applied.auth_url).await;
    let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: info.seal_code.clone() };
    let given = client.call::<ConsentOutcome>(&ask).await?.data;
    Ok(CloudSignRequest {
        seal_code: info.seal_code,
        auth_id: given.auth_id,
        auth_code: given.auth_code,
        format: SignFormat::P7,
        doc_hash: Base64Data::from(world.random.bytes::<32>().to_vec()),
        credent_no: turn.id_card,
        org_code: Some(organisation()?),
        sign_id: info.sign_id,
        hash_type: HashType::Sm3,
    })
}
