"""Errors of the trainer.

TrainerError            base; the message names the field and value and says what to do
├── BadRecipe           the recipe cannot be trained, which only showed with its data
├── NoSuchDevice        the device does not exist on this machine
└── BadCheckpoint       the file is no checkpoint of ours
"""


class TrainerError(Exception):
    """Base of what the trainer raises."""


class BadRecipe(TrainerError):
    """The recipe cannot be trained, which only showed with its data; `field` says where."""

    def __init__(self, field: str, value: object, message: str) -> None:
        self.field = field
        self.value = value
        super().__init__(f"{field}: {message} (given: {value!r})")


class NoSuchDevice(TrainerError):
    """The device does not exist on this machine."""


class BadCheckpoint(TrainerError):
    """The file is no checkpoint of ours."""
