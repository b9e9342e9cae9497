"""What a model wrote, read as items: JSON, tags, tables or labelled blocks, whichever came, however untidy.

Models put fences and prose around an answer, mix full- and half-width colons, forget quotes and commas, and stop in
the middle. Every item that is whole is read; one that lacks a field, or was cut off in its last, is not made up.
"""

from dramaturg.llm.parse.answers import Parsed, has_items, has_text, read_items, read_text
from dramaturg.llm.parse.items import Item

__all__ = ["Item", "Parsed", "has_items", "has_text", "read_items", "read_text"]
