"""Many trials as one model, in a script or a notebook of one's own: no service, no database.

python examples/train_many.py              64 points of lr and weight decay on scanned digits
python examples/train_many.py --points 4   16 points
"""

# %% Settings
import argparse

from trainer import train_many
from trainer.events import Ended
from trainer.recipe import Recipe

parser = argparse.ArgumentParser()
parser.add_argument("--points", type=int, default=8, help="values of each setting")
parser.add_argument("--epochs", type=int, default=10)
settings = parser.parse_args()

# %% A recipe, and the points where it is trained: anything that changes no shape may differ
recipe = Recipe.model_validate(
    {
        "data": "digits",
        "model": {"name": "mlp", "hidden": [64]},
        "optimizer": {"name": "sgd", "momentum": 0.9},
        "schedule": "cosine",
        "epochs": settings.epochs,
    }
)
spread = [n / max(1, settings.points - 1) for n in range(settings.points)]
points = [
    {"optimizer.lr": 1e-3 * 1000**x, "optimizer.weight_decay": 1e-6 * 10000**y}
    for x in spread
    for y in spread
]

# %% Training: the events of all trials, as they come
scores: dict[int, float] = {}
for number, event in train_many(recipe, points, progress=True):
    if isinstance(event, Ended) and event.checkpoint is not None:
        scores[number] = event.checkpoint.metrics["val_accuracy"] or 0.0

# %% The best five
for number in sorted(scores, key=lambda n: -scores[n])[:5]:
    lr, weight_decay = points[number].values()
    print(f"{scores[number]:.1%}  lr {lr:.2g}  weight decay {weight_decay:.2g}")
