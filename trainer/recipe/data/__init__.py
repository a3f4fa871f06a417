"""Data sets that a recipe can name."""

from trainer.recipe.data.data import Data, FileName, Limit
from trainer.recipe.data.drawn import Blobs, Circles, Moons, Shapes, Spirals
from trainer.recipe.data.files import CifarBinary, Idx, ImageFolder, Npz
from trainer.recipe.data.known import BreastCancer, Digits, Iris, Wine
from trainer.recipe.data.tables import Csv, Parquet
from trainer.recipe.data.texts import Hashing, TextTsv, Tokens, Vocabulary

__all__ = [
    "Blobs",
    "BreastCancer",
    "CifarBinary",
    "Circles",
    "Csv",
    "Data",
    "Digits",
    "FileName",
    "Hashing",
    "Idx",
    "ImageFolder",
    "Iris",
    "Limit",
    "Moons",
    "Npz",
    "Parquet",
    "Shapes",
    "Spirals",
    "TextTsv",
    "Tokens",
    "Vocabulary",
    "Wine",
]
