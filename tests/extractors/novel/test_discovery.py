"""Who the people of a text are: found by how their names behave, all names of one together."""

from pathlib import Path

import pytest

from dramaturg.cast import CastMember
from dramaturg.text import Language
from extractors.novel.acts import find_paragraphs
from extractors.novel.discovery import discover_cast
from extractors.novel.discovery.fit_names import main as fit_names
from extractors.novel.quotes import find_pieces
from extractors.reading import SourceText


def found(text: str, language: Language, *known: CastMember) -> dict[str, set[str]]:
    source = SourceText(text, "utf-8")
    pieces = find_pieces(text, find_paragraphs(source), language)
    return {member.name: set(member.aliases) for member in discover_cast(text, pieces, known, language)}


ENGLISH = """Mr. Bennet looked up. “Well, Lizzy,” said Mr. Bennet, “who has come from London?”

“Mr. Darcy,” said Elizabeth. Elizabeth Bennet sat by the window, and she did not turn. “I saw Darcy in London.”

“Darcy!” cried Mrs. Bennet. She rose at once. “And Miss Darcy with him, I suppose?”

“Mr. Darcy,” Elizabeth said. Elizabeth Bennet had met Miss Darcy in London, and Mr. Darcy knew it.

The nurse came in. “Supper,” said the nurse. Elizabeth smiled at her. “Thank you,” said Elizabeth Bennet.

“From London,” said Lizzy again, and Lizzy laughed. Monday came. On Monday they went to London.
"""


def test_english_names_of_one_person_go_together_and_those_of_a_family_stay_apart() -> None:
    people = found(ENGLISH, "en")
    assert people["Elizabeth Bennet"] == {"Elizabeth", "Lizzy"}
    assert people["Mr. Darcy"] == {"Darcy"}
    assert people["Mr. Bennet"] == people["Mrs. Bennet"] == people["Miss Darcy"] == set()


def test_places_and_days_are_nobody() -> None:
    assert not {"London", "Monday", "Supper", "And"} & set(found(ENGLISH, "en"))


def test_one_who_speaks_without_a_name_is_found_by_what_they_are() -> None:
    assert "the nurse" in found(ENGLISH, "en")


@pytest.mark.parametrize(
    ("text", "name", "aliases"),
    [
        ("“Come,” said Mr Vane. Mr. Vane sat down. “Sit, Vane,” said Vane.", "Mr. Vane", {"Vane"}),
        ("“Go,” said the Hatter. The Hatter laughed. “No!” cried the Hatter.", "the Hatter", set()),
        ("“Go,” said de Grau. Monsieur de Grau laughed. “No!” cried de Grau.", "de Grau", {"Monsieur de Grau"}),
        ("“Yes,” said Captain Hale. Tom Hale laughed. Tom Hale rose.", "Tom Hale", {"Captain Hale"}),
        ("“Sir John!” said Anne. Sir John Peel bowed. John Wood said that John Wood was ill.", "John Wood", set()),
    ],
)
def test_titles(text: str, name: str, aliases: set[str]) -> None:
    people = found(text, "en")
    assert aliases <= people[name]


CHINESE = """　　周铁山推开门，把伞放在墙边。“雨大。”周铁山说。

　　梁小满正在灯下缝补。“铁山，快来烤火。”小满说，“何先生也在。”

　　何先生笑道：“铁山辛苦。”

　　周铁山对小满说：“我不冷。”小满把火拨旺。小满又看了看何先生。

　　这时风停了。突然，铁山说：“听。”小满问：“听什么？”铁山笑了。梁小满站起来。铁山对梁小满摇头。
"""


def test_chinese_names_are_found_with_and_without_the_surname() -> None:
    people = found(CHINESE, "zh")
    assert "铁山" in people["周铁山"]
    assert "小满" in people["梁小满"]
    assert not {"这时", "突然", "快来"} & set(people)


def test_a_known_person_takes_the_further_names_that_the_text_has() -> None:
    people = found(CHINESE, "zh", CastMember(name="老周", aliases=("周铁山",)))
    assert next(iter(people)) == "老周"
    assert people["老周"] >= {"周铁山", "铁山"}
    assert "周铁山" not in people


def test_the_weights_are_fitted_on_a_folder_of_labelled_novels(tmp_path: Path) -> None:
    folder, weights = tmp_path / "own", tmp_path / "weights.json"
    folder.mkdir()
    (folder / "rain.txt").write_text(CHINESE, encoding="utf-8")
    (folder / "rain.chars.json").write_text(
        '[{"name": "周铁山", "aliases": ["铁山"]}, {"name": "梁小满", "aliases": ["小满"]}]', encoding="utf-8"
    )
    fit_names([str(folder), "--output", str(weights)])
    assert '"fitted_on": [\n  "own"\n ]' in weights.read_text(encoding="utf-8")
    assert '"says": ' in weights.read_text(encoding="utf-8")
