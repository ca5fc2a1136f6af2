#!/usr/bin/env bash
# Asks other programs about the PDF attack suite and writes fixtures/pdf-attacks/peers.tsv. pyHanko is installed into
# target/pdf-peers; pdfsig and pdftotext (poppler-utils), mutool (mupdf-tools) and openssl must be on the path. PYTHON
# names a Python that has pyHanko already. Then SEALBRIDGE_BLESS=1 cargo test -p sealbridge-verify --test pdf_attacks.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
for program in pdfsig pdftotext mutool openssl; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
if [ -z "${PYTHON:-}" ]; then
  target="${CARGO_TARGET_DIR:-$root/target}/pdf-peers"
  [ -d "$target" ] || python3 -m venv "$target"
  "$target/bin/pip" install --quiet --disable-pip-version-check --requirement "$root/tools/pdf-peers/requirements.txt"
  PYTHON="$target/bin/python"
fi
exec "$PYTHON" "$root/tools/pdf-peers/peers.py"
