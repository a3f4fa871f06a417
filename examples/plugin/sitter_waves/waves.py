"""Noisy waves."""

from pathlib import Path

import torch

from sitter_waves.settings import Waves as Settings
from trainer.data import Dataset

FREQUENCIES = (2.0, 3.0)  # periods in the window, one for each class


class Waves:
    """sin(2π f t + φ) + noise with a random φ; the class is which f."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """inputs [N, 1, length], the same for every trial."""
        chosen = self.settings
        generator = torch.Generator().manual_seed(0)
        targets = torch.arange(chosen.samples) % len(FREQUENCIES)
        t = torch.linspace(0, 1, chosen.length)
        phase = torch.rand(chosen.samples, 1, generator=generator)
        waves = torch.sin(2 * torch.pi * (torch.tensor(FREQUENCIES)[targets, None] * t + phase))
        noise = torch.randn(waves.shape, generator=generator) * chosen.noise
        return Dataset((waves + noise).unsqueeze(1), targets, outputs=len(FREQUENCIES))
