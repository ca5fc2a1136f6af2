"""Answers the questions of tests/other_implementations.rs with PyPI gmssl: a line in, a line out,
everything in hexadecimal, "-" for nothing."""

import sys

from gmssl import sm2, sm3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4


def data_of(text):
    return b"" if text == "-" else bytes.fromhex(text)


def key(secret, point):
    crypt = sm2.CryptSM2(private_key=secret, public_key="", asn1=True, mode=1)
    # The constructor would cut more than the 04 off a point whose x begins with 0 or 4.
    crypt.public_key = point[2:]
    return crypt


def sm4_cbc(secret, iv, data):
    crypt = CryptSM4()
    crypt.set_key(bytes.fromhex(secret), SM4_ENCRYPT)
    return crypt.crypt_cbc(bytes.fromhex(iv), data_of(data)).hex()


ANSWERS = {
    "sm3": lambda data: sm3.sm3_hash(list(data_of(data))),
    "sm4": sm4_cbc,
    "sign": lambda secret, point, data: key(secret, point).sign_with_sm3(data_of(data)),
    "verify": lambda point, data, signature: str(
        bool(key("", point).verify_with_sm3(signature, data_of(data)))
    ).lower(),
    "encrypt": lambda point, data: key("", point).encrypt(data_of(data)).hex(),
    "decrypt": lambda secret, point, cipher: key(secret, point).decrypt(bytes.fromhex(cipher)).hex(),
}

for line in sys.stdin:
    question, *rest = line.split()
    print(ANSWERS[question](*rest))
