import pytest
from pydantic import ValidationError

from diagnostics.check import PROFILES
from trainer.recipe import Diagnostics


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_chosen_and_none_measures_nothing(profile: str) -> None:
    assert Diagnostics.model_validate({"profile": profile}).measures == (profile != "none")


def test_a_profile_that_is_none_of_them_is_refused() -> None:
    with pytest.raises(ValidationError, match="'none', 'cheap', 'standard' or 'full'"):
        Diagnostics.model_validate({"profile": "off"})


def test_the_schema_lists_and_explains_the_profiles() -> None:
    profile = Diagnostics.model_json_schema()["properties"]["profile"]
    assert tuple(profile["enum"]) == PROFILES
    for name in PROFILES:
        assert name in profile["description"]
