/*
 * The lines between the benchmark and a peer written in C; each peer includes this file once and defines the
 * functions named peer_*. Lines in, fields in hexadecimal digits:
 *
 *   hello                                          answered: hello VERIFY_STEP SM3_STEP ABOUT
 *   key POINT SPKI                                 one of the 512 keys, in their order
 *   clear                                          forget the round before
 *   known POINT SPKI SCALAR
 *   by_known MESSAGE E RS DER
 *   by_many PLACE MESSAGE E RS DER
 *   by_fresh MESSAGE E RS DER POINT SPKI
 *   bytes DATA                                     what is hashed
 *   round OP FROM COUNT                            answered: ns NANOSECONDS [OUTPUT] or bad REASON
 *
 * Time is processor time of this process. The program ends with its input.
 */
#ifndef SEALBRIDGE_PEER_COMMON_H
#define SEALBRIDGE_PEER_COMMON_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_ITEMS 1024
#define BLOCK 64

struct item {
    uint8_t message[32], e[32], rs[64], der[80], point[65], spki[160];
    size_t der_len, spki_len;
    size_t place;
};

/* How many go together at the least, and what the library is. */
static size_t peer_verify_step(void);
static size_t peer_sm3_step(void);
static const char *peer_about(void);
/* Each gives 1 when all went well, and every signature was right. */
static int peer_key(size_t place, const struct item *key);
static int peer_known(const struct item *key, const uint8_t scalar[32]);
static int peer_verify_known(const struct item *const *items, size_t count);
static int peer_verify_batch8(const struct item *const *items, size_t count);
static int peer_verify_many(const struct item *const *items, size_t count);
static int peer_verify_new(const struct item *const *items, size_t count);
/* The last signature goes to `out`, in DER or as r and s. */
static int peer_sign(const struct item *const *items, size_t count, uint8_t out[80], size_t *out_len);
/* The last digest goes to `out`. */
static int peer_sm3(const uint8_t *const *messages, size_t count, size_t size, uint8_t out[32]);

static struct item by_known[MAX_ITEMS], by_many[MAX_ITEMS], by_fresh[MAX_ITEMS];
static size_t known_count, many_count, fresh_count, key_count;
static uint8_t *bytes;
static size_t bytes_len;

static uint64_t processor_nanos(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads the next field of the line into at most `max` bytes; gives how many there were, 0 for none. */
static size_t field(char **line, uint8_t *out, size_t max)
{
    char *at = *line;
    size_t len = 0;
    while (*at == ' ') {
        at++;
    }
    while (len < max && digit(at[0]) >= 0 && digit(at[1]) >= 0) {
        out[len++] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
        at += 2;
    }
    *line = at;
    return len;
}

static void signed_fields(char **line, struct item *item)
{
    field(line, item->message, sizeof item->message);
    field(line, item->e, sizeof item->e);
    field(line, item->rs, sizeof item->rs);
    item->der_len = field(line, item->der, sizeof item->der);
}

static void key_fields(char **line, struct item *item)
{
    field(line, item->point, sizeof item->point);
    item->spki_len = field(line, item->spki, sizeof item->spki);
}

static int run(const char *op, size_t from, size_t count, uint64_t *nanos, uint8_t out[80], size_t *out_len)
{
    const struct item *pool = by_known;
    size_t pool_count = known_count;
    int hashes = strncmp(op, "sm3_", 4) == 0, good = 0;
    size_t size = strcmp(op, "sm3_64b") == 0 ? BLOCK : bytes_len;
    const void **picks = malloc((count + 1) * sizeof *picks);
    if (strcmp(op, "verify_512_keys") == 0) {
        pool = by_many;
        pool_count = many_count;
    } else if (strcmp(op, "verify_new_key") == 0) {
        pool = by_fresh;
        pool_count = fresh_count;
    }
    if (picks == NULL || pool_count == 0 || size == 0) {
        free(picks);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = from + i;
        picks[i] = hashes ? (const void *)(bytes + at % (bytes_len / size) * size)
                          : (const void *)&pool[at % pool_count];
    }
    const struct item *const *items = (const struct item *const *)picks;
    *out_len = 0;
    uint64_t started = processor_nanos();
    if (hashes) {
        good = peer_sm3((const uint8_t *const *)picks, count, size, out);
        *out_len = 32;
    } else if (strcmp(op, "verify_known_key") == 0) {
        good = peer_verify_known(items, count);
    } else if (strcmp(op, "verify_known_key_batch8") == 0) {
        good = peer_verify_batch8(items, count);
    } else if (strcmp(op, "verify_512_keys") == 0) {
        good = peer_verify_many(items, count);
    } else if (strcmp(op, "verify_new_key") == 0) {
        good = peer_verify_new(items, count);
    } else if (strcmp(op, "sign") == 0) {
        good = peer_sign(items, count, out, out_len);
    }
    *nanos = processor_nanos() - started;
    free(picks);
    return good;
}

static void round_line(char *line)
{
    char op[64];
    size_t from, count, out_len;
    uint64_t nanos;
    uint8_t out[80];
    if (sscanf(line, "%63s %zu %zu", op, &from, &count) != 3) {
        printf("bad line\n");
    } else if (!run(op, from, count, &nanos, out, &out_len)) {
        printf("bad refused a signature, or failed\n");
    } else {
        printf("ns %llu", (unsigned long long)nanos);
        for (size_t i = 0; i < out_len; i++) {
            printf(i == 0 ? " %02x" : "%02x", out[i]);
        }
        printf("\n");
    }
    fflush(stdout);
}

/* Gives 0 when the library does not take a key. */
static int data_line(const char *word, char *line)
{
    struct item *item = NULL;
    if (strcmp(word, "key") == 0) {
        struct item key = {0};
        key_fields(&line, &key);
        return peer_key(key_count++, &key);
    }
    if (strcmp(word, "known") == 0) {
        struct item key = {0};
        uint8_t scalar[32] = {0};
        key_fields(&line, &key);
        field(&line, scalar, sizeof scalar);
        return peer_known(&key, scalar);
    }
    if (strcmp(word, "clear") == 0) {
        known_count = many_count = fresh_count = 0;
    } else if (strcmp(word, "bytes") == 0) {
        size_t max = strlen(line) / 2;
        free(bytes);
        bytes = malloc(max + 1);
        bytes_len = bytes == NULL ? 0 : field(&line, bytes, max);
    } else if (strcmp(word, "by_known") == 0 && known_count < MAX_ITEMS) {
        item = &by_known[known_count++];
        signed_fields(&line, item);
    } else if (strcmp(word, "by_many") == 0 && many_count < MAX_ITEMS) {
        item = &by_many[many_count++];
        item->place = strtoul(line, &line, 10);
        signed_fields(&line, item);
    } else if (strcmp(word, "by_fresh") == 0 && fresh_count < MAX_ITEMS) {
        item = &by_fresh[fresh_count++];
        signed_fields(&line, item);
        key_fields(&line, item);
    } else {
        return 0;
    }
    return 1;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, stdin)) > 0) {
        char *rest = line;
        if (line[len - 1] == '\n') {
            line[len - 1] = '\0';
        }
        const char *word = strsep(&rest, " ");
        if (rest == NULL) {
            rest = line + strlen(line);
        }
        if (strcmp(word, "hello") == 0) {
            printf("hello %zu %zu %s\n", peer_verify_step(), peer_sm3_step(), peer_about());
            fflush(stdout);
        } else if (strcmp(word, "round") == 0) {
            round_line(rest);
        } else if (!data_line(word, rest)) {
            printf("bad %s was not taken\n", word);
            fflush(stdout);
            return 1;
        }
    }
    free(line);
    return 0;
}

#endif
