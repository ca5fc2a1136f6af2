//! The known answers of the self-test, in hexadecimal, each with where it was published.

/// GB/T 32905-2016 annex A.1: SM3 of "abc".
pub(super) const MESSAGE_DIGEST_ABC: &str =
    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
/// GM/T 0042-2015 annex D.3: HMAC-SM3, key 01..20, [`HMAC_TEXT`].
pub(super) const HMAC_SM3: &str = "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a";
/// The text that [`HMAC_SM3`] authenticates.
pub(super) const HMAC_TEXT: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq\
                                      abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
/// GB/T 32907-2016 annex A.1: key, and plaintext too.
pub(super) const SM4_KEY: &str = "0123456789abcdeffedcba9876543210";
/// GB/T 32907-2016 annex A.1: the plaintext encrypted.
pub(super) const SM4_BLOCK: &str = "681edf34d206965e86b3e94f536e4246";
/// RFC 8998 appendix A.1: nonce (the key is [`SM4_KEY`]).
pub(super) const GCM_NONCE: &str = "00001234567800000000abcd";
/// RFC 8998 appendix A.1: associated data.
pub(super) const GCM_AAD: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
/// RFC 8998 appendix A.1: plaintext.
pub(super) const GCM_PLAIN: &str = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffff\
     ffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa";
/// RFC 8998 appendix A.1: ciphertext and tag.
pub(super) const GCM_SEALED: &str = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496\
     ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec";
/// GB/T 32918.5-2017 annex A.2: the private key.
pub(super) const SM2_SECRET: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
/// GB/T 32918.5-2017 annex A.2: the public key.
pub(super) const SM2_POINT: &str = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718c\
     c1aa600aed05fbf35e084a6632f6072da9ad13";
/// GB/T 32918.5-2017 annex A.2: the message.
pub(super) const SM2_MESSAGE: &[u8] = b"message digest";
/// GB/T 32918.5-2017 annex A.2: Z of the default user id.
pub(super) const SM2_Z: &str = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3";
/// GB/T 32918.5-2017 annex A.2: r and s.
pub(super) const SM2_SIGNATURE: &str = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d42\
     1ca1bb9038fd1f7f42d4840b69c485bbc1aa";
/// GB/T 32918.5-2017 annex C.2: the text encrypted for [`SM2_POINT`].
pub(super) const SM2_PLAIN: &[u8] = b"encryption standard";
/// GB/T 32918.5-2017 annex C.2: the ciphertext, put into the structure of GB/T 35276.
pub(super) const SM2_CIPHER: &str = "307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73022100e858f9d81e5430\
     a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0042059983c18f809e262923c53aec295d30383b54e\
     39d609d160afcb1908d0bd8766041321886ca989ca9c7d58087307ca93092d651efa";
/// RFC 6979 appendix A.2.5: the public key, in the structure of RFC 5480.
pub(super) const P256_SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8\
     923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
/// RFC 6979 appendix A.2.5: SHA-256, message "sample", in DER.
pub(super) const P256_SIGNATURE: &str = "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d65\
     7c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
/// FIPS 180-4 example: SHA-256 of "abc".
pub(super) const SHA256_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// A key of 2048 bits made with OpenSSL 3.0 for this test.
pub(super) const RSA_SPKI: &str = "30820122300d06092a864886f70d01010105000382010f003082010a02820101009b7986dd66e26dee5fa45a3351\
     036cb3f7d39d6e14e6c3781a7d306a0ab29beaa5d0e8127b5bd37e2eab3e48d8b19e3717cee655af0816357f61b6\
     1ade4987606b145249dd0517f0a9aec85ad85415f307248052789e3b91b6177e57591af1f3431aaac404bfbaa854\
     d20ca3ae55683a1e60676aeb179a871fbaae6e2d544bd4647bdbc3afb1d4d9a14ea865c0e4530b130f4a6e1e7e43\
     f4a6eb7360cd8544bb60095d56461911ca3700eaac3b207ebe346c48a75ad18c0b7d0eaafa4debdaa9dfb25a9812\
     db4d43054170dd25b06c8570be89004e299867ecb9c2bc3afd204becb60055029b432ca7acc7d6cb2e977ea18aba\
     e1b5fb42bac133487fcdb1b3eb0203010001";
/// PKCS#1 v1.5 with SHA-256 over "abc" by [`RSA_SPKI`], made with OpenSSL 3.0.
pub(super) const RSA_SIGNATURE: &str = "920531a75b2da2f5a20a2a5c1303fc1e834e54bada2a219f5ae5228e5b84fead837dde9b4885a741621790d2128d\
     64ee59e57cf6041e0283829c7635728b9baecb27a5dd2f11edfe4a7963ae2fbbf5394e71a52bb270acbb0a39f035\
     d4c9b7b27f221ee1f9c12f78118019a5d9376e524025eacdf061bc2a544a443dea0a6859b7c334e5a8c0ef82e4df\
     b17f36e3ee82ea22af1fb9bdcaae798412f7e4793d2a503b1406da5a226046ae73bdb95d32fc0ff784c124314694\
     0d6d019b2d670b091a4b6d3f1aa800182a3dedad6f3ca69469eb77a842cbde854c7a782c47fff61490d626cd013c\
     4dd396c797de0531322b657bd865cfe13980dfc861d3fd953524";
