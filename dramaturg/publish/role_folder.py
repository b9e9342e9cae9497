"""ChatHaruhi's role folder (arXiv 2308.09597), as its package opens it: `texts/*.txt`, `system_prompt.txt`.

ChatHaruhi(system_prompt="…/system_prompt.txt", story_text_folder="…/texts")
"""

from pathlib import Path
from typing import Any

from dramaturg.publish import scenes
from dramaturg.publish.dataset import read_rows
from dramaturg.script import told_line
from dramaturg.workspace import write_atomic

__all__ = ["write_role_folder"]

_TEXTS = "texts"


def write_role_folder(folder: Path, dataset: Path, system: str) -> list[Path]:
    """Write the stories of train, a text each, its turns as `told_line` has them. Returns the files, the system prompt
    first; stories of ours that were there before and are none now are taken away.
    """
    written = [folder / "system_prompt.txt"]
    _write(written[0], system)
    columns = ("id", *(f"turns.list.element.{name}" for name in ("role", "kind", "content")))
    for number, row in enumerate(read_rows(dataset, scenes.CONFIG, "train", columns), 1):
        path = folder / _TEXTS / f"{number:05}_{row['id']}.txt"
        _write(path, "\n".join(map(_line, row["turns"])))
        written.append(path)
    stories = set(written)
    for path in (folder / _TEXTS).glob("[0-9]*_*.txt"):
        if path not in stories:
            path.unlink()
    return written


def _line(turn: dict[str, Any]) -> str:
    """A turn on one line, whatever its text has in it."""
    return told_line(turn["role"], " ".join(turn["content"].split()), turn["kind"])


def _write(path: Path, text: str) -> None:
    with write_atomic(path) as file:
        file.write(f"{text}\n".encode())
