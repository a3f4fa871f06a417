"""Which point is tried next, and which trial is not worth finishing."""

from service.search.direction import Direction
from service.search.parts import STOPPING, STRATEGIES, AnyStopping, AnyStrategy
from service.search.stopping_rule import Decision, StoppingRule
from service.search.strategy import Observed, SearchError, Strategy

__all__ = [
    "STOPPING",
    "STRATEGIES",
    "AnyStopping",
    "AnyStrategy",
    "Decision",
    "Direction",
    "Observed",
    "SearchError",
    "StoppingRule",
    "Strategy",
]
