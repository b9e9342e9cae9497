"""One of the samples on its way to the tests' Hub."""

from pathlib import Path
from typing import Any

import yaml

from flows.pipeline import run_all
from flows.publish import Publishing, publish
from flows.stage import Build, open_build

__all__ = ["CHARACTER", "REPO", "edit", "published"]

REPO = "org/monkey"
CHARACTER = "sunwukong"


def published(data: Path, **how: Any) -> list[str]:
    """What is told of it."""
    lines: list[str] = []
    publish(open_build(data, CHARACTER), Publishing(**{"repo": REPO, "date": "2026-01-02", **how}), lines.append)
    return lines


def edit(data: Path, **changes: Any) -> Build:
    """The character with other fields, built again."""
    path = data / "raw" / CHARACTER / "character.yaml"
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**fields, **changes}, allow_unicode=True), encoding="utf-8")
    build = open_build(data, CHARACTER)
    run_all(build)
    return build
