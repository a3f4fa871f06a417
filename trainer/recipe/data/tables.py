"""Rows of numbers from a table in the data folder."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.data.data import Data, FileName, Limit

Column = Annotated[str, Field(min_length=1, max_length=500)]


class Csv(Data):
    """A text file with one row per line, the columns' names in the first.

    Every column but `target` and those in `drop` is a feature and holds numbers. Classes are the
    different values of the target, numbers in their order, else alphabetically.
    """

    name: Literal["csv"] = "csv"
    file: FileName = "data.csv"
    target: Column = "target"
    task: Literal["classification", "regression"] = "classification"
    drop: list[Column] = Field(default=[], max_length=10_000)
    delimiter: Literal[",", ";", "\t", " ", "|"] = ","
    limit: Limit = None


class Parquet(Data):
    """An Apache Parquet file; its columns are read as those of `csv`."""

    name: Literal["parquet"] = "parquet"
    file: FileName = "data.parquet"
    target: Column = "target"
    task: Literal["classification", "regression"] = "classification"
    drop: list[Column] = Field(default=[], max_length=10_000)
    limit: Limit = None
