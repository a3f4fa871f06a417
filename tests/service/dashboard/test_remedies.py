"""A trial's page says what is wrong, offers the remedy, and shows before and after."""

from typing import Any

from tests.service.dashboard.filling import HOSTILE, at, diverged, healthy
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, epoch, held, verdict

CAUSES = [
    {"cause": "lr_too_high", "confidence": 0.86, "checks": ["diverging", "update_ratio"]},
    {"cause": "saturation", "confidence": 0.3, "checks": ["update_ratio"]},
]
REMEDY = {"text": "Lower lr to 0.1.", "patch": {"optimizer.lr": 0.1}}


def sick(desk: Desk, value: float = 0.102, causes: Any = CAUSES, **said: Any) -> dict[str, Any]:
    """A trial at lr 1000 that ends with a diagnosis; its claim."""
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    verdicts = [
        verdict(about, summary="The loss grows.", remedy=REMEDY, **said),
        verdict(about, "update_ratio", summary="Layers move by half of their weights a step."),
        verdict(about, "plateau", severity="pass", remedy={"text": "None.", "patch": {}}),
    ]
    rows = [epoch(about, n, val_accuracy=value) for n in (1, 2)]
    ends = [about | {"state": "complete", "diagnosis": causes}]
    desk.finish(claim, epochs=rows, verdicts=verdicts, ends=ends)
    return claim


def number_of(claim: dict[str, Any]) -> int:
    return int(held(claim)[0]["trial"])


def test_the_likeliest_cause_comes_first(desk: Desk) -> None:
    trial = number_of(sick(desk))
    said = page(desk, f"/trials/{trial}")
    words = read(said)
    assert (
        "10.2 % validation accuracy at epoch 1 of 2; "
        "likely cause: the learning rate is too high (0.86)."
    ) in words
    assert "Likely causes Cause Confidence Said by The learning rate is too high 0.86" in words
    assert "0.30 update_ratio" in words
    assert '<a href="#diverging">diverging</a>, <a href="#update_ratio">update_ratio</a>' in said


def test_a_healthy_trial_has_no_causes(desk: Desk) -> None:
    said = page(desk, f"/trials/{healthy(desk, at(desk, 0.1))}")
    assert '<section id="causes" data-live hidden>' in said
    assert "Likely causes" not in said


def test_an_unknown_cause_is_not_called_likely(desk: Desk) -> None:
    trial = diverged(desk, at(desk, 0.9))
    words = read(page(desk, f"/trials/{trial}"))
    assert "Infeasible after 3 epochs: The loss is not finite since epoch 3" in words
    assert "the cause is unknown 0.25 non_finite" in words


def test_only_a_remedy_with_a_patch_can_be_applied(desk: Desk) -> None:
    trial = number_of(sick(desk))
    said = page(desk, f"/trials/{trial}")
    assert said.count(">Apply remedy<") == 1
    assert f'id="apply-diverging" data-action="POST" {sent(trial)}' in said


def sent(trial: int) -> str:
    body = "{&#34;check&#34;: &#34;diverging&#34;}"
    return f'data-url="/v1/trials/{trial}/repair" data-body="{body}" data-after="open"'


def test_the_best_remedy_stands_beside_the_answer(desk: Desk) -> None:
    trial = number_of(sick(desk))
    said = page(desk, f"/trials/{trial}")
    assert f'id="deed-repair" data-action="POST" {sent(trial)}' in said
    assert "Repair: lr 1000 → 0.1 Retry Copy as YAML" in read(said)


def test_a_remedy_that_changes_nothing_is_not_offered(desk: Desk) -> None:
    claim = at(desk, 0.1)
    (about,) = held(claim)
    remedy = {"text": "Use rectifiers.", "patch": {"model.activation": {"name": "relu"}}}
    desk.report(claim, verdicts=[verdict(about, remedy=remedy)])
    said = page(desk, f"/trials/{about['trial']}")
    assert "Use rectifiers." in said
    assert "data-body" not in said


def test_a_cancelled_study_offers_no_remedy(desk: Desk) -> None:
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    desk.report(claim, verdicts=[verdict(about, remedy=REMEDY)])
    assert "/repair" in page(desk, f"/trials/{about['trial']}")
    desk.http.patch(f"/v1/studies/{claim['study']}", json={"state": "cancelled"})
    assert "/repair" not in page(desk, f"/trials/{about['trial']}")


def test_before_and_after(desk: Desk) -> None:
    claim = sick(desk)
    trial = number_of(claim)
    made = desk.http.post(f"/v1/trials/{trial}/repair", json={"check": "diverging"}).json()
    words = read(page(desk, f"/trials/{made['id']}"))
    waiting = "lr 1000 → 0.1; validation accuracy 10.2 % → not trained yet"
    assert f"Repairs trial 0 : {waiting}" in words
    healthy(desk, desk.claim(study=claim["study"]), value=0.971)
    changed = "lr 1000 → 0.1; validation accuracy 10.2 % → 97.1 %"
    said = page(desk, f"/trials/{made['id']}")
    assert f"Repairs trial 0 : {changed}" in read(said)
    assert f'Repairs <a href="/trials/{trial}">' in said
    said = page(desk, f"/trials/{trial}")
    assert f"Repaired by trial 1 : {changed}" in read(said)
    assert f'Repaired by <a href="/trials/{made["id"]}">' in said


def test_a_patch_of_sections_is_told_in_words(desk: Desk) -> None:
    claim = at(desk, 0.9)
    trial = diverged(desk, claim)
    patch = {"optimizer": {"name": "adam", "lr": 0.001}, "epochs": 3}
    made = desk.http.post(f"/v1/trials/{trial}/repair", json={"patch": patch}).json()
    words = read(page(desk, f"/trials/{made['id']}"))
    assert "→ adam (lr 0.001" in words
    assert "epochs 20 → 3; validation accuracy 10.0 % → not trained yet" in words


def test_hostile_checks_are_escaped(desk: Desk) -> None:
    name = HOSTILE[:60]
    causes = [CAUSES[0] | {"checks": [name]}]
    said = page(desk, f"/trials/{number_of(sick(desk, causes=causes))}")
    assert "<script>alert" not in said


def test_repairs_cost_a_page_a_bounded_number_of_queries(desk: Desk) -> None:
    claim = sick(desk)
    for lr in range(1, 13):
        patch = {"optimizer.lr": lr / 100}
        desk.http.post(f"/v1/trials/{number_of(claim)}/repair", json={"patch": patch})
    said = page(desk, f"/trials/{number_of(claim)}")
    assert said.count("Repaired by") == 8
    assert "lr 1000 → 0.12" in read(said)
