"""Character Cards V2 and V3, which chat front ends open: as JSON, and within a picture.

V2: github.com/malfoyslastname/character-card-spec-v2, spec_v2.md; V3: github.com/kwaroran/character-card-spec-v3,
SPEC_V3.md. In a PNG the card is the text of a tEXt chunk, `chara` or `ccv3`: base64 of its JSON in UTF-8.
"""

import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from dramaturg import __version__
from dramaturg.character import Character
from dramaturg.generate.profile import Profile
from dramaturg.publish.formats import apart
from dramaturg.publish.talks import Original, system_prompt
from dramaturg.text import count_tokens
from dramaturg.workspace import write_atomic, write_json

__all__ = ["card_v2", "card_v3", "png", "write_cards"]

_EXAMPLE_TOKENS = 600  # of all exchanges; front ends send them with every message
_MARKS = re.compile(r"\{(?=\{)|<(?=(?:START|USER|BOT|CHAR)>)", re.IGNORECASE)
_WIDTH, _HEIGHT = 400, 600  # as front ends show cards
_NOTES = {
    "en": "{name} of {work}. The example dialogue is its own words. Licence: {licence}. Made by Dramaturg {version}.",
    "zh": "{work}里的{name}。示例对话是原作的原话。许可：{licence}。由 Dramaturg {version} 制作。",
}


def card_v2(character: Character, profile: Profile, originals: Sequence[Original]) -> dict[str, Any]:
    """A V2 card, the example dialogue of it the first exchanges that fit."""
    language = character.language
    between = "、" if language == "zh" else ", "
    return {
        "spec": "chara_card_v2",
        "spec_version": "2.0",
        "data": {
            "name": character.name,
            "description": _plain(profile.text(language)),
            "personality": _plain(character.personality_note or between.join(character.categories)),
            "scenario": "",
            "first_mes": _plain(character.greeting or ""),
            "mes_example": _examples(originals),
            "creator_notes": _NOTES[language].format(
                name=character.name, work=character.work, licence=character.licence, version=__version__
            ),
            "system_prompt": _plain(system_prompt(character, None)),
            "post_history_instructions": "",
            "alternate_greetings": [],
            "tags": [*character.categories, character.script_category],
            "creator": "Dramaturg",
            "character_version": __version__,
            "extensions": {},
        },
    }


def card_v3(character: Character, profile: Profile, originals: Sequence[Original]) -> dict[str, Any]:
    """A V3 card: V2's fields and its own. 0 is what the specification has for a time that is not told; the icon is the
    picture that the card is in."""
    data = card_v2(character, profile, originals)["data"]
    return {
        "spec": "chara_card_v3",
        "spec_version": "3.0",
        "data": {
            **data,
            "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
            "creator_notes_multilingual": {character.language: data["creator_notes"]},
            "source": [],
            "group_only_greetings": [],
            "creation_date": 0,
            "modification_date": 0,
        },
    }


def write_cards(folder: Path, character: Character, profile: Profile, originals: Sequence[Original]) -> list[Path]:
    """Write both as JSON, and one picture with both in it; returns the files. Front ends that know V3 read that of the
    two, the others V2's, which has all that V2 can say."""
    cards = {"chara": card_v2(character, profile, originals), "ccv3": card_v3(character, profile, originals)}
    paths = [folder / "card_v2.json", folder / "card_v3.json", folder / "card.png"]
    for path, card in zip(paths, cards.values(), strict=False):
        write_json(path, card)
    with write_atomic(paths[-1]) as file:
        file.write(png(zlib.crc32(character.name.encode()), cards))
    return paths


def png(colour: int, cards: Mapping[str, Any]) -> bytes:
    """A picture of one colour, of which the last three bytes say how much red, green and blue, no more than half, so
    that a front end's white letters can be read on it; and the cards, each under its chunk's keyword."""
    palette = bytes((colour >> shift & 0xFF) // 2 for shift in (16, 8, 0))
    row = b"\0" * (1 + _WIDTH // 8)  # no filter, then a bit a pixel
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 1, 3, 0, 0, 0)),
        (b"PLTE", palette),
        *((b"tEXt", keyword.encode() + b"\0" + b64encode(orjson.dumps(card))) for keyword, card in cards.items()),
        (b"IDAT", zlib.compress(row * _HEIGHT, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _examples(originals: Sequence[Original]) -> str:
    shown: list[str] = []
    filled = 0
    for each in originals:
        block = f"<START>\n{{{{user}}}}: {_on_one_line(each.question)}\n{{{{char}}}}: {_on_one_line(each.answer)}\n"
        tokens = count_tokens(block)
        if filled + tokens <= _EXAMPLE_TOKENS:
            shown.append(block)
            filled += tokens
    return "".join(shown)


def _on_one_line(text: str) -> str:
    return _plain(" ".join(text.split()))


def _plain(text: str) -> str:
    """Without what a front end would put a name in for, or take for the start of an example."""
    return apart(_MARKS, text)
