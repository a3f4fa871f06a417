"""Every settings class has its part and every part its settings."""

import pytest

from diagnostics.parts import UnknownPart
from trainer.menu import KINDS, SETTINGS, part
from trainer.recipe import Ingredient, Recipe, entries


def menu(kind: str) -> dict[str, type[Ingredient]]:
    return entries(SETTINGS[kind])


PARTS = [(kind, name) for kind in KINDS for name in menu(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_menu_and_the_folder_agree(kind: str) -> None:
    assert set(menu(kind)) == set(KINDS[kind].names())


def test_every_named_section_of_a_recipe_is_a_kind() -> None:
    sections = {f for f in Recipe.model_fields if isinstance(getattr(Recipe(), f), Ingredient)}
    assert sections < set(KINDS) == set(SETTINGS)


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_is_made_from_its_settings(kind: str, name: str) -> None:
    settings = menu(kind)[name]()
    made = part(kind, settings)
    assert made.settings == settings
    assert type(made).__name__ == type(settings).__name__
    assert type(made).__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_names_answer_with_the_nearest(kind: str) -> None:
    name = next(iter(menu(kind)))
    with pytest.raises(UnknownPart, match=f"did you mean '{name}'"):
        KINDS[kind].load(name + "x")
