"""What a recipe alone says of a run. No torch here: the service judges stored histories with it."""

from diagnostics import Facts
from trainer.recipe import Recipe


def recipe_facts(recipe: Recipe) -> Facts:
    """Without what only the data and the model tell: classes, task, outputs."""
    chosen = recipe.optimizer
    return Facts(
        loss=recipe.loss.name,
        label_smoothing=float(getattr(recipe.loss, "label_smoothing", 0.0)),
        optimizer=chosen.name,
        lr=chosen.lr,
        weight_decay=chosen.weight_decay,
        momentum=getattr(chosen, "momentum", None),
        clip_norm=chosen.clip_norm,
        schedule=recipe.schedule.name,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        trained_before=recipe.transfer is not None,
    )
