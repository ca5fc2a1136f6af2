//! Many verifications at once give what each gives alone.

use sealbridge_crypto::{
    BatchItem, DigestItem, Random, SignatureAlgorithm, Signer, Sm2KeyPair, VerifyError, VerifyingKey,
    verify_batch, verify_digest_batch,
};

#[test]
fn messages_of_every_length_and_everything_that_can_be_wrong() {
    let random = Random::system();
    let pairs: Vec<Sm2KeyPair> = (0..5).map(|_| Sm2KeyPair::generate(&random).unwrap()).collect();
    let messages: Vec<Vec<u8>> = (0..60).map(|i| vec![u8::try_from(i).unwrap(); i * i]).collect();
    let signed: Vec<(&VerifyingKey, &[u8], Vec<u8>)> = messages
        .iter()
        .zip(pairs.iter().cycle())
        .map(|(message, pair)| (pair.verifying_key(), message.as_slice(), pair.sign(message).unwrap()))
        .collect();
    let mut items: Vec<BatchItem<'_>> = signed
        .iter()
        .map(|(key, message, signature)| BatchItem {
            key,
            algorithm: SignatureAlgorithm::Sm2Sm3,
            message,
            signature,
        })
        .collect();
    assert!(verify_batch(&items).iter().all(Result::is_ok));
    let further: [&[u8]; 3] = [b"", b"abc", &[7; 1000]];
    let (results, digests) = sealbridge_crypto::verify_batch_and_digest(&items, &further);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(digests, further.map(sealbridge_crypto::sm3::digest));
    assert_eq!(sealbridge_crypto::verify_batch_and_digest(&[], &further).1, digests);
    items[3].message = b"another";
    items[10].key = items[11].key;
    items[20].signature = b"\x30\x00";
    items[30].algorithm = SignatureAlgorithm::EcdsaSha256;
    items[40].signature = items[41].signature;
    let expected: Vec<Result<(), VerifyError>> =
        items.iter().map(|item| item.key.verify(item.algorithm, item.message, item.signature)).collect();
    assert_eq!(expected.iter().filter(|result| result.is_err()).count(), 5);
    assert_eq!(expected[20], Err(VerifyError::Malformed));
    assert_eq!(expected[30], Err(VerifyError::WrongKeyKind));
    for size in [1, 2, 3, 7, 8, 9, 60] {
        let batched: Vec<_> = items.chunks(size).flat_map(verify_batch).collect();
        assert_eq!(batched, expected, "{size} at once");
    }
    // The same over digests; the wrong algorithm is not a question there.
    let digests: Vec<DigestItem<'_>> = items
        .iter()
        .map(|item| DigestItem {
            key: item.key,
            e: item.key.sm2_digest(item.message),
            signature: item.signature,
        })
        .collect();
    let expected: Vec<_> =
        digests.iter().map(|item| item.key.verify_sm2_digest(&item.e, item.signature)).collect();
    assert_eq!(verify_digest_batch(&digests), expected);
    assert!(verify_batch(&[]).is_empty() && verify_digest_batch(&[]).is_empty());
}
