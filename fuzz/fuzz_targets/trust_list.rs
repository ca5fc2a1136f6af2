#![no_main]

use crypto::{Random, Signer as _, Sm2KeyPair};
use protocol::resources::TrustList;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(list) = serde_json::from_slice::<TrustList>(data) else { return };
    let Ok(root) = Sm2KeyPair::from_scalar(&[7; 32], &Random::system()) else { return };
    let Ok(now) = list.issued() else { return };
    let id = list.id.clone();
    // Nobody signed it with this key.
    assert!(list.verify(&id, root.verifying_key(), now).is_err());
    let _ = (list.number(), list.end(), list.keys());
    let contents = list.content_sm3();
    // Signed by us, the same contents are believed or out of form; never anything else.
    if let Ok(signed) = list.signed(&root) {
        assert_eq!(signed.content_sm3(), contents);
        let _ = signed.verify(&id, root.verifying_key(), now);
    }
});
