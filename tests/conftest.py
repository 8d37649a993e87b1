"""What must be set before any test imports torch."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: a second thread of each would be in the way
    os.environ.setdefault("OMP_NUM_THREADS", "1")
