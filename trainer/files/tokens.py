"""Texts to token ids: 0 is padding, 1 unknown, tokens follow."""

import re
import zlib
from collections import Counter
from collections.abc import Callable

from trainer.recipe.data import Hashing, Tokens, Vocabulary

UNKNOWN, FIRST = 1, 2
TOKEN = re.compile(r"\w+|[^\w\s]")


def split(text: str) -> list[str]:
    """Words and single punctuation marks, in small letters: "Free £5!" → free, £, 5, !"""
    return TOKEN.findall(text.lower())


def numbering(settings: Tokens, counts: Counter[str]) -> tuple[Callable[[str], int], int]:
    """Token → id, and how many ids there are from FIRST on."""
    match settings:
        case Vocabulary(size=size):
            ordered = sorted(counts, key=lambda token: (-counts[token], token))[: size - FIRST]
            ids = {token: number for number, token in enumerate(ordered, start=FIRST)}
            return lambda token: ids.get(token, UNKNOWN), len(ids)
        case Hashing(buckets=buckets):
            return lambda token: FIRST + zlib.crc32(token.encode()) % buckets, buckets
    raise AssertionError(f"no numbering for {settings.name}")
