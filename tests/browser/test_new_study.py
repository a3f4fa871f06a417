"""Writing a study in a real browser: form and YAML in step, errors in place, quickly submitted."""

import json
import re
from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from service.study import EXAMPLE
from tests.browser.conftest import Window
from tests.service.desk import Desk

pytestmark = pytest.mark.browser

READY = 15_000  # ms; the form waits for the schema and one answer


def opened(window: Window, address: str) -> Page:
    page = window.open(address)
    expect(page.get_by_label("Name", exact=True)).to_be_visible(timeout=READY)
    expect(page.locator("#ready")).not_to_have_text("\u00a0")
    return page


def written(page: Page) -> Any:
    return yaml.safe_load(page.locator("#yaml").input_value())


def field(page: Page, path: str) -> Locator:
    return page.locator(f'[id="field-{path}"]')


def under(page: Page, path: str) -> Locator:
    return page.locator(f'[id="under-{path}"]')


def until(page: Page, path: list[str], value: object) -> None:
    """The YAML says so, some moments after the form was changed."""

    def said() -> object:
        here = written(page)
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        return here

    for _ in range(100):
        if said() == value:
            return
        page.wait_for_timeout(50)
    assert said() == value


def test_a_newcomer_submits_the_example_with_one_press(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    expect(page.locator("#cost")).to_contain_text("64 trials × 20 epochs = 1\u2009280 epochs")
    expect(page.locator("#ready")).to_have_text("Ready to submit")
    page.get_by_role("button", name="Submit study").click()
    page.wait_for_url(re.compile(r"/studies/\d+$"))
    [study] = desk.get("/v1/studies")["items"]
    assert study["name"] == "digits-lr-wd"
    document = desk.study(study["id"])["document"]
    assert document["space"] == EXAMPLE["space"]
    assert not [c for c in window.complaints if "/new" in c]


def test_the_form_writes_the_yaml(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    page.get_by_label("Name", exact=True).fill("mine")
    until(page, ["name"], "mine")
    field(page, "recipe.optimizer.momentum").fill("5e-1")
    until(page, ["recipe", "optimizer", "momentum"], 0.5)
    field(page, "recipe.model.hidden").fill("32, 16,")
    until(page, ["recipe", "model", "hidden"], [32, 16])
    field(page, "recipe.optimizer").select_option("adam")
    until(page, ["recipe", "optimizer"], {"name": "adam"})
    expect(field(page, "recipe.optimizer.lr")).to_have_attribute("placeholder", "0.001")
    field(page, "recipe.epochs").fill("")
    until(page, ["recipe", "epochs"], None)
    expect(page.locator("#ready")).to_have_text("Ready to submit")
    assert window.complaints == []


def test_the_yaml_changes_the_form_and_keeps_its_comments(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    text = (
        "name: typed  # mine\nrecipe:\n  optimizer: adam\n  model: {name: small_cnn}\n  epochs: 3\n"
        "space:\n  optimizer.beta1: {uniform: [0.5, 0.9]}\nstopping: median\n"
    )
    page.locator("#yaml").fill(text)
    expect(page.get_by_label("Name", exact=True)).to_have_value("typed")
    expect(field(page, "recipe.optimizer")).to_have_value("adam")
    expect(field(page, "recipe.model")).to_have_value("small_cnn")
    expect(field(page, "recipe.epochs")).to_have_value("3")
    expect(field(page, "space.optimizer.beta1")).to_have_value("optimizer.beta1")
    expect(field(page, "space.optimizer.beta1.low")).to_have_value("0.5")
    expect(field(page, "stopping")).to_have_value("median")
    expect(page.locator(".row")).to_have_count(1)
    assert page.locator("#yaml").input_value() == text


def test_an_error_stands_at_its_field_and_beside_the_yaml(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    field(page, "recipe.epochs").fill("0")
    expect(under(page, "recipe.epochs")).to_contain_text("greater than or equal to 1")
    expect(field(page, "recipe.epochs")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#yaml-problems")).to_contain_text("Line 7 recipe.epochs: ")
    expect(page.locator("#ready")).to_have_text("1 thing to mend")
    page.get_by_role("button", name="Line 7").click()
    chosen = page.evaluate(
        "() => { const y = document.getElementById('yaml');"
        " return y.value.slice(y.selectionStart, y.selectionEnd); }"
    )
    assert chosen == "  epochs: 0"
    field(page, "recipe.epochs").fill("2")
    expect(under(page, "recipe.epochs")).to_have_text("Passes over the training data.")
    expect(page.locator("#yaml-problems li")).to_have_count(0)


def test_a_refused_study_is_told_in_a_summary_that_leads_to_the_field(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    document = {**EXAMPLE, "diagnostics": {"profile": "half"}, "trials": -1}
    page.locator("#yaml").fill(json.dumps(document))
    page.get_by_role("button", name="Submit study").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Not submitted: mend 2 things first.")
    summary.get_by_role("link", name="diagnostics.profile").click()
    expect(field(page, "diagnostics.profile")).to_be_focused()
    assert desk.get("/v1/studies")["items"] == []
    field(page, "diagnostics.profile").select_option("full")
    field(page, "trials").fill("4")
    expect(summary).to_be_hidden()


def test_yaml_that_cannot_be_read_is_kept_and_the_form_waits(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    page.locator("#yaml").fill("name: x\nrecipe: {epochs: 1")
    expect(page.locator("#yaml-problems")).to_contain_text("Line 3")
    expect(page.get_by_label("Name", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Submit study").click()
    expect(page.get_by_role("alert")).to_contain_text("The YAML: is not YAML")
    page.locator("#yaml").press("ControlOrMeta+End")
    page.locator("#yaml").press_sequentially("}")
    expect(field(page, "recipe.epochs")).to_have_value("1")
    expect(page.get_by_label("Name", exact=True)).to_be_enabled()


def dots(page: Page, path: str) -> list[float]:
    """Where the points of a path are, in per cent of the axis."""
    row = page.get_by_role("group", name=f"Search of {path}")
    places = row.locator(".dot").evaluate_all("all => all.map(d => d.getAttribute('cx'))")
    return [float(place.rstrip("%")) for place in places]


def test_sampled_points_lie_on_a_log_axis(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    expect(page.locator(".said")).to_have_text("The 64 points that random will try.")
    assert len(dots(page, "optimizer.lr")) == 64
    field(page, "strategy").select_option("grid")
    field(page, "space.optimizer.weight_decay.points").fill("2")
    field(page, "space.optimizer.lr.points").fill("3")
    field(page, "trials").fill("")
    expect(page.get_by_role("group", name="Search of optimizer.lr").locator(".dot")).to_have_count(
        3
    )
    assert dots(page, "optimizer.lr") == pytest.approx([2, 50, 98], abs=0.1)
    expect(page.locator("#cost")).to_contain_text("6 trials × 20 epochs")


def test_a_setting_is_added_to_the_space_and_taken_away(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    page.get_by_role("button", name="Search one more setting").click()
    added = page.locator(".row").last.get_by_label("Setting")
    expect(added).to_be_focused()
    added.select_option("model.activation")
    row = page.get_by_role("group", name="Search of model.activation")
    row.get_by_label("Values").fill("relu, tanh")
    until(page, ["space", "model.activation"], {"choice": ["relu", "tanh"]})
    expect(row.locator(".tally li")).to_have_count(2)
    page.get_by_role("button", name="Remove optimizer.lr").click()
    page.get_by_role("button", name="Remove model.activation").click()
    until(page, ["space"], {"optimizer.weight_decay": {"log_uniform": [1e-6, 0.1]}})
    expect(page.locator("#ready")).to_have_text("Ready to submit")


def test_every_ingredient_has_its_form(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    page.get_by_text("More", exact=True).click()
    for path in ("data", "model", "optimizer", "schedule", "split", "preprocess", "loss"):
        select = field(page, f"recipe.{path}")
        for name in select.locator("option").evaluate_all("all => all.map(o => o.value)"):
            select.select_option(name)
            expect(select).to_have_value(name)
            expect(under(page, f"recipe.{path}")).not_to_be_empty()
            entry = next(
                each["properties"]
                for each in desk.get("/v1/studies/schema")["$defs"].values()
                if each["properties"].get("name", {}).get("const") == name
            )
            settings = page.locator(f'[data-field^="recipe.{path}."]')
            assert settings.count() >= len(entry) - 1
    assert window.complaints == []


def test_a_list_of_ingredients_grows_and_shrinks(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    page.get_by_text("More", exact=True).click()
    augment = page.get_by_role("group", name="Augment", exact=True)
    augment.get_by_role("button", name="Add one").click()
    field(page, "recipe.augment.0").select_option("gaussian_noise")
    until(page, ["recipe", "augment"], [{"name": "gaussian_noise"}])
    page.get_by_role("button", name="Remove Augment 1").click()
    until(page, ["recipe", "augment"], None)
    field(page, "recipe.early_stopping").check()
    field(page, "recipe.early_stopping.patience").fill("9")
    until(page, ["recipe", "early_stopping"], {"patience": 9})


def test_a_draft_survives_a_reload_and_can_be_dropped(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    page.get_by_label("Name", exact=True).fill("half done")
    until(page, ["name"], "half done")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("half done", timeout=READY)
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("digits-lr-wd")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("digits-lr-wd", timeout=READY)
    expect(page.locator("#restored")).to_be_hidden()


def test_a_study_is_copied_from_the_page(desk: Desk, url: str, window: Window) -> None:
    name = "<b>bold</b>\u202egnp" + "x" * 100
    study = desk.submit(name=name, recipe={"optimizer": {"name": "adam"}})["id"]
    page = opened(window, f"{url}/new")
    page.get_by_label("Copy from study").select_option(str(study))
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_url(f"**/new?from={study}")
    expect(page.get_by_label("Name", exact=True)).to_have_value(f"{name} (copy)", timeout=READY)
    expect(field(page, "recipe.optimizer")).to_have_value("adam")
    assert page.locator("b").count() == 0


def test_typing_moves_nothing_and_loses_no_focus(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    momentum = field(page, "recipe.optimizer.momentum")
    momentum.scroll_into_view_if_needed()
    before = momentum.bounding_box()
    momentum.press("ControlOrMeta+a")
    momentum.press_sequentially("0.75", delay=120)
    until(page, ["recipe", "optimizer", "momentum"], 0.75)
    expect(momentum).to_be_focused()
    assert momentum.bounding_box() == before
    assert momentum.input_value() == "0.75"


def test_the_form_is_complete_on_a_phone_and_by_keyboard(
    desk: Desk, url: str, window: Window
) -> None:
    window.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(window, f"{url}/new")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    unnamed = page.evaluate(
        "() => [...document.querySelectorAll('input, select, textarea')]"
        ".filter(f => !f.labels.length).map(f => f.id)"
    )
    assert unnamed == []
    page.get_by_label("Name", exact=True).focus()
    for path in ("recipe.data", "recipe.model"):
        page.keyboard.press("Tab")
        expect(field(page, path)).to_be_focused()
    page.get_by_label("Name", exact=True).press("Enter")
    page.wait_for_url(re.compile(r"/studies/\d+$"))


def test_nothing_old_is_submitted_where_the_last_change_was_not_read(
    desk: Desk, url: str, window: Window
) -> None:
    page = opened(window, f"{url}/new")
    down = True
    page.route("**/v1/drafts", lambda route: route.abort() if down else route.continue_())
    area = page.locator("#yaml")
    area.fill(re.sub(r"(?m)^name: .*$", "name: newest", area.input_value()))
    page.locator("[type=submit]").click()
    expect(page.locator("#summary")).to_contain_text(
        "Not submitted: your last change is not checked"
    )
    assert desk.get("/v1/studies")["items"] == []
    down = False
    page.locator("[type=submit]").click()
    page.wait_for_url(re.compile(r"/studies/\d+$"))
    assert desk.get("/v1/studies")["items"][0]["name"] == "newest"


def test_a_change_of_the_form_waits_for_the_yaml(desk: Desk, url: str, window: Window) -> None:
    page = opened(window, f"{url}/new")
    area = page.locator("#yaml")
    changed = re.sub(r"(?m)^name: .*$", "name: newest", area.input_value())
    page.evaluate(
        """yaml => {
            const area = document.getElementById("yaml");
            area.value = yaml;
            area.dispatchEvent(new Event("input", { bubbles: true }));
            const trials = document.getElementById("field-trials");
            trials.value = "7";
            for (const kind of ["input", "change"])
                trials.dispatchEvent(new Event(kind, { bubbles: true }));
        }""",
        changed,
    )
    until(page, ["trials"], 7)
    assert written(page)["name"] == "newest"
