"""What other programs answer on the PDF attack suite: writes fixtures/pdf-attacks/peers.tsv.

    tools/pdf-peers.sh

pyHanko runs in this process, with SM2 taught to it (sm2.py); poppler's pdfsig and pdftotext and MuPDF's mutool are
called. What the words mean stands in docs/pdf-attack-suite.md.
"""

import datetime
import io
import logging
import pathlib
import re
import subprocess
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

import sm2

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "pdf-attacks"
AT = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
# The amount that no good document of the suite shows.
FORGED = "99600.00"


def ran(*command):
    """What a program writes; the empty text when it does not come to an end."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return (done.stdout + done.stderr).decode(errors="replace")


def pyhanko(data, trust):
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        signatures = list(reader.embedded_signatures)
    except Exception:  # pylint: disable=broad-except
        return "exception"
    if not signatures:
        return "not signed"
    verdicts = []
    for signature in signatures:
        sub_filter = str(signature.sig_object.get("/SubFilter", ""))
        try:
            context = ValidationContext(trust_roots=trust[:1], other_certs=trust[1:], moment=AT, allow_fetching=False,
                                        signature_validator=sm2.Validator())
            status = validate_pdf_signature(signature, context)
            verdicts.append("valid" if status.bottom_line else "invalid")
        except Exception:  # pylint: disable=broad-except
            verdicts.append("unchecked" if sub_filter == "/GM.sm2seal" else "exception")
    return next(word for word in ("invalid", "exception", "unchecked", "valid") if word in verdicts)


def poppler(path):
    told = ran("pdfsig", "-nocert", path)
    if "does not contain any signatures" in told:
        word = "not signed"
    elif "Signature #" not in told:
        word = "error"
    else:
        parts = told.split("Signature #")[1:]
        is_whole = any(re.search(r"(?<!Not t)(?<!not t)Total document signed", part) for part in parts)
        word = "whole" if is_whole else "part"
    shown = ran("pdftotext", path, "-")
    return word + (", shows forged" if FORGED in shown else "")


def mupdf(path):
    told = ran("mutool", "sign", "-v", path)
    # It has no SM2: what it says of the digest tells nothing, and it comes to edits only behind a good one.
    if "Verifying signature" not in told:
        word = "error" if "error" in told.lower() else "not signed"
    elif "edits since signing" in told:
        word = "edited"
    else:
        word = "unchecked"
    shown = ran("mutool", "draw", "-q", "-F", "txt", path)
    return word + (", shows forged" if FORGED in shown else "")


def versions():
    poppler_version = re.search(r"version (\S+)", ran("pdfsig", "-v")).group(1)
    mupdf_version = re.search(r"version (\S+)", ran("mutool", "-v")).group(1)
    return ["pyHanko 0.38.0", f"poppler {poppler_version}", f"MuPDF {mupdf_version}"]


def main():
    logging.disable(logging.CRITICAL)
    sm2.teach()
    bundle = (FOLDER / "trust.pem").read_bytes()
    trust = [x509.Certificate.load(der) for _, _, der in pem.unarmor(bundle, multiple=True)]
    with (FOLDER / "peers.tsv").open("w", encoding="utf-8") as out:
        print("file", *versions(), sep="\t", file=out)
        for path in sorted(FOLDER.glob("*.pdf")):
            answers = pyhanko(path.read_bytes(), trust), poppler(str(path)), mupdf(str(path))
            print(path.name, *answers, sep="\t", file=out)
            print(path.name, *answers, file=sys.stderr)


if __name__ == "__main__":
    main()
