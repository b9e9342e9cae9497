"""Novels that nobody wrote, for what must be large: as long as is wanted, each by its seed, no two alike.

    python benchmarks/invented.py --language zh --size 3000000 --seed 7 FOLDER      a character: its yaml and its novel

Chapters hold scenes, scenes a few of the cast, who talk as much as those of the sample novels do (half of the text) in
the forms that they do: tags before, behind and inside a quote, pronouns, no tag. It means nothing, and what somebody
says is no answer to what was said: nothing is to be measured on it but time and memory. The words and sentences are
those of `invented.<language>.yaml`: {word} in a sentence stands for one of the `words`, {he} for who speaks, {one} for
the pronoun, {you} for who listens, {who} for anybody, {coined} for a word that there is in that novel only, {x} and {y}
for what is said.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
CAST = 36  # beside the role
SCENES = (2, 5)  # of a chapter
TURNS = (6, 24)  # of a scene
TOLD = 0.4  # a turn
THOUGHT = 0.04  # of the turns
ROLE_IS_THERE = 0.7  # of the scenes
SENTENCES = (1, 2)
COINED = 4000  # words of a novel's own, so that it has as many words as one that was written

_SLOT = re.compile(r"\{(\w+)\}")
_LETTERS = {
    "zh": [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)],
    "en": [
        f"{first}{second}" for first in "bcdfghklmnprstvw" for second in ("a", "e", "i", "o", "u", "or", "en", "al")
    ],
}  # the 3,666 most usual characters; syllables
_Person = tuple[str, str]  # a name, and M or F


def write_character(folder: Path, language: str, seed: int, size: int) -> int:
    """A character whose novel has at least `size` bytes, by less than a chapter more; the bytes it has."""
    tongue = yaml.safe_load(Path(__file__).with_name(f"invented.{language}.yaml").read_text(encoding="utf-8"))
    drawn = random.Random(f"{language} {seed}")
    role, cast = tongue["role"], _cast(tongue, drawn)
    given = {
        "schema": 1,
        **{name: role[name] for name in ("name", "name_en", "aliases")},
        "work": tongue["work"],
        "language": language,
        "categories": ["invented"],
        "script_category": "novel",
        "licence": "CC0-1.0",
        "cast": [{"name": name, "gender": gender} for name, gender in [(role["name"], role["gender"]), *cast]],
        "sources": [{"path": "novel.txt", "kind": "novel"}],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "character.yaml").write_text(json.dumps(given, ensure_ascii=False, indent=1), encoding="utf-8")
    written = number = 0
    novel = _Novel(tongue, language, cast, drawn)
    with (folder / "novel.txt").open("wb") as file:
        while written < size:
            number += 1
            written += file.write("".join(f"{each}\n\n" for each in novel.chapter(number)).encode())
    return written


def _cast(tongue: dict[str, Any], drawn: random.Random) -> list[_Person]:
    """Everybody but the role, no two of one family."""
    given = [(name, "M") for name in tongue["men"]] + [(name, "F") for name in tongue["women"]]
    families = drawn.sample(tongue["families"], CAST)
    people = [(family, *drawn.choice(given)) for family in families]
    return [(tongue["full_name"].format(family=family, given=name), gender) for family, name, gender in people]


class _Novel:
    """Writes a novel's chapters, from the first on."""

    def __init__(self, tongue: dict[str, Any], language: str, cast: Sequence[_Person], drawn: random.Random) -> None:
        self._tongue, self._cast, self._drawn = tongue, cast, drawn
        self._role = (tongue["role"]["name"], tongue["role"]["gender"])
        parts, length = _LETTERS[language], tongue["coined"]
        self._coined = ["".join(drawn.choices(parts, k=length)) for _ in range(COINED)]

    def chapter(self, number: int) -> Iterator[str]:
        """Its paragraphs."""
        title = self._filled(self._drawn.choice(self._tongue["titles"]), self._role, self._role)
        yield self._tongue["heading"].format(number=_numeral(number, self._tongue["digits"]), title=title)
        for _ in range(self._drawn.randint(*SCENES)):
            yield from (self._tongue["margin"] + paragraph for paragraph in self._scene())

    def _scene(self) -> Iterator[str]:
        tongue, drawn = self._tongue, self._drawn
        there = drawn.sample(self._cast, drawn.randint(2, 3))
        if drawn.random() < ROLE_IS_THERE:
            there[0] = self._role
        speaker, listener = there[:2]
        opening = self._filled(drawn.choice(tongue["opening"]), speaker, listener) + tongue["ends"][0]
        yield opening + tongue["joint"] + self._told(speaker, listener)
        for _ in range(drawn.randint(*TURNS)):
            speaker, listener = drawn.choice([each for each in there if each != speaker]), speaker
            if drawn.random() < TOLD:
                yield self._told(speaker, listener)
            yield self._turn(speaker, listener)

    def _told(self, speaker: _Person, listener: _Person) -> str:
        return self._sentences("told", self._tongue["ends"][:1], speaker, listener)

    def _turn(self, speaker: _Person, listener: _Person) -> str:
        """What is said, in quote marks, and who says it."""
        tags = self._drawn.choice(self._tongue["thought" if self._drawn.random() < THOUGHT else "tagged"])
        x, y = (self._sentences("spoken", self._tongue["ends"], speaker, listener) for _ in "xy")
        return self._filled(tags, speaker, listener, x=f"“{x}”", y=f"“{y}”")

    def _sentences(self, kind: str, ends: Sequence[str], speaker: _Person, listener: _Person) -> str:
        drawn = self._drawn.sample(self._tongue[kind], self._drawn.randint(*SENTENCES))
        said = (self._filled(each, speaker, listener) + self._drawn.choice(ends) for each in drawn)
        return str(self._tongue["joint"]).join(said)

    def _filled(self, sentence: str, speaker: _Person, listener: _Person, **given: str) -> str:
        known = {"he": speaker[0], "you": listener[0], "one": self._tongue["pronouns"][speaker[1]], **given}
        words, choice = self._tongue["words"], self._drawn.choice

        def word(slot: re.Match[str]) -> str:
            name = slot[1]
            if name in known:
                return str(known[name])
            if name == "who":
                return str(choice(self._cast)[0])
            if name == "coined":  # the first of them often, the last seldom
                return self._coined[int(COINED * self._drawn.random() ** 3)]
            return _SLOT.sub(word, str(choice(words[name])))

        filled = _SLOT.sub(word, sentence)
        return filled[0].upper() + filled[1:]


def _numeral(number: int, digits: str) -> str:
    return "".join(digits[int(each)] for each in str(number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=LANGUAGES, default="zh")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=3_000_000, help="bytes of the novel")
    given = parser.parse_args()
    print(f"{write_character(given.folder, given.language, given.seed, given.size):,} bytes")


if __name__ == "__main__":
    main()
