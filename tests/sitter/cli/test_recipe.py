"""`sitter recipe check`: valid files are explained, others answered with field, value and name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from sitter.cli import main
from sitter.cli.asking import Wrong, refuse_misfits
from sitter.cli.recipe import ANY
from trainer.recipe import Recipe

ROOT = Path(__file__).parents[3]
Check = Callable[..., tuple[int, str, str]]

STUDY = """
name: a grid
recipe: {batch_size: 5000, schedule: cosine, early_stopping: {patience: 30}}
space:
  optimizer.lr: {log_uniform: [1e-3, 1.0], points: 3}
  model.hidden: {values: [[8], [16, 16]]}
strategy: grid
repeats: 2
"""


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Check:
    """Writes a file and runs `sitter recipe check` on it; exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(content: str, *words: str) -> tuple[int, str, str]:
        (tmp_path / "it.yaml").write_text(content)
        monkeypatch.setattr("sys.argv", ["sitter", "recipe", "check", "it.yaml", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out.replace("\u202f", " "), err

    return command


def test_a_recipe_is_explained(check: Check) -> None:
    code, out, err = check("optimizer: {lr: 1e-4}\nschedule: {name: linear}\n")
    assert (code, err) == (0, "")
    answer, *rows = out.splitlines()
    assert answer == "it.yaml is a valid recipe."
    assert "data   digits: 1 437 samples to train on, 360 to validate; 1×8×8 in, 10 out" in out
    assert "steps  23 an epoch in batches of 64, 460 in 20 epochs" in out
    assert "lr     1e-4 at the start, 5e-5 halfway, 2.17e-7 in the last step" in out
    assert Recipe().stack_key() in out
    written = yaml.safe_load(out.partition("every default\n")[2])
    assert Recipe.model_validate(written).optimizer.lr == 1e-4
    assert written["epochs"] == 20
    assert any(row.startswith("model  4 810 parameters") for row in rows)


def test_a_study_is_explained_with_its_search(check: Check) -> None:
    code, out, err = check(STUDY, "--no-data")
    assert (code, err) == (0, "")
    assert out.startswith("it.yaml is a valid study.")
    assert "search  optimizer.lr: log_uniform [0.001, 1], 3 points" in out
    assert "model.hidden: values [[8], [16, 16]]" in out
    assert "trials  12, of a grid of 6 points" in out
    assert "stack   differs with model.hidden" in out
    assert "for the recipe's own lr" in out
    assert "▲ warning  early_stopping.patience 30 never stops" in out


def test_json_is_complete(check: Check) -> None:
    facts = json.loads(check(STUDY, "--json")[1])
    assert facts["valid"] is True
    assert facts["recipe"]["optimizer"]["name"] == "sgd"
    assert (facts["steps_per_epoch"], facts["steps"]) == (1, 20)
    assert facts["lr"]["start"] == 0.1
    assert (facts["points"], facts["trials"]) == (6, 12)
    assert facts["dividing"] == ["model.hidden"]
    assert facts["space"]["optimizer.lr"] == {"log_uniform": [0.001, 1.0], "points": 3}
    assert facts["unstackable"] == []
    assert len(facts["stack_key"]) == 16
    assert "batch_size 5000 is more than the 1437 training samples" in facts["warnings"][0]
    assert "early_stopping.patience 30" in facts["warnings"][1]


def test_without_the_data_nothing_is_loaded(check: Check) -> None:
    code, out, _ = check("data: {name: csv, file: none.csv}\n", "--no-data")
    assert code == 0
    assert "csv, not loaded" in out
    assert "how many steps the data decides" in out
    assert "parameters" not in out


def test_what_study_best_prints_is_a_recipe(check: Check) -> None:
    assert "it.yaml is a valid recipe." in check("recipe: {epochs: 3}\n", "--no-data")[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("epocs: 3", "epocs: unknown key 'epocs'; did you mean 'epochs'?"),
        ("recipe: {epocs: 3}", "recipe.epocs: unknown key 'epocs'; did you mean 'epochs'?"),
        ("model: small_cn", "model.name: no model is called 'small_cn'; did you mean 'small_cnn'?"),
        ("epochs: -1", "epochs: input should be greater than or equal to 1 (given: -1)"),
        ("optimizer: {lr: much}", "optimizer.lr: input should be a valid number"),
        ("name: x\nstrategy: gird", "strategy.name: no strategy is called 'gird'"),
        ("name: x\nspace: {optimizer.lrr: {values: [1]}}", "did you mean 'lr'?"),
        ("name: x\nstrategy: grid\nspace: {optimizer.lr: {uniform: [0.1, 1]}}", "`points`"),
        ("space: {}", "name: is missing"),
        ("model: text_cnn", "model.name: reads texts as token ids; the data has numbers"),
        (
            "data: digits\nmodel: small_cnn\npretraining: {}",
            "pretraining: trains the hidden layers",
        ),
        ("recipe: {pretraining: {}, model: lenet5}", "recipe.pretraining: trains the hidden"),
        ("loss: triplet\naugment: [mixup]", "augment.0: makes shares of classes"),
        ("data: iris\nevaluation: {metrics: [iou]}", "evaluation.metrics.0: is not for class"),
        (
            "model: {name: autoencoder}\nloss: mse\nevaluation: {mc_dropout: 3}",
            "evaluation.mc_dropout: needs probabilities",
        ),
        ("[1, 2]", "should be a mapping"),
        ("a: b: c", "is not YAML"),
    ],
    ids=lambda text: text[:12],
)
def test_what_is_wrong_is_named(check: Check, content: str, says: str) -> None:
    words = [] if content.startswith("model: text") else ["--no-data"]  # loading takes long
    code, out, err = check(content, *words)
    assert (code, out) == (1, "")
    assert err.startswith("sitter: ")
    assert says in err


def test_what_only_the_data_say_is_held_against_the_recipe() -> None:
    recipe = Recipe.model_validate({"data": {"name": "npz"}, "model": "mlp"})
    refuse_misfits(recipe, ANY, "recipe.")
    with pytest.raises(Wrong, match=r"^recipe\.loss\.name: is not for regression; take mse$"):
        refuse_misfits(recipe, ANY, "recipe.", "regression")


def test_every_misfit_is_named(check: Check) -> None:
    evaluation = "evaluation: {metrics: [auroc], confusion: true}"
    code, _, err = check(f"data: digits\nloss: triplet\n{evaluation}\naugment: [cutmix]\n")
    assert code == 1
    assert "sitter: evaluation.metrics.0: needs a score for each class" in err
    assert "\naugment.0: " in err


def test_every_problem_is_named(check: Check) -> None:
    _, _, err = check("epochs: 0\nbatch_size: 0\n")
    assert "sitter: epochs: " in err
    assert "\nbatch_size: " in err


def test_missing_data_are_answered_with_where_they_were_looked_for(check: Check) -> None:
    code, _, err = check("data: {name: csv, file: none.csv}\n", "--data", "elsewhere")
    assert code == 1
    assert "none.csv" in err
    assert err.splitlines()[-1].startswith("data files are looked for in elsewhere (--data)")


@pytest.mark.parametrize(
    "file", sorted((ROOT / "examples/recipes").glob("*.yaml")), ids=lambda p: p.name
)
def test_example_recipes_are_valid(check: Check, file: Path) -> None:
    assert check(file.read_text(encoding="utf-8"), "--no-data")[0] == 0


def test_searched_sections_are_shown_in_words(check: Check) -> None:
    losses = "[mse, {name: cross_entropy, label_smoothing: '1e-1'}]"
    space = f"space: {{loss: {{choice: {losses}}}, model.hidden: {{values: [[8], [16, 16]]}}}}"
    _, out, _ = check(f"name: x\n{space}\nobjective: {{metric: val_loss}}\n", "--no-data")
    assert "loss: choice [mse, cross_entropy (label smoothing 0.1)]" in out
    assert "model.hidden: values [[8], [16, 16]]" in out
