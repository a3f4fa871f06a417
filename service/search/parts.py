"""The menu of strategies and stopping rules, as fields of a study's document."""

from typing import Annotated

from diagnostics.parts import Folder
from service.search.stopping_rule import StoppingRule
from service.search.strategy import Strategy
from trainer.recipe import Menu

STRATEGIES = Folder("service.search.strategies", kind="strategy")
STOPPING = Folder("service.search.stopping", kind="stopping rule")

AnyStrategy = Annotated[Strategy, Menu("random")]
AnyStopping = Annotated[StoppingRule, Menu("none")]

# A menu lists the classes that are imported. Every part is cheap to import: Optuna and scipy are
# imported on first use.
for _folder in (STRATEGIES, STOPPING):
    for _name in _folder.names():
        _folder.load(_name)
