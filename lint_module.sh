#!/usr/bin/env bash
# Lint what is given, everything by default: ./lint_module.sh captchakit/reading
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH"
ruff check "${@:-.}"
ruff format --check "${@:-.}"
mypy
hadolint Dockerfile tests/shipping/stack/Dockerfile
check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
