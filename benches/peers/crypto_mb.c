/* Intel's crypto_mb (https://github.com/intel/cryptography-primitives) as a peer of `cargo xtask bench crypto`. */
#include "common.h"

#include <sys/random.h>

#define BN_OPENSSL_DISABLE
#include <crypto_mb/cpu_features.h>
#include <crypto_mb/ec_sm2.h>
#include <crypto_mb/sm3.h>
#include <crypto_mb/version.h>

#define KEYS 512
#define LANES 8
#define STREAMS 16
#define WORDS 4

/* Numbers are little-endian words here. */
struct point {
    int64u x[WORDS], y[WORDS];
};

static struct point known, many[KEYS];
static int64u secret[WORDS];
static const char user_id[] = "1234567812345678";

static size_t peer_verify_step(void)
{
    return LANES;
}

static size_t peer_sm3_step(void)
{
    return STREAMS;
}

static const char *peer_about(void)
{
    static char about[128];
    const mbxVersion *version = mbx_getversion();
    snprintf(about, sizeof about, "crypto_mb %d.%d.%d%s", version->major, version->minor, version->patch,
             mbx_is_crypto_mb_applicable(0) ? "" : " (this processor lacks what it needs)");
    return about;
}

static void number(int64u out[WORDS], const uint8_t big_endian[32])
{
    for (size_t word = 0; word < WORDS; word++) {
        out[word] = 0;
        for (size_t i = 0; i < 8; i++) {
            out[word] = out[word] << 8 | big_endian[(WORDS - 1 - word) * 8 + i];
        }
    }
}

static void read_point(struct point *point, const uint8_t bytes[65])
{
    number(point->x, bytes + 1);
    number(point->y, bytes + 33);
}

static int peer_key(size_t place, const struct item *key)
{
    if (place >= KEYS) {
        return 0;
    }
    read_point(&many[place], key->point);
    return 1;
}

static int peer_known(const struct item *key, const uint8_t scalar[32])
{
    read_point(&known, key->point);
    number(secret, scalar);
    return 1;
}

static int verify(const struct item *const *items, const struct point *const keys[LANES])
{
    const int8u *r[LANES], *s[LANES], *id[LANES], *message[LANES];
    const int64u *x[LANES], *y[LANES];
    int id_len[LANES], message_len[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        r[lane] = items[lane]->rs;
        s[lane] = items[lane]->rs + 32;
        id[lane] = (const int8u *)user_id;
        id_len[lane] = sizeof user_id - 1;
        message[lane] = items[lane]->message;
        message_len[lane] = sizeof items[lane]->message;
        x[lane] = keys[lane]->x;
        y[lane] = keys[lane]->y;
    }
    return mbx_sm2_ecdsa_verify_mb8(r, s, id, id_len, message, message_len, x, y, NULL, NULL) == MBX_STATUS_OK;
}

static int peer_verify_known(const struct item *const *items, size_t count)
{
    const struct point *keys[LANES];
    int good = 1;
    for (size_t lane = 0; lane < LANES; lane++) {
        keys[lane] = &known;
    }
    for (size_t i = 0; i + LANES <= count; i += LANES) {
        good &= verify(items + i, keys);
    }
    return good;
}

static int peer_verify_batch8(const struct item *const *items, size_t count)
{
    return peer_verify_known(items, count);
}

static int peer_verify_many(const struct item *const *items, size_t count)
{
    const struct point *keys[LANES];
    int good = 1;
    for (size_t i = 0; i + LANES <= count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            keys[lane] = &many[items[i + lane]->place % KEYS];
        }
        good &= verify(items + i, keys);
    }
    return good;
}

static int peer_verify_new(const struct item *const *items, size_t count)
{
    struct point points[LANES];
    const struct point *keys[LANES];
    int good = 1;
    for (size_t i = 0; i + LANES <= count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            read_point(&points[lane], items[i + lane]->point);
            keys[lane] = &points[lane];
        }
        good &= verify(items + i, keys);
    }
    return good;
}

/* The caller brings the nonces. Those that begin with 0xfffffffe or more are drawn again: the order does so. */
static int nonces(int64u out[LANES][WORDS])
{
    size_t size = LANES * WORDS * sizeof(int64u);
    size_t lane = 0;
    while (lane < LANES) {
        if (getrandom(out, size, 0) != (ssize_t)size) {
            return 0;
        }
        for (lane = 0; lane < LANES && out[lane][WORDS - 1] >> 32 < 0xfffffffe; lane++) {
        }
    }
    return 1;
}

static int peer_sign(const struct item *const *items, size_t count, uint8_t out[80], size_t *out_len)
{
    int64u nonce[LANES][WORDS];
    int8u signatures[LANES][64];
    int8u *r[LANES], *s[LANES];
    const int8u *id[LANES], *message[LANES];
    const int64u *x[LANES], *y[LANES], *once[LANES], *own[LANES];
    int id_len[LANES], message_len[LANES], good = 1;
    for (size_t i = 0; i + LANES <= count; i += LANES) {
        good &= nonces(nonce);
        for (size_t lane = 0; lane < LANES; lane++) {
            r[lane] = signatures[lane];
            s[lane] = signatures[lane] + 32;
            id[lane] = (const int8u *)user_id;
            id_len[lane] = sizeof user_id - 1;
            message[lane] = items[i + lane]->message;
            message_len[lane] = sizeof items[i + lane]->message;
            x[lane] = known.x;
            y[lane] = known.y;
            once[lane] = nonce[lane];
            own[lane] = secret;
        }
        good &= mbx_sm2_ecdsa_sign_mb8(r, s, id, id_len, message, message_len, once, own, x, y, NULL, NULL) ==
                MBX_STATUS_OK;
    }
    memcpy(out, signatures[LANES - 1], 64);
    *out_len = 64;
    return good;
}

static int peer_sm3(const uint8_t *const *messages, size_t count, size_t size, uint8_t out[32])
{
    int8u digests[STREAMS][32];
    int8u *to[STREAMS];
    int len[STREAMS];
    int good = 1;
    for (size_t stream = 0; stream < STREAMS; stream++) {
        to[stream] = digests[stream];
    }
    for (size_t i = 0; i + STREAMS <= count; i += STREAMS) {
        for (size_t stream = 0; stream < STREAMS; stream++) {
            len[stream] = (int)size;
        }
        good &= mbx_sm3_msg_digest_mb16(messages + i, len, to) == 0;
    }
    memcpy(out, digests[STREAMS - 1], 32);
    return good;
}
