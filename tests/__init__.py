"""The tests. One thread each: what they train is small, and several threads wait for each other on shared cores."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
