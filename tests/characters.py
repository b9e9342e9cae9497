"""Characters and scenes for tests, without a file."""

from dramaturg.character import Character
from dramaturg.scenes import Scene
from dramaturg.script import Utterance
from dramaturg.text import Language, count_tokens

__all__ = ["character", "scene"]

_NAMES: dict[Language, tuple[str, list[str], str]] = {
    "zh": ("顾十三", ["十三"], "柳娘"),
    "en": ("Ned Tull", ["Ned"], "Ann Pike"),
}


def character(language: Language, **fields: object) -> Character:
    name, aliases, other = _NAMES[language]
    return Character.model_validate(
        {
            "schema": 1,
            "name": name,
            "name_en": name,
            "aliases": aliases,
            "work": "测试" if language == "zh" else "A test",
            "language": language,
            "script_category": "novel",
            "licence": "CC0-1.0",
            "cast": [{"name": other}],
            "sources": [{"path": "novel.txt", "kind": "novel"}],
            **fields,
        }
    )


def scene(number: int, *lines: tuple[str, str], act: int = 0, source: str = "novel.txt") -> Scene:
    """A scene of spoken lines (role, content), after those of smaller numbers."""
    place = number * 10_000
    utterances = []
    for role, content in lines:
        end = place + len(content)
        utterances.append(Utterance(act, len(utterances), role, content, "speech", source, place, end, 1.0, "tag"))
        place = end + 2
    tokens = sum(count_tokens(f"{role}:「{content}」\n") for role, content in lines)
    return Scene(number, act, source, tokens, False, tuple(utterances))
