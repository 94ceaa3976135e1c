#!/usr/bin/env bash
# Writes requirements/lock.txt anew: exact versions for Python 3.11 and newer on every system, and no registry's address.
# To raise all versions within pyproject.toml's bounds: requirements/lock.sh --upgrade
set -euo pipefail
cd "$(dirname "$0")/.."
uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --all-extras --group dev --no-header --no-annotate --no-emit-index-url \
    --output-file requirements/lock.txt "$@" pyproject.toml
if grep -nE '://|^-' requirements/lock.txt; then
    echo "requirements/lock.txt names an address or an option; see the lines above" >&2
    exit 1
fi
