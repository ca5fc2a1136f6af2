//! Keys of access systems, registered with proof that their holder has them; and the platform's public keys.

use std::io::Write;
use std::path::Path;

use ::platform::Context;
use ::platform::onboarding::{self, KeyMaterial, NewKey, Proof};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::{Random, Signer};
use formats::x509::pem_blocks;
use jiff::SignedDuration;
use protocol::AppId;

use super::args::{AddKeyArgs, ChallengeArgs, KeyArgs, PlatformKeyArg, PublicKeyArgs, RevokeKeyArgs};
use super::join_args::RetireKeyArgs;
use super::{app_id, desk, key_files, platform, told};
use crate::keys::{certificates, password, read_file, read_pkcs12};
use crate::outcome::{About, End, Failure, Outcome};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Prints a challenge, or writes it to a file.
pub(super) async fn challenge(args: &ChallengeArgs) -> Outcome {
    let context = desk(&args.site.config).await?;
    let text = onboarding::challenge(&context, &app_id(&args.app_id)?);
    match &args.out {
        Some(path) => {
            std::fs::write(path, text).about(path.display())?;
            say!("质询已写入 challenge written: {}", path.display());
            say!("下一步 next: sealbridge prove --challenge {} --key …; good for 24 hours", path.display());
        }
        // Exactly the challenge: it may go into a file, and each octet of it is signed.
        None => drop(std::io::stdout().write_all(text.as_bytes())),
    }
    Ok(End::Good)
}

/// Registers a key; somebody else has to approve it.
pub(super) async fn add(args: &AddKeyArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let app_id = app_id(&args.app_id)?;
    let (material, proof) = match &args.pkcs12 {
        Some(path) => sign_at_once(args, path, &context, &app_id)?,
        None => (material(args)?, proof(args)?),
    };
    let now = context.now();
    let life = SignedDuration::from_hours(24 * i64::from(args.days));
    let new = NewKey {
        app_id,
        material,
        not_before: now,
        not_after: now.checked_add(life).about("--days")?,
        proof,
    };
    let key_id = told(onboarding::register_key(&context, &new, &args.desk.actor).await)?;
    say!("已登记密钥 key registered: {key_id}");
    say!(
        "下一步 next: 由另一名管理员批准 another administrator approves it: operator approve-key --key {key_id}"
    );
    Ok(End::Good)
}

/// The holder and the operator are on one machine: the challenge is made and signed in one go.
fn sign_at_once(
    args: &AddKeyArgs,
    path: &Path,
    context: &Context,
    app_id: &AppId,
) -> Outcome<(KeyMaterial, Proof)> {
    let own = read_pkcs12(path, &password(&args.password, "PKCS#12")?)?;
    let challenge = onboarding::challenge(context, app_id);
    let signature = own.key.sign(challenge.as_bytes()).about(path.display())?;
    Ok((KeyMaterial::Certificate(own.certificate.der().to_vec()), Proof { challenge, signature }))
}

fn material(args: &AddKeyArgs) -> Outcome<KeyMaterial> {
    if let Some(path) = &args.cert {
        let first = certificates(std::slice::from_ref(path))?.into_iter().next();
        let first =
            first.ok_or_else(|| Failure::new(format!("{}: 没有证书 no certificate", path.display())))?;
        return Ok(KeyMaterial::Certificate(first.der().to_vec()));
    }
    let path = args.public_key.as_deref().ok_or_else(|| Failure::new("没有给出密钥 no key given"))?;
    let bytes = read_file(path, MAX_FILE)?;
    let blocks = pem_blocks(&bytes).about(path.display())?;
    let pem = blocks.into_iter().find(|block| block.label == "PUBLIC KEY");
    Ok(KeyMaterial::PublicKey(pem.map_or(bytes, |block| block.der)))
}

fn proof(args: &AddKeyArgs) -> Outcome<Proof> {
    let (Some(challenge), Some(proof)) = (&args.challenge, &args.proof) else {
        return Err(Failure::new("没有持有证明 no proof of possession")
            .hint("`operator challenge` gives a text to sign; --challenge and --proof take it back"));
    };
    let text = crate::keys::text(read_file(challenge, MAX_FILE)?, challenge)?;
    let signature = signature(&read_file(proof, MAX_FILE)?).ok_or_else(|| {
        Failure::new(format!("{}: 不是签名 no signature", proof.display()))
            .hint("DER of an SM2 signature, or Base64 of it")
    })?;
    Ok(Proof { challenge: text, signature })
}

/// A signature in DER, which begins with the tag of a sequence, or in Base64.
fn signature(file: &[u8]) -> Option<Vec<u8>> {
    const SEQUENCE: u8 = 0x30;
    let text: Option<String> = std::str::from_utf8(file).ok().map(|text| text.split_whitespace().collect());
    let decoded = text.and_then(|text| STANDARD.decode(text).ok());
    decoded.into_iter().chain([file.to_vec()]).find(|der| der.first() == Some(&SEQUENCE))
}

/// Puts a key in force.
pub(super) async fn approve(args: &KeyArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    told(onboarding::approve_key(&context, &args.key, &args.desk.actor).await)?;
    say!("密钥已生效 key in force: {}", args.key);
    Ok(End::Good)
}

/// Lets a key end that another has followed.
pub(super) async fn retire(args: &RetireKeyArgs) -> Outcome {
    let context = desk(&args.desk.site.config).await?;
    let life = SignedDuration::from_hours(24 * i64::from(args.days));
    let end = context.now().checked_add(life).about("--days")?;
    told(onboarding::retire_key(&context, &args.key, end, &args.desk.actor).await)?;
    say!("密钥到期已设定 the key ends: {} {end}", args.key);
    Ok(End::Good)
}

/// Revokes a key.
pub(super) async fn revoke(args: &RevokeKeyArgs) -> Outcome {
    let desk_args = &args.key.desk;
    let context = desk(&desk_args.site.config).await?;
    told(onboarding::revoke_key(&context, &args.key.key, (&desk_args.actor, &args.reason)).await)?;
    say!("密钥已吊销 key revoked: {}", args.key.key);
    Ok(End::Good)
}

/// Prints a public key of the platform.
pub(super) fn public_key(args: &PublicKeyArgs) -> Outcome {
    let files = platform::read_config(&args.site.config)?.keys;
    let path = match args.key {
        PlatformKeyArg::Signing => &files.signing,
        PlatformKeyArg::Root => &files.root,
    };
    let pem = key_files::public_key(&files, path, &Random::system())?;
    say!("{}", pem.trim_end());
    // Beside the key, so that it can be told on another way; standard output stays a PEM file.
    let blocks = formats::x509::pem_blocks(pem.as_bytes()).about("public key")?;
    for block in blocks {
        complain!("指纹 fingerprint (SM3): {}", hex::encode(crypto::sm3::digest(&block.der)));
    }
    Ok(End::Good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_come_in_der_or_base64() {
        let der = vec![0x30, 6, 2, 1, 1, 2, 1, 1];
        assert_eq!(signature(&der), Some(der.clone()));
        assert_eq!(signature(b"MAYCAQEC\nAQE=\n"), Some(der));
        assert_eq!(signature(b"neither"), None);
        assert_eq!(signature(b""), None);
    }
}
