#!/usr/bin/env bash
# Installs the outside implementations of SM2, SM3 and SM4 that the tests of crates/crypto compare with,
# into target/oracles: npm sm-crypto under node_modules, PyPI gmssl under python. Running it again does
# nothing while the wanted versions are unchanged. Ends 1 when one of the two could not be installed.
set -uo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
wanted="$root/tools/oracles"
target="${CARGO_TARGET_DIR:-$root/target}/oracles"
mkdir -p "$target"
failed=0

# A copy of the list of versions is left behind only by an installation that went well.
if ! cmp -s "$wanted/package-lock.json" "$target/node-installed"; then
  rm -f "$target/node-installed"
  cp "$wanted/package.json" "$wanted/package-lock.json" "$target/"
  if (cd "$target" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error); then
    cp "$wanted/package-lock.json" "$target/node-installed"
  else
    echo "npm sm-crypto could not be installed" >&2
    failed=1
  fi
fi

if ! cmp -s "$wanted/requirements.txt" "$target/python-installed"; then
  rm -rf "$target/python" "$target/python-installed"
  if python3 -m pip install --quiet --disable-pip-version-check --no-compile --root-user-action=ignore \
    --target "$target/python" --requirement "$wanted/requirements.txt"; then
    cp "$wanted/requirements.txt" "$target/python-installed"
  else
    echo "PyPI gmssl could not be installed" >&2
    failed=1
  fi
fi

exit "$failed"
