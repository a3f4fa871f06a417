"""A training loop of one's own, watched: the lines marked `# watch` are all it takes.

python examples/monitor.py            a good learning rate: healthy
python examples/monitor.py --lr 300   one that is too high: what went wrong, and what to try
"""

# %% Settings: try --lr 300, --lr 1e-7
import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn

from diagnostics import Monitor, preflight  # watch

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=10)
settings = parser.parse_args()
torch.manual_seed(0)

# %% Data: 1,797 scanned digits, 8 × 8 grey; the last 360 are for validation
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
train, val = slice(0, 1437), slice(1437, None)

# %% Model
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=settings.lr, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()
sample = images[train], labels[train]  # watch
before = preflight(model, loss_fn, *sample, optimizer=optimizer)  # watch
monitor = Monitor(model, optimizer, loss_fn=loss_fn, sample=sample, preflight=before)  # watch

# %% Training
for _ in range(settings.epochs):
    for rows in torch.randperm(1437).split(64):
        optimizer.zero_grad()
        loss = loss_fn(model(images[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        monitor.step(loss)  # watch
    with torch.no_grad():
        val_loss = loss_fn(model(images[val]), labels[val])
    monitor.epoch(val_loss=val_loss)  # watch

# %% Verdict
print(monitor.report())  # watch
