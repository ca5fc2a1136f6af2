"""Lets pyHanko read SM2 signatures: names for the Chinese identifiers, and OpenSSL for the signature itself.

pyHanko has neither SM2 nor the identifiers of GB/T 35275, and leaves out signatures whose /SubFilter it does not know.
Nothing else of it is changed, so that chains, coverage and later changes are judged as it judges them.
"""

import base64
import pathlib
import subprocess
import tempfile

from asn1crypto import algos, cms
from cryptography.exceptions import InvalidSignature
from pyhanko.sign.validation import pdf_embedded
from pyhanko_certvalidator.sig_validate import DEFAULT_VALIDATION_CONTEXT, DefaultSignatureValidator

SM3 = {"1.2.156.10197.1.401": "sm3"}
SM2 = {"1.2.156.10197.1.501": "sm3_sm2", "1.2.156.10197.1.301.1": "sm2_sign", "1.2.156.10197.1.301": "sm2_curve"}
CONTENT = {"1.2.156.10197.6.1.4.2.1": "data", "1.2.156.10197.6.1.4.2.2": "signed_data"}


def name(identifiers, names):
    """Adds names to a class of identifiers; the reverse list is made anew when it is asked for."""
    identifiers._map = {**identifiers._map, **names}
    identifiers._reverse_map = None


def either(key, ours):
    """A property that says `ours` for SM2 and what it always said for anything else."""
    theirs = getattr(algos.SignedDigestAlgorithm, key).fget
    is_sm2 = lambda algorithm: algorithm["algorithm"].dotted in SM2
    setattr(algos.SignedDigestAlgorithm, key, property(lambda it: ours if is_sm2(it) else theirs(it)))


class Validator(DefaultSignatureValidator):
    """SM2 with the usual identity is verified by OpenSSL."""

    def validate_signature(self, signature, signed_data, public_key_info, signature_algorithm,
                           context=DEFAULT_VALIDATION_CONTEXT):
        if signature_algorithm["algorithm"].dotted not in SM2:
            return super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            pem = base64.encodebytes(public_key_info.dump()).decode()
            (folder / "key").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n")
            (folder / "value").write_bytes(signature)
            (folder / "data").write_bytes(signed_data)
            command = ["openssl", "dgst", "-sm3", "-sigopt", "distid:1234567812345678", "-verify", folder / "key",
                       "-signature", folder / "value", folder / "data"]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                raise InvalidSignature()


def teach():
    name(algos.DigestAlgorithmId, SM3)
    name(algos.SignedDigestAlgorithmId, SM2)
    name(cms.ContentType, CONTENT)
    either("signature_algo", "sm2")
    either("hash_algo", "sm3")
    known = pdf_embedded._validate_subfilter
    pdf_embedded._validate_subfilter = lambda sub_filter, permitted, message: (
        None if str(sub_filter).startswith("/GM.") else known(sub_filter, permitted, message))
