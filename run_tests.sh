#!/usr/bin/env bash
# The tests with coverage, or those that are given: ./run_tests.sh tests/reading
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 python -m pytest --cov --cov-report=term-missing:skip-covered "$@"
