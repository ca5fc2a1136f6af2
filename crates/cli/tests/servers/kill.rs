//! `kill -9` in the middle of signing, at the platform, at the seal system, at both, again and again: each signId
//! leads to one signature, everything that was handed out is in the evidence log, and nothing can be replayed.
//!
//! When something is killed is drawn from a seed that is printed; `SEALBRIDGE_SEED` repeats a run.

use std::time::{Duration, Instant};

use client::{Client, ClientError};
use crypto::{Random, Sm2KeyPair};
use formats::asn1::Mode;
use formats::cms::SignedData;
use protocol::endpoints::{CloudSign, ConsentApply, ConsentOutcome, SealQuery};
use protocol::lists::{HashType, SealTypeFilter, SignFormat};
use protocol::tables::{CloudSignRequest, ConsentApplyRequest, ConsentResultRequest, SealQueryRequest};
use protocol::{Base64Data, IdCard, Mobile, OrgCode, SealCode, SignId, Uscc};
use testkit::pki::{TEST_USCC, fixed_random};
use testkit::process::Program;

use crate::books::{Books, State, Watch};
use crate::phone::Phone;
use crate::raw::{Raw, Reply};
use crate::seal_system::{SIGNERS, SealSystem};
use crate::site::Site;

const A: &str = "system-a";
/// With the two undisturbed ones, as many requests as the signers get one-time codes in a day.
const ROUNDS: usize = 18;
/// How long the same request is repeated until it is answered.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Platform,
    SealSystem,
    Both,
}

/// Who is killed in which round, over and over.
const VICTIMS: [Victim; 5] =
    [Victim::Platform, Victim::Platform, Victim::SealSystem, Victim::Platform, Victim::Both];

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Some time after the request was sent, drawn.
    Drawn,
    /// As soon as the platform's database shows the signId in this state: between one commit and the next.
    Seen(State),
    /// As soon as the seal system's database holds the signature.
    Made,
}

/// The moments of the rounds, over and over; one fewer than victims, so that every pair occurs.
const MOMENTS: [Moment; 4] =
    [Moment::Drawn, Moment::Seen(State::Used), Moment::Seen(State::Signing), Moment::Made];

struct World {
    site: Site,
    platform: Option<Program>,
    b: Option<Program>,
    seal_system: SealSystem,
    a: Client,
    raw: Raw,
    phone: Phone,
    watch: Watch,
    seal_code: SealCode,
    dice: Random,
    /// Every request and the signatures that were handed out for it.
    handed_out: Vec<(CloudSignRequest, Vec<Vec<u8>>)>,
}

impl World {
    async fn new(seed: &str) -> Self {
        let site = Site::new();
        let platform = site.platform();
        let key: Sm2KeyPair = site.join(A, "0A01", None);
        let seal_system = SealSystem::join(&site).await;
        let b = SealSystem::start(&site);
        let a = site.client(A, &key);
        let seals = a.call::<SealQuery>(&query()).await.unwrap().data;
        let [seal] = seals.as_slice() else { panic!("{} seals", seals.len()) };
        Self {
            raw: Raw::new(platform.url(), A, key),
            watch: Watch::open(&site).await,
            phone: Phone::new(&site.path("messages")),
            seal_code: seal.seal_code.clone(),
            dice: fixed_random(seed),
            platform: Some(platform),
            b: Some(b),
            handed_out: Vec::new(),
            site,
            seal_system,
            a,
        }
    }

    /// A request that the signer has agreed to.
    async fn ready_to_sign(&self) -> CloudSignRequest {
        let number = self.handed_out.len();
        let (_, mobile, id_card) = SIGNERS[number % SIGNERS.len()];
        let info = self.a.call::<SealQuery>(&query()).await.unwrap().data.remove(0);
        let apply = ConsentApplyRequest {
            org_code: Some(Uscc::parse(TEST_USCC).unwrap()),
            name: None,
            id_card: None,
            mobile: Mobile::parse(mobile).unwrap(),
            seal_code: self.seal_code.clone(),
            redirect_url: None,
            doc_hash: None,
            hash_type: None,
            doc_name: None,
            sign_id: None,
            expire_time: None,
            doc_hashes: None,
            doc_names: None,
        };
        let applied = self.a.call::<ConsentApply>(&apply).await.unwrap().data;
        self.phone.agree(&applied.auth_url).await;
        let ask = ConsentResultRequest { auth_id: applied.auth_id, seal_code: self.seal_code.clone() };
        let given = self.a.call::<ConsentOutcome>(&ask).await.unwrap().data;
        CloudSignRequest {
            seal_code: self.seal_code.clone(),
            auth_id: given.auth_id,
            auth_code: given.auth_code,
            format: if number.is_multiple_of(2) { SignFormat::P1 } else { SignFormat::P7 },
            doc_hash: Base64Data::from(self.dice.bytes::<32>().to_vec()),
            credent_no: IdCard::parse(id_card).unwrap(),
            org_code: Some(Uscc::parse(TEST_USCC).unwrap()),
            sign_id: info.sign_id,
            hash_type: HashType::Sm3,
        }
    }

    /// How long a signature takes when nobody is killed.
    async fn undisturbed(&mut self) -> Duration {
        let mut slowest = Duration::ZERO;
        for _ in 0..2 {
            let request = self.ready_to_sign().await;
            let started = Instant::now();
            let value = self.a.call::<CloudSign>(&request).await.unwrap().data;
            slowest = slowest.max(started.elapsed());
            self.handed_out.push((request, vec![value.sign_data.into_bytes()]));
        }
        slowest
    }

    /// Waits for the moment to kill.
    async fn wait(&self, moment: Moment, sign_id: &SignId, usual: Duration) {
        match moment {
            Moment::Drawn => {
                // From the sending to a little after a signature usually is there.
                let share = f64::from(u32::from_le_bytes(self.dice.bytes())) / f64::from(u32::MAX);
                tokio::time::sleep(usual.mul_f64(share * 1.2)).await;
            }
            Moment::Seen(state) => self.watch.until(sign_id, state).await,
            Moment::Made => self.watch.until_made(sign_id).await,
        }
    }

    fn kill(&mut self, victim: Victim) {
        if victim != Victim::SealSystem {
            self.platform.take().unwrap().kill();
        }
        if victim != Victim::Platform {
            self.b.take().unwrap().kill();
        }
    }

    fn start_again(&mut self) {
        if self.b.is_none() {
            self.b = Some(SealSystem::start(&self.site));
        }
        if self.platform.is_none() {
            self.platform = Some(self.site.platform());
        }
    }

    /// One request, interrupted, and repeated until it is answered. Whether the first sending was answered.
    async fn round(&mut self, victim: Victim, moment: Moment, usual: Duration) -> bool {
        let request = self.ready_to_sign().await;
        let (accepted, sent) = (self.raw.body::<SealQuery>(&query()), self.raw.body::<CloudSign>(&request));
        let reply = self.raw.post::<SealQuery>(accepted.clone()).await;
        assert_eq!(reply.map(|reply| reply.code).as_deref(), Some("0"));

        let raw = self.raw.clone();
        let first = tokio::spawn({
            let sent = sent.clone();
            async move { raw.post::<CloudSign>(sent).await }
        });
        self.wait(moment, &request.sign_id, usual).await;
        self.kill(victim);
        let first = first.await.unwrap();
        let state = self.watch.state(&request.sign_id).await;
        println!("{victim:?} {moment:?}: first answer {first:?}, signId {state:?}");
        let answered = first.as_ref().is_some_and(|reply| reply.code == "0");
        self.start_again();

        let mut got: Vec<Vec<u8>> = first.and_then(Reply::signature).into_iter().collect();
        // What was let in before the kill is a replay after it.
        let replayed = self.raw.post::<SealQuery>(accepted).await.unwrap();
        assert_eq!(replayed.code, "10006", "a nonce was forgotten");
        // The interrupted request may have been let in or not; if not, it is as good as new.
        let again = self.raw.post::<CloudSign>(sent.clone()).await.unwrap();
        assert!(!answered || again.code == "10006", "{}", again.code);
        got.extend(again.signature());
        let once_more = self.raw.post::<CloudSign>(sent).await.unwrap();
        assert_eq!(once_more.code, "10006", "sent twice to the platform that runs now");
        if state != State::Issued {
            self.refuses_another_document(&request).await;
        }
        // Two at once, and one more: all the same.
        let (one, other) = tokio::join!(insist(&self.a, &request), insist(&self.a, &request));
        got.extend([one, other, insist(&self.a, &request).await]);
        self.handed_out.push((request, got));
        answered
    }

    /// A signId that was bound to a document before the kill signs no other after it.
    async fn refuses_another_document(&self, request: &CloudSignRequest) {
        let other = CloudSignRequest { doc_hash: Base64Data::from(vec![7; 32]), ..request.clone() };
        let until = Instant::now() + PATIENCE;
        loop {
            match self.a.call::<CloudSign>(&other).await {
                Err(ClientError::Refused(refusal)) if !refusal.retryable => {
                    assert_eq!(refusal.code, "40006");
                    return;
                }
                Err(error) => assert!(Instant::now() < until, "never answered: {error}"),
                Ok(_) => panic!("another document was signed under a used signId"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The books of both sides, and everything that was handed out.
    async fn check(&self) {
        let books = Books::read(&self.site).await;
        assert_eq!(books.released.len(), self.handed_out.len(), "one signature released for each signId");
        assert_eq!(books.made.len(), self.handed_out.len(), "one signature made for each signId");
        for (request, signatures) in &self.handed_out {
            let signature = signatures.first().unwrap();
            assert!(signatures.iter().all(|other| other == signature), "{}: two signatures", request.sign_id);
            self.verify(request, signature);
            assert!(books.released.contains(signature), "{}: handed out without evidence", request.sign_id);
            let stored = self.watch.stored(&request.sign_id).await;
            assert_eq!(stored.platform.as_ref(), Some(signature), "{}", request.sign_id);
            assert_eq!(stored.seal_system.as_ref(), Some(signature), "{}", request.sign_id);
            let made = books.made.iter().filter(|made| *made == request.sign_id.as_str()).count();
            assert_eq!(made, 1, "{}: signed more than once", request.sign_id);
        }
        // As the operator would, on the running platform.
        let audit = self.site.operate(&["audit", "--json"]);
        let audit: serde_json::Value = serde_json::from_str(&audit).unwrap();
        assert_eq!(audit["good"], true, "{audit}");
        assert_eq!(audit["kinds"]["signature.released"], self.handed_out.len(), "{audit}");
    }

    fn verify(&self, request: &CloudSignRequest, signature: &[u8]) {
        let certificate = &self.seal_system.certificate;
        let (key, message) = (certificate.verifying_key().unwrap(), request.doc_hash.bytes());
        if request.format == SignFormat::P1 {
            key.verify(crypto::SignatureAlgorithm::Sm2Sm3, message, signature).unwrap();
            return;
        }
        let signed = SignedData::parse(signature, Mode::Strict).unwrap();
        let [signer] = signed.signers.as_slice() else { panic!("{} signers", signed.signers.len()) };
        let attributes = signer.signed_attributes.as_ref().unwrap();
        assert_eq!(attributes.message_digest().as_deref(), Some(message));
        signer.check_signature(&key, None).unwrap();
    }
}

/// Repeats a request as an application does, until there is an answer.
async fn insist(a: &Client, request: &CloudSignRequest) -> Vec<u8> {
    let until = Instant::now() + PATIENCE;
    loop {
        match a.call::<CloudSign>(request).await {
            Ok(answer) => return answer.data.sign_data.into_bytes(),
            Err(ClientError::Refused(refusal)) if !refusal.retryable => panic!("{refusal}"),
            Err(error) => assert!(Instant::now() < until, "never answered: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every seal of the test organisation.
pub(crate) fn query() -> SealQueryRequest {
    SealQueryRequest {
        device_id: None,
        id_card: None,
        org_code: OrgCode::parse(TEST_USCC).unwrap(),
        seal_type: SealTypeFilter::All,
        cert_type: None,
        cert_number: None,
        ukey_id: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sign_id_leads_to_one_signature() {
    let seed = std::env::var("SEALBRIDGE_SEED").unwrap_or_else(|_| Random::system().hex_id());
    println!("SEALBRIDGE_SEED={seed}");
    let mut world = World::new(&seed).await;
    let usual = world.undisturbed().await;
    println!("undisturbed: {usual:?}");
    let mut answered = 0;
    let pairs = VICTIMS.into_iter().cycle().zip(MOMENTS.into_iter().cycle());
    for (victim, moment) in pairs.take(ROUNDS) {
        answered += usize::from(world.round(victim, moment, usual).await);
    }
    println!("{answered} of {ROUNDS} first sendings were answered");
    assert!(answered < ROUNDS, "nothing was interrupted");
    world.check().await;
}
