"""Entries of the menu that installed packages bring along.

A package names, in the entry point group `sitter.menu`, its modules that define settings classes;
importing them is all it takes. They must not import torch, since the service reads them too.
"""

import logging
from importlib.metadata import entry_points

GROUP = "sitter.menu"

log = logging.getLogger("sitter.recipe")


def import_installed() -> None:
    """Import those modules. One that cannot be imported is left out, and its error is logged."""
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except Exception:
            log.exception(
                "%s of %s is not on the menu", entry.value, entry.dist and entry.dist.name
            )
