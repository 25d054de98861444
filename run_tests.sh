#!/usr/bin/env bash
# The tests with coverage, in two processes, or those that are given: ./run_tests.sh tests/reading
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 python -m pytest -n 2 --dist loadscope --no-loadscope-reorder \
  --cov --cov-report=term-missing:skip-covered "$@"
