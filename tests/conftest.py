"""What must be set before any test imports torch, and before any reads settings."""

import os

from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # as many processes as cores: a second thread of each would be in the way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Most tests are of what comes before and after reading, and written for the order that vectors give; reading would take
# most of their time. Those of reading ask for the packaged reader.
os.environ["DALIL_READER"] = "none"

# A wall clock says nothing on a busy machine: what must be fast is measured otherwise.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
