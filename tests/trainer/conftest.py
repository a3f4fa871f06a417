"""One thread: bit-for-bit claims hold for a fixed number of them, and the machine is shared.

No deadline for property tests, for the same reason: a first example may wait for another process.
"""

import torch
from hypothesis import settings

torch.set_num_threads(1)
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
