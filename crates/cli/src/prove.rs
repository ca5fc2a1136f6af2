//! `sealbridge prove`: the holder of a key signs the platform's challenge, so that the key can be registered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::Signer;

use crate::args::ProveArgs;
use crate::keys::{password, read_file, read_pkcs12};
use crate::outcome::{About, End, Failure, Outcome};

/// First line of every challenge (onboarding of the platform).
const SCHEME: &str = "CCUA-SEAL-KEY-1\n";
/// Largest challenge, in bytes.
const MAX_CHALLENGE: u64 = 4 << 10;

/// Signs the challenge and prints the signature in Base64.
pub(crate) fn run(args: &ProveArgs) -> Outcome {
    let text = read_file(&args.challenge, MAX_CHALLENGE)?;
    // A key that signs whatever it is given could be made to sign a contract.
    if !text.starts_with(SCHEME.as_bytes()) {
        return Err(Failure::new(format!(
            "{}: 不是平台的质询 not a platform's challenge",
            args.challenge.display()
        ))
        .hint("`sealbridge operator challenge` makes one"));
    }
    let own = read_pkcs12(&args.key, &password(&args.password, "PKCS#12")?)?;
    let proof = STANDARD.encode(own.key.sign(&text).about("signature")?);
    if let Some(path) = &args.out {
        std::fs::write(path, format!("{proof}\n")).about(path.display())?;
    } else {
        say!("{proof}");
    }
    Ok(End::Good)
}
