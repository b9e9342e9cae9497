"""A card's front matter: what the Hub reads of a dataset."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dramaturg.character import Character
from dramaturg.publish import chatharuhi
from dramaturg.publish.dataset import parquet_path
from dramaturg.publish.markdown import in_a_line

__all__ = ["Part", "metadata"]

_SIZES = (
    *((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")),
    *((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M")),
)
_LICENCES = frozenset(
    "afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc "
    "cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 "
    "cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 "
    "cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 gfdl gpl "
    "gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 osl-3.0 "
    "pddl postgresql unlicense wtfpl zlib".split()
)
"""Those of the Hub's list that a text may be under: the type `License` of the Hub's own client (npm, @huggingface/hub
2.17.5) without what is for models alone, and what says nothing. The Hub refuses a card with another."""
_IN_ENGLISH = dict.fromkeys(("公有领域", "公版", "公有領域"), "public-domain")


@dataclass(frozen=True, slots=True)
class Part:
    """How many rows a split of a config has, and the SHA-256 of its Parquet file; no file where there is no row."""

    rows: int
    sha256: str


def metadata(character: Character, parts: Mapping[str, Mapping[str, Part]], is_synthetic: bool) -> dict[str, Any]:
    """Of a dataset with these `parts`, by config and split; `is_synthetic` where a model wrote some of it.

    Each config's description names its hashes because `load_dataset` (5.0) knows a local folder only by its last
    name and this metadata, not by its files: without it, it would show another character's rows, or old ones,
    out of its cache.
    """
    tags = ["role-playing", "dialogue", "dramaturg", *(["synthetic"] if is_synthetic else []), *character.categories]
    return {
        "pretty_name": f"{character.name} ({character.work})",
        "language": [character.language],
        **_licence(character.licence),
        "task_categories": ["text-generation"],
        "tags": list(dict.fromkeys(filter(None, map(in_a_line, tags)))),
        "size_categories": [_size(max(sum(part.rows for part in own.values()) for own in parts.values()))],
        "configs": [
            {
                "config_name": config,
                "description": "; ".join(
                    f"{part.rows} {split} rows, SHA-256 {part.sha256}" for split, part in own.items() if part.rows
                ),
                "data_files": [
                    {"split": split, "path": str(parquet_path(config, split))}
                    for split, part in own.items()
                    if part.rows
                ],
                **({"default": True} if config == chatharuhi.CONFIG else {}),
            }
            for config, own in parts.items()
        ],
    }


def _licence(licence: str) -> dict[str, str]:
    """One that the Hub knows, by its id; else `other`, with an id of our own, such as `my-license-1.0`."""
    known = "-".join(re.findall(r"[^\s_-]+", in_a_line(licence).lower()))
    if known in _LICENCES:
        return {"license": known}
    name = re.sub(r"[^a-z0-9.]+", "-", _IN_ENGLISH.get(known, known)).strip("-.")
    return {"license": "other", "license_name": name or "other"}


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "100M<n<1B")
