"""Real runs on scikit-learn's digits, as someone with a loop of their own would write them."""

import functools

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from diagnostics import Facts, Monitor

TRAINING = 1437
BATCH = 64
LOSS = nn.CrossEntropyLoss()


@functools.cache
def digits() -> tuple[Tensor, Tensor]:
    raw = load_digits()
    inputs = torch.tensor(raw.data / 16, dtype=torch.float32)
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(0))
    return inputs[order], torch.tensor(raw.target)[order]


def mlp() -> nn.Sequential:
    """64 → 64 → 10, He-initialised, from seed 0."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return model


def trained(
    lr: float, *, weight_decay: float = 0.0, epochs: int = 20, watched: bool = True
) -> tuple[Monitor | None, list[float]]:
    """SGD with momentum and a cosine; the monitor (None unless watched) and every step's loss."""
    inputs, targets = digits()
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=weight_decay)
    steps = epochs * -(-TRAINING // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    facts = Facts(schedule="cosine", epochs=epochs, batch_size=BATCH)
    sample = (inputs[:TRAINING], targets[:TRAINING])
    monitor = (
        Monitor(model, optimizer, loss_fn=LOSS, sample=sample, facts=facts) if watched else None
    )
    losses: list[Tensor] = []
    for _ in range(epochs):
        for rows in torch.randperm(TRAINING).split(BATCH):
            optimizer.zero_grad()
            loss = LOSS(model(inputs[rows]), targets[rows])
            loss.backward()
            optimizer.step()
            if monitor:
                monitor.step(loss)
            schedule.step()
            losses.append(loss.detach())
        with torch.no_grad():
            val_loss = LOSS(model(inputs[TRAINING:]), targets[TRAINING:])
        if monitor:
            monitor.epoch(val_loss=val_loss)
    return monitor, torch.stack(losses).tolist()
