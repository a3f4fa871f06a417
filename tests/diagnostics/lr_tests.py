"""Short tests of lr, as a history records them."""

import math
from typing import Any

# Shares that eight parts fell by, as they do where all fall and where half of them rise.
ALL = [1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 1.1, 0.9]
HALF = [1.0, -1.2, 0.8, -0.9, 1.1, -1.0, 0.7, -0.6]
BEFORE = 2.0


def falls(size: float, parts: list[float] = ALL) -> list[float]:
    return [BEFORE * (1 - size * part) for part in parts]


def tried(lower: Any, same: Any, higher: Any) -> dict[str, Any]:
    return {
        "lr_test_before": [BEFORE] * 8,
        "lr_test_lower": lower,
        "lr_test_same": same,
        "lr_test_higher": higher,
    }


TOO_LOW = tried(falls(1e-4), falls(3e-4), falls(1e-3))
TOO_HIGH = tried(falls(0.05), falls(0.01, HALF), falls(-0.3))
NOTHING = tried(falls(0.01, HALF), falls(0.02, HALF), falls(0.05, HALF))
LOST = [math.nan] * 8
