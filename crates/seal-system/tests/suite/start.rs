//! Starting from files, as the command line does.

use std::path::Path;

use crypto::{Random, Signer, Sm2KeyPair};
use formats::x509::{Profile, pem_encode};
use protocol::Clock;
use sealbridge_seal_system::authority::{AuthorityFiles, Subject, write_secret};
use sealbridge_seal_system::{StartError, from_config, read_config};

const PASSWORD: &str = "a long enough password";
const EXAMPLE: &str = include_str!("../../seal-system.example.toml");

/// Every file that the example names, in one folder.
fn lay_out(folder: &Path) {
    let (random, clock) = (Random::system(), Clock::system());
    let authority = AuthorityFiles::new(&folder.join("authority"))
        .found("测试", None, PASSWORD, clock.now(), &random)
        .unwrap();
    for (file, profile) in [("system.p12", Profile::SignerSign), ("maker.p12", Profile::SealMaker)] {
        let subject = Subject::Service { name: file.to_owned(), organization: "测试".to_owned() };
        let made = authority.credential(profile, &subject, clock.now(), 30).unwrap();
        let pfx = made.key.to_pkcs12(&[made.certificate], PASSWORD, file, &random).unwrap();
        write_secret(&folder.join(file), &pfx).unwrap();
    }
    let platform = Sm2KeyPair::generate(&random).unwrap();
    let pem = pem_encode("PUBLIC KEY", platform.verifying_key().spki_der());
    std::fs::write(folder.join("platform.pem"), pem).unwrap();
    std::fs::write(folder.join("root.pem"), pem_encode("CERTIFICATE", authority.root().der())).unwrap();
    write_secret(&folder.join("master.key"), hex::encode(random.bytes::<32>()).as_bytes()).unwrap();
    std::fs::write(folder.join("seal-system.toml"), EXAMPLE).unwrap();
}

#[tokio::test]
async fn the_example_starts() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());
    let config = read_config(&folder.path().join("seal-system.toml")).unwrap();
    assert!(!config.application.remote, "the example must not open the sealing page to the network");
    for again in [false, true] {
        let system = from_config(&config, PASSWORD, Clock::system(), Random::system()).await;
        let system = system.unwrap_or_else(|error| panic!("again: {again}: {error}"));
        assert_eq!(system.app_id().as_str(), config.app_id);
    }
    let wrong = from_config(&config, "another password", Clock::system(), Random::system()).await;
    assert!(matches!(wrong, Err(StartError::File { .. })));
}

#[test]
fn what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal-system.toml");
    let text = |result: Result<_, StartError>| match result {
        Err(error) => error.to_string(),
        Ok::<sealbridge_seal_system::config::Config, _>(_) => panic!("it was read"),
    };
    assert!(text(read_config(&path)).contains("seal-system.toml"));
    std::fs::write(&path, format!("surprise = 1\n{EXAMPLE}")).unwrap();
    assert!(text(read_config(&path)).contains("surprise"));
    std::fs::write(&path, "app_id = \"x\"\n").unwrap();
    assert!(text(read_config(&path)).contains("missing field"));
}
