"""Texts from a file in the data folder, and how they become numbers."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.data.data import Data, FileName, Limit
from trainer.recipe.ingredient import Ingredient, Menu


class Tokens(Ingredient):
    """How a token (a word or one punctuation mark, in small letters) becomes a number.

    0 is padding and 1 is unknown, so that tokens begin at 2.
    """


class Vocabulary(Tokens):
    """The most frequent tokens, ties alphabetically; `size` counts padding and unknown.

    It is built from all texts, those held out too. Of labels that leaks nothing; a token that only
    stands in held-out texts gets a number of its own that no gradient reaches.
    """

    name: Literal["vocabulary"] = "vocabulary"
    size: int = Field(default=5000, ge=3, le=1_000_000)


class Hashing(Tokens):
    """2 + crc32(token) mod `buckets`: needs no vocabulary, at the price of collisions.

    Source: Weinberger et al., *Feature hashing for large scale multitask learning* (2009).
    """

    name: Literal["hashing"] = "hashing"
    buckets: int = Field(default=4096, ge=1, le=1_000_000)


class TextTsv(Data):
    """One text per line, after its label and a TAB, in UTF-8; as the SMS Spam Collection.

    `length` is the most tokens of a text that are kept, from its beginning; shorter ones are
    padded at the end. The format is that of Almeida, Gómez Hidalgo and Yamakami, *Contributions to
    the study of SMS spam filtering* (2011).
    """

    name: Literal["text_tsv"] = "text_tsv"
    always = "classification"
    file: FileName = "SMSSpamCollection"
    tokens: Annotated[Tokens, Menu("vocabulary")] = Vocabulary()
    length: int = Field(default=64, ge=1, le=4096)
    limit: Limit = None
