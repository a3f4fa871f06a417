"""The words are tested: every setting, route, command, check and part appears; examples run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from diagnostics.check import CHECKS
from service.app import create_app
from service.search import STOPPING, STRATEGIES
from service.settings import Settings
from service.study import StudyDocument
from sitter.cli import app
from sitter.client import load_study
from trainer.menu import KINDS, SETTINGS
from trainer.recipe import Recipe, entries

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme_with_its_default(name: str) -> None:
    row = next(r for r in README.splitlines() if r.startswith(f"| `SITTER_{name.upper()}` |"))
    field = Settings.model_fields[name]
    default = field.default
    shown = "none" if default is None else str(default).lower() if default is True else str(default)
    assert row.split("|")[2].strip().strip("`") == shown
    assert field.description
    assert field.description in row


@pytest.mark.parametrize("folder", [p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()])
def test_every_folder_has_its_line(folder: str) -> None:
    assert f"| `{folder}/` |" in README


def test_every_strategy_and_stopping_rule_is_named() -> None:
    for folder in (STRATEGIES, STOPPING):
        for name in folder.names():
            assert re.search(rf"\b{name}\b", README), name


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_ingredient_is_in_the_readme(kind: str) -> None:
    table = README.partition("### What a recipe can say")[2].partition("\n### ")[0]
    section = {"metric": "evaluation"}.get(kind, kind)
    row = next(r for r in table.splitlines() if re.match(rf"\| `(model\.)?{section}`", r))
    for name in entries(SETTINGS[kind]):
        assert f"`{name}`" in row, name


@pytest.mark.parametrize("kind", KINDS)
def test_contributing_says_where_every_kind_lies(kind: str) -> None:
    folder = KINDS[kind].package.rpartition(".")[2]
    named = re.findall(r"`(?:trainer/)?(?:layers/)?(\w+)/`", CONTRIBUTING)
    listed = re.search(r"\*\*A model, (.*)\*\* — its settings", CONTRIBUTING)
    assert listed is not None
    first = "model, " + listed[1].replace(" or ", ", ")
    assert folder in named or KINDS[kind].kind in first.split(", ")


def test_every_check_has_its_page() -> None:
    for name in CHECKS.names():
        page = CHECKS.load(name).__doc__ or ""
        for heading in (
            "Sees", "Why it matters", "When it is wrong", "What to do", "Sources",
        ):  # fmt: skip
            assert f"*{heading}*" in page, (name, heading)


def test_every_route_has_a_summary(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.db")
    described = create_app(settings).openapi()
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            assert operation.get("summary"), (path, verb)


def test_the_readmes_study_is_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        StudyDocument.parse(yaml.safe_load(block))


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.name)
def test_example_studies_are_valid(file: Path) -> None:
    StudyDocument.parse(load_study(file))


@pytest.mark.parametrize(
    "file", sorted((ROOT / "examples" / "recipes").glob("*.yaml")), ids=lambda p: p.name
)
def test_example_recipes_are_valid(file: Path) -> None:
    Recipe.model_validate(load_study(file))


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_example_scripts_run(file: Path) -> None:
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
    assert done.stdout


def test_commands_in_the_readme_exist() -> None:
    command = get_command(app)
    for line in re.findall(
        r"^(?:\.venv/bin/|[A-Z_]+=\S+ )*sitter (.+)$", README, flags=re.MULTILINE
    ):
        words = [w for w in line.split("#")[0].split() if not w.startswith("-")]
        here = command
        for word in words:
            if not hasattr(here, "commands"):
                break
            assert word in here.commands, line
            here = here.commands[word]


def test_make_targets_in_the_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE))
        assert named <= targets, document.name


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (ROOT / target).exists(), (document.name, target)


def test_compose_has_what_a_team_runs() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"postgres", "migrate", "service", "worker", "worker-gpu"}
    assert services["worker-gpu"]["profiles"] == ["gpu"]
    for name in ("postgres", "service", "worker", "worker-gpu"):
        assert "healthcheck" in services[name], name
    settings = {f"SITTER_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "service"):
        ours = {k for k in services[name]["environment"] if k.startswith("SITTER_")}
        assert ours <= settings, name


def test_constraints_pin_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in ("postgres", "dev"):
        wanted += project["optional-dependencies"][extra]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    for requirement in wanted:
        name = re.split(r"[^A-Za-z0-9_-]", requirement)[0].lower()
        assert name in pinned, name


def test_the_benchmarks_numbers_are_those_of_its_result_file() -> None:
    rows = json.loads((ROOT / "bench" / "orchestration.json").read_text("utf-8"))["rows"]
    median = {(row["database"], row["who"]): row["median_ms"] for row in rows}
    for database in ("sqlite", "postgres"):
        assert f"{median[database, 'sitter, batches of 64']:.1f} ms on" in README
        assert f"RDB storage: {median[database, 'optuna rdb']:.0f} ms" in README
