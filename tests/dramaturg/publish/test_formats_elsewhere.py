"""What ChatHaruhi's package and chat front ends open."""

import json
import struct
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.publish.character_card import card_v2, card_v3, write_cards
from dramaturg.publish.role_folder import write_role_folder
from dramaturg.publish.talks import Original
from dramaturg.text import Language, count_tokens
from tests.characters import character, scene
from tests.talks import HOSTILE, dataset_of

PROFILE = Profile("A ringer of bells.", (Catchphrase("Mark me", 4),))
ORIGINALS = [Original("1", "Ann Pike", "Where is the bell?", "In the river."), Original("2", "Bo", "Who?", "Me.")]
V2 = {
    *("name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt"),
    *("post_history_instructions", "alternate_greetings", "tags", "creator", "character_version", "extensions"),
}
LISTS = {"alternate_greetings", "tags", "assets", "source", "group_only_greetings"}


def chunks(png: bytes) -> list[tuple[str, bytes]]:
    """The chunks of a PNG, each held against its checksum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, found = 8, []
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        data = png[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", png, place + 8 + size) == (zlib.crc32(kind + data),)
        found.append((kind.decode(), data))
        place += 12 + size
    return found


# --- Character Cards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_v2_card_has_the_specifications_fields(language: Language) -> None:
    card = card_v2(character(language, greeting="Hm."), PROFILE, ORIGINALS)
    assert (card.keys(), card["spec"], card["spec_version"]) == (
        *({"spec", "spec_version", "data"}, "chara_card_v2", "2.0"),
    )
    assert card["data"].keys() == V2
    for name, value in card["data"].items():
        assert isinstance(value, list if name in LISTS else dict if name == "extensions" else str), name
    assert card["data"]["first_mes"] == "Hm."
    assert "Mark me" in card["data"]["description"]


def test_a_v3_card_has_v2s_fields_and_its_own() -> None:
    card = card_v3(character("en"), PROFILE, ORIGINALS)
    assert (card["spec"], card["spec_version"]) == ("chara_card_v3", "3.0")
    own = {"assets", "creator_notes_multilingual", "source", "group_only_greetings", "creation_date"}
    assert card["data"].keys() == V2 | own | {"modification_date"}
    assert card["data"]["assets"] == [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}]


def test_the_example_dialogue_is_original_exchanges_that_fit() -> None:
    many = [Original(str(n), "Ann", f"The bell number {n}?", "In the river. " * n) for n in range(40)]
    shown = card_v2(character("en"), PROFILE, [*ORIGINALS, *many])["data"]["mes_example"]
    assert shown.startswith("<START>\n{{user}}: Where is the bell?\n{{char}}: In the river.\n<START>\n{{user}}: Who?\n")
    assert count_tokens(shown) <= 700


def test_no_text_of_the_work_is_taken_for_a_card_s_marks() -> None:
    originals = [Original(str(n), "Ann", text, text) for n, text in enumerate(HOSTILE)]
    role = character("en", greeting="{{char}}<user>", personality_note="<BOT> {{char}}")
    data = card_v2(role, Profile("{{user}} <START>"), originals)["data"]
    lines = data["mes_example"].splitlines()
    assert len(lines) % 3 == 0
    assert lines[0::3] == ["<START>"] * (len(lines) // 3)
    for place, name in ((1, "{{user}}"), (2, "{{char}}")):
        assert all(line.startswith(f"{name}: ") and line.count("{{") == 1 for line in lines[place::3])
    assert data["mes_example"].count("<START>") == len(lines) // 3
    for text in (data["description"], data["personality"], data["first_mes"]):
        assert "{{" not in text
        assert not {"<START>", "<BOT>", "<user>"} & set(text.replace("}", " ").split())


def test_the_picture_is_a_png_with_both_cards_in_it(tmp_path: Path) -> None:
    files = write_cards(tmp_path, character("zh"), PROFILE, [Original("1", "柳娘", text, text) for text in HOSTILE])
    assert [path.name for path in files] == ["card_v2.json", "card_v3.json", "card.png"]
    found = chunks((tmp_path / "card.png").read_bytes())
    assert [kind for kind, _ in found] == ["IHDR", "PLTE", "tEXt", "tEXt", "IDAT", "IEND"]
    texts: dict[str, Any] = {}
    for kind, data in found:
        if kind == "tEXt":
            keyword, _, text = data.partition(b"\0")
            texts[keyword.decode()] = json.loads(b64decode(text, validate=True))
    assert texts == {
        "chara": json.loads((tmp_path / "card_v2.json").read_bytes()),
        "ccv3": json.loads((tmp_path / "card_v3.json").read_bytes()),
    }
    width, height, depth, *_ = struct.unpack(">IIBBBBB", found[0][1])
    assert len(zlib.decompress(dict(found)["IDAT"])) == height * (1 + width * depth // 8)


def test_a_card_is_the_same_bytes_again(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_cards(tmp_path / folder, character("en"), PROFILE, ORIGINALS)
    for name in ("card_v2.json", "card_v3.json", "card.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


# --- ChatHaruhi's role folder -------------------------------------------------------------------------------


def test_each_scene_of_train_is_a_story_of_a_line_an_utterance(tmp_path: Path) -> None:
    told = {
        "train": [scene(n, ("柳娘", f"第{n}口钟呢？"), ("顾十三", "在河里。")) for n in range(2)],
        "test": [scene(2, ("柳娘", "绳子呢？"), ("顾十三", "卖了。"))],
    }
    dataset = dataset_of(tmp_path / "dataset", character("zh"), told)
    folder = tmp_path / "role"
    assert len(write_role_folder(folder, dataset, "你是顾十三。")) == 1 + 2
    stories = [path.read_text(encoding="utf-8") for path in sorted((folder / "texts").iterdir())]
    assert stories == [f"柳娘:「第{n}口钟呢？」\n顾十三:「在河里。」\n" for n in range(2)]
    assert (folder / "system_prompt.txt").read_text(encoding="utf-8") == "你是顾十三。\n"


def test_whatever_is_in_a_story_each_utterance_is_one_line(tmp_path: Path) -> None:
    spoken = [line for text in HOSTILE[:-1] for line in (("Ann Pike", text), ("Ned Tull", text))]
    dataset = dataset_of(tmp_path / "dataset", character("en"), {"train": [scene(0, *spoken)]})
    write_role_folder(tmp_path / "role", dataset, "")
    (story,) = (tmp_path / "role" / "texts").iterdir()
    lines = story.read_text(encoding="utf-8").splitlines()
    assert [line.partition(":「")[0] for line in lines] == [name for name, _ in spoken]


def test_a_story_that_is_none_any_more_goes_and_another_file_stays(tmp_path: Path) -> None:
    texts = tmp_path / "role" / "texts"
    for count in (3, 1):
        told = {"train": [scene(n, ("柳娘", "钟呢？"), ("顾十三", "在河里。")) for n in range(count)]}
        write_role_folder(tmp_path / "role", dataset_of(tmp_path / str(count), character("zh"), told), "")
        (texts / "mine.txt").touch()
        assert len(list(texts.iterdir())) == count + 1
