"""For every test: threads that wait do not spin, or a busy machine would be slowed down many times over."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is first imported
