//! What a run with `--federation` has more: two platforms that get to know each other, and a look at the ways of seals.

use platform::Platform;
use platform::federation::{self, NewPeer, Refreshed};
use platform::onboarding::{self, Grants, NewSystem};
use platform::routing::{Target, explain};
use protocol::Uscc;
use protocol::lists::SealType;
use protocol::wire::key_id;
use seal_system::SealSystem;
use storage::platform::systems::SystemState;

use super::people::{BUYER, CLERK, NEIGHBOUR, Organization, SELLER};
use super::progress::Progress;
use super::story::{make_seal, query_of, until_told};
use super::world::{ADMINISTRATORS, Second, World};
use crate::outcome::{About, Failure, Outcome};

/// A platform and where it serves.
type At<'a> = (&'a Platform, &'a str);

/// Each platform adds the other by its root key and fetches its trust list. The first may be asked for the seals of A
/// and C, the second for those of B.
pub(super) async fn introduce_both(one: At<'_>, other: At<'_>, consent_url: &str) -> Outcome<((), String)> {
    let host = consent_url.trim_start_matches("http://").to_owned();
    let first = introduce(one, other, "P002", (&[SELLER.code], vec![host])).await?;
    let second = introduce(other, one, "P001", (&[BUYER.code, NEIGHBOUR.code], Vec::new())).await?;
    Ok(((), format!("{first}\n{second}")))
}

async fn introduce(
    (to, _): At<'_>,
    (other, url): At<'_>,
    code: &str,
    (spaces, consent_hosts): (&[&str], Vec<String>),
) -> Outcome<String> {
    let context = to.context();
    let id = other.context().id.clone();
    let root = other.root_key();
    let new = NewPeer {
        system: NewSystem {
            app_id: id.clone(),
            code: code.to_owned(),
            name: format!("互认平台 {id}"),
            uscc: Uscc::parse(BUYER.uscc).map_err(|fault| Failure::new(fault.en))?,
            base_url: Some(url.to_owned()),
            dest_host: None,
            personal_data: false,
            grants: Grants {
                addresses: vec!["127.0.0.1".to_owned()],
                interfaces: protocol::ENDPOINTS.iter().map(|endpoint| endpoint.name.to_owned()).collect(),
                redirects: Vec::new(),
                consent_hosts,
                client_certificates: Vec::new(),
            },
        },
        fingerprint: key_id(&root),
        root_spki: root.spki_der().to_vec(),
        code_spaces: spaces.iter().map(|&space| space.to_owned()).collect(),
        accept_anchors: true,
    };
    let [first, second] = ADMINISTRATORS;
    federation::add_peer(context, &new, first).await.about("adding a platform")?;
    let number = match to.refresh(&id).await.about("trust list")? {
        Refreshed::Stored(number) => number,
        Refreshed::Refused(cause) => return Err(Failure::new(format!("the trust list of {id}: {cause}"))),
    };
    let state = (second, Some("demonstration"));
    onboarding::set_state(context, &id, SystemState::Online, state).await.about("going live")?;
    let spaces = spaces.join(" ");
    Ok(format!("{} ← {id}: 序号 number {number}, 编码空间 code spaces {spaces}", context.id))
}

/// C's seal is found at home, B's through the other platform; and each tells its way.
pub(super) async fn look_around((world, second): (&World, &Second), progress: &mut Progress) -> Outcome<()> {
    let words = "系统 C 的印章在本平台获取 a seal of C is got at home";
    let home = progress.step("query_home", words, home_seal(world, &second.c)).await?;
    let words = "系统 B 的印章经第二个平台获取 a seal of B is got through the second platform";
    let away = progress.step("query_away", words, seal_of(world, &SELLER, SealType::Contract)).await?;
    let words = "路由解释 the ways of both seals";
    progress.step("explain_route", words, ways(world, [&home, &away])).await
}

async fn home_seal(world: &World, c: &SealSystem) -> Outcome<(protocol::SealCode, String)> {
    make_seal(c, &NEIGHBOUR, &CLERK, SealType::Contract, "合同专用章").await?;
    until_told(c).await?;
    seal_of(world, &NEIGHBOUR, SealType::Contract).await
}

/// Asks the first platform as A does.
async fn seal_of(
    world: &World,
    organization: &Organization,
    seal_type: SealType,
) -> Outcome<(protocol::SealCode, String)> {
    let query = query_of(organization, seal_type)?;
    let answer = world.a.platform().call::<protocol::endpoints::SealQuery>(&query).await.about("seals")?;
    let info = answer.data.first().ok_or_else(|| Failure::new("the platform gave no seal"))?;
    let source = answer.sources.first();
    let platforms = source.map(|source| source.platforms.join(" → ")).unwrap_or_default();
    let from = match source {
        Some(source) => format!("{platforms} → {}", source.system),
        None => "本平台 this platform".to_owned(),
    };
    Ok((info.seal_code.clone(), format!("{} {}, 来自 from {from}", info.seal_name, info.seal_code)))
}

async fn ways(world: &World, codes: [&protocol::SealCode; 2]) -> Outcome<((), String)> {
    let mut lines = Vec::new();
    for code in codes {
        let way =
            explain(world.platform.context(), &Target::Seal(code.clone()), None).await.about("route")?;
        let address = way.addresses.first().map_or("-", |address| address.base_url.as_str());
        lines.push(format!("{code} → {} → {address} ({} ms)", way.system.app_id, way.deadline_ms));
        if !way.sent {
            return Err(Failure::new(format!("{code}: a call would not be sent: {:?}", way.refusal)));
        }
    }
    Ok(((), lines.join("\n")))
}
