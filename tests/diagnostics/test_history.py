import json
import math
import subprocess
import sys

import pytest

import diagnostics
from diagnostics import Facts, History, Remedy, Series, Severity, Verdict
from diagnostics.history import finite


def a_history() -> History:
    history = History(Facts(classes=10, lr=0.1))
    history.record(0, {"initial_loss": 2.3, "subset_loss": [2.3, None, 0.1]})
    history.record(1, {"train_loss": 2.0, "update_ratio": {"a": 1e-3, "b": None}})
    history.record(3, {"train_loss": None, "update_ratio": {"a": 2e-3}})
    return history


def test_series_have_the_epochs_that_were_recorded() -> None:
    series = a_history().series("train_loss")
    assert series.epochs == (1, 3)
    assert series.values[0] == 2.0
    assert math.isnan(series.values[1])
    assert len(series) == 2
    assert series.since(2).epochs == (3,)
    assert a_history().series("nothing") == Series((), ())
    assert a_history().epochs == 3
    assert History().epochs == 0


def test_layers_keep_the_order_of_the_model() -> None:
    layers = a_history().layers("update_ratio")
    assert list(layers) == ["a", "b"]
    assert layers["a"] == Series((1, 3), (1e-3, 2e-3))
    assert layers["b"].epochs == (1,)
    assert a_history().layers("train_loss") == {}


def test_steps_are_read_at_one_epoch() -> None:
    first, second, third = a_history().steps("subset_loss")
    assert (first, third) == (2.3, 0.1)
    assert math.isnan(second)
    assert a_history().steps("train_loss", 1) == ()


def test_a_later_value_replaces_an_earlier_one() -> None:
    history = a_history()
    history.record(1, {"train_loss": 1.0})
    assert history.rows[1]["train_loss"] == 1.0
    assert "update_ratio" in history.rows[1]


def test_a_history_survives_json() -> None:
    history = a_history()
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history


@pytest.mark.parametrize("remedy", [None, Remedy("Lower lr.", {"optimizer.lr": 0.01})])
def test_a_verdict_survives_json(remedy: Remedy | None) -> None:
    verdict = Verdict("plateau", Severity.WARNING, "Flat.", {"lr": [0.1, None]}, remedy, 1, 3)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


def test_severities_are_ordered_by_harm() -> None:
    ranks = [Severity(name).rank for name in ("skipped", "pass", "note", "warning", "fatal")]
    assert ranks == [0, 1, 2, 3, 4]


def test_finite_is_how_a_signal_is_stored() -> None:
    assert finite(1.5) == 1.5
    assert finite(math.nan) is None
    assert finite(math.inf) is None
    assert finite(None) is None


def test_judging_does_not_import_torch() -> None:
    code = (
        "import sys; from diagnostics import History, judge, load_checks; "
        "judge(History(), load_checks()); import diagnostics.report; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Monitr"):
        diagnostics.__getattr__("Monitr")
