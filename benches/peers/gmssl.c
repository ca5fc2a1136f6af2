/* GmSSL (https://github.com/guanzhi/GmSSL) as a peer of `cargo xtask bench crypto`. */
#include "common.h"

#include <gmssl/sm2.h>
#include <gmssl/sm3.h>
#include <gmssl/version.h>

#define KEYS 512

static SM2_VERIFY_CTX known, many[KEYS];
static sm2_z256_t fast_secret;
static SM2_SIGN_PRE_COMP nonces[SM2_SIGN_PRE_COMP_COUNT];
static size_t nonces_left;

static size_t peer_verify_step(void)
{
    return 1;
}

static size_t peer_sm3_step(void)
{
    return 1;
}

static const char *peer_about(void)
{
    return gmssl_version_str();
}

static int read_key(SM2_KEY *key, const struct item *item)
{
    const uint8_t *at = item->spki;
    size_t left = item->spki_len;
    return sm2_public_key_info_from_der(key, &at, &left) == 1 && left == 0;
}

/* A verifying context holds the table of the key; the digest is given, so Z is of no use. */
static int prepare(SM2_VERIFY_CTX *context, const struct item *item)
{
    SM2_KEY key;
    return read_key(&key, item) &&
           sm2_verify_init(context, &key, SM2_DEFAULT_ID, SM2_DEFAULT_ID_LENGTH) == 1;
}

static int peer_key(size_t place, const struct item *key)
{
    return place < KEYS && prepare(&many[place], key);
}

static int peer_known(const struct item *key, const uint8_t scalar[32])
{
    SM2_KEY pair;
    sm2_z256_t secret;
    sm2_z256_from_bytes(secret, scalar);
    nonces_left = 0;
    return prepare(&known, key) && sm2_key_set_private_key(&pair, secret) == 1 &&
           sm2_fast_sign_compute_key(&pair, fast_secret) == 1;
}

static int verify(const SM2_VERIFY_CTX *context, const struct item *item)
{
    SM2_SIGNATURE signature;
    const uint8_t *at = item->der;
    size_t left = item->der_len;
    return sm2_signature_from_der(&signature, &at, &left) == 1 && left == 0 &&
           sm2_fast_verify(context->public_point_table, item->e, &signature) == 1;
}

static int peer_verify_known(const struct item *const *items, size_t count)
{
    int good = 1;
    for (size_t i = 0; i < count; i++) {
        good &= verify(&known, items[i]);
    }
    return good;
}

static int peer_verify_batch8(const struct item *const *items, size_t count)
{
    return peer_verify_known(items, count);
}

static int peer_verify_many(const struct item *const *items, size_t count)
{
    int good = 1;
    for (size_t i = 0; i < count; i++) {
        good &= items[i]->place < KEYS && verify(&many[items[i]->place], items[i]);
    }
    return good;
}

static int peer_verify_new(const struct item *const *items, size_t count)
{
    int good = 1;
    for (size_t i = 0; i < count; i++) {
        SM2_KEY key;
        good &= read_key(&key, items[i]) &&
                sm2_verify(&key, items[i]->e, items[i]->der, items[i]->der_len) == 1;
    }
    return good;
}

/* What its signing context does: nonces for 32 signatures at a time, each used once. */
static int peer_sign(const struct item *const *items, size_t count, uint8_t out[80], size_t *out_len)
{
    int good = 1;
    for (size_t i = 0; i < count; i++) {
        SM2_SIGNATURE signature;
        uint8_t *at = out;
        if (nonces_left == 0) {
            good &= sm2_fast_sign_pre_compute(nonces) == 1;
            nonces_left = SM2_SIGN_PRE_COMP_COUNT;
        }
        good &= sm2_fast_sign(fast_secret, &nonces[--nonces_left], items[i]->e, &signature) == 1;
        *out_len = 0;
        good &= sm2_signature_to_der(&signature, &at, out_len) == 1;
    }
    return good;
}

static int peer_sm3(const uint8_t *const *messages, size_t count, size_t size, uint8_t out[32])
{
    for (size_t i = 0; i < count; i++) {
        SM3_CTX context;
        sm3_init(&context);
        sm3_update(&context, messages[i], size);
        sm3_finish(&context, out);
    }
    return 1;
}
