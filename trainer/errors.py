"""Errors of the trainer.

TrainerError            base; the message names the field and value and says what to do
├── BadRecipe           the recipe cannot be trained, which only showed with its data
├── BadFile             a file of the data folder is missing, damaged or not what it should be
├── NotStackable        the trials cannot be trained as one model, though one by one they can
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


class BadFile(TrainerError):
    """A file of the data folder is missing, damaged or not what the recipe says it is.

    `file` is its name in the data folder; `field` is the setting of the data that is to be changed
    if the file is right.
    """

    def __init__(self, file: str, reason: str, field: str = "file") -> None:
        self.file = file
        self.reason = reason
        self.field = field
        super().__init__(f"{file}: {reason}")


class NotStackable(TrainerError):
    """The trials cannot be trained as one model, though one by one they can; `field` says why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field = field
        self.value = value
        super().__init__(f"{field}: {reason} (given: {value!r}); train these one by one")


class NoSuchDevice(TrainerError):
    """The device does not exist on this machine."""


class BadCheckpoint(TrainerError):
    """The file is no checkpoint of ours."""
