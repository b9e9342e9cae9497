"""One HTML file that holds a page's markup, style, program and data, and runs nothing else.

The page is the same whether it is opened from a file or served: the data say whether it can correct (`mode`).
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["render_page"]

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    *("words", "dom", "text", "passage", "dataset", "server", "list", "names", "browse", "overview", "rows", "turns"),
    *("lost", "speakers", "review", "corrections", "main"),
)
"""In the order in which they stand in the page's program; `main` starts it."""
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_LANGUAGES = {"en": "en", "zh": "zh-Hans"}


def render_page(data: Mapping[str, Any]) -> bytes:
    """The page in UTF-8. Any string in the data is shown as text, whatever stands in it.

    The data, which JSON can hold: `mode`, "report" or "review"; `language` of the interface; `character`; `made`, what
    made it, labels and values; `sources`, `funnel`, `cost`, `speakers`, `plots`; `names` of all who speak; `passages`
    [source, start, text]; `lines`, parallel arrays of the spoken lines, with the `queue` of a review; `rows`, with
    `totals`; what was `lost`, with `lost_total`; and `state`, what a person has corrected. A source is given by its
    number in `sources`, a place by the code points before it. Labels and reasons are in words already.

    Raises KeyError where the data lack a mode, a language or a character's name, ValueError where a number is none.
    """
    style = _read("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_read(f"{name}.js") for name in _SCRIPTS) + "})();\n"
    policy = [
        "default-src 'none'",
        "img-src data:",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        *(["connect-src 'self'"] if data["mode"] == "review" else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    slots = {
        "language": _LANGUAGES[data["language"]],
        "policy": "; ".join(policy),
        "name": escape(str(data["character"]["name"])),
        "style": style,
        "script": script,
        "data": _json(data),
    }
    # in one pass, so that a slot's name within the data stays what it is
    page = _SLOT.sub(lambda slot: slots[slot[1]], _read("page.html"))
    # JSON writes half a surrogate pair as Python's backslashreplace does
    return page.encode("utf-8", "backslashreplace")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _json(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element that it stands in, nor begin a comment there."""
    written = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, replacement in _IN_SCRIPT.items():
        written = written.replace(sign, replacement)
    return written
