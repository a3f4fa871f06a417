"""What shows only across the trials of a study: arithmetic on points, states, values and causes.

    for pattern in across(trials, metric="val_accuracy", direction="maximize"):
        print(pattern.summary)

Knows nothing of histories, SQL or recipes: whoever has rows of a study makes `Ran`s of them.
"""

from collections.abc import Sequence

from diagnostics.across import outliers, seeds, settings
from diagnostics.across.points import Kind, Pattern, Ran, grouped

__all__ = ["Kind", "Pattern", "Ran", "across"]


def across(trials: Sequence[Ran], *, metric: str, direction: str) -> tuple[Pattern, ...]:
    """What the trials of one study say together, warnings first; none for fewer than two points.

    `metric` is what the values are of, `direction` is `maximize` or `minimize`. Trials that have
    not ended, and those that failed or were cancelled, tell nothing and are left out.
    """
    points = grouped(trials)
    found = [
        *seeds.patterns(points, direction),
        *settings.patterns(points),
        *outliers.patterns(points, metric, direction),
    ]
    return tuple(sorted(found, key=lambda pattern: -pattern.severity.rank))
