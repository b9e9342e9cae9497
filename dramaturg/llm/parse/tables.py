"""Not written yet."""

from dramaturg.llm.parse.items import Piece
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_tables"]


def read_tables(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """Nothing yet."""
    return []
