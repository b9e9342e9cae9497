from pathlib import Path

import pytest

from dramaturg.errors import InputError
from flows.stage import open_build
from flows.used import complain_of_licences


def with_licence(data: Path, licence: str) -> None:
    path = data / "raw" / "holmes" / "character.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("licence: CC0-1.0", f'licence: "{licence}"'), encoding="utf-8")


@pytest.mark.parametrize(
    "licence",
    [
        *(
            "CC0-1.0",
            "CC0",
            "cc-by-4.0",
            "CC BY-SA 3.0",
            "CC-BY-NC-SA-4.0",
            "Creative Commons Attribution-ShareAlike 4.0",
        ),
        *("public domain", "Public Domain Mark 1.0", "公有领域", "Apache-2.0", "Apache License, Version 2.0", "MIT"),
        *("MIT License", "BSD-3-Clause", "https://creativecommons.org/licenses/by/4.0/", "The Unlicense"[4:]),
    ],
)
def test_a_licence_that_lets_one_pass_on_is_known(built: Path, licence: str) -> None:
    with_licence(built, licence)
    complain_of_licences(open_build(built, "holmes"))


@pytest.mark.parametrize(
    "licence",
    [
        *("all rights reserved", "proprietary", "unknown", "not in the public domain", "public domain in the US only"),
        *("CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "MIT, but the illustrations are not", "permit", "CC", "fair use"),
    ],
)
def test_any_other_licence_is_not(built: Path, licence: str) -> None:
    with_licence(built, licence)
    with pytest.raises(InputError, match="quote novel"):
        complain_of_licences(open_build(built, "holmes"))
