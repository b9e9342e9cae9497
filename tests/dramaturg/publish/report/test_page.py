"""The page as bytes: nothing in its data can become anything but data. How it behaves: tests/browser."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.publish.report import page, render_page
from tests.browser.pages import hostile, page_data

FOLDER = Path(page.__file__).parent


class Parts(HTMLParser):
    """What a browser finds in a page: its elements with their attributes, and the content of each script and style."""

    def __init__(self, rendered: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: dict[str, str] = {}
        self._within = ""
        self.feed(rendered.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = dict(attrs).get("id") or tag
        self.contents.setdefault(self._within, "")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.contents[self._within] += data

    @property
    def policy(self) -> dict[str, str]:
        (policy,) = [
            str(own["content"]) for _, own in self.elements if own.get("http-equiv") == "Content-Security-Policy"
        ]
        return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def sha256(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@pytest.mark.parametrize("mode", ["report", "review"])
def test_nothing_runs_and_nothing_styles_but_what_the_policy_has_the_hash_of(mode: str) -> None:
    parts = Parts(render_page(page_data(mode)))
    assert parts.policy["default-src"] == "'none'"
    assert parts.policy["script-src"] == sha256(parts.contents["script"])
    assert parts.policy["style-src"] == sha256(parts.contents["style"])
    assert parts.policy["img-src"] == "data:"
    assert parts.policy["base-uri"] == parts.policy["form-action"] == "'none'"


def test_only_a_review_may_ask_its_own_server() -> None:
    assert "connect-src" not in Parts(render_page(page_data("report"))).policy
    assert Parts(render_page(page_data("review"))).policy["connect-src"] == "'self'"


@pytest.mark.parametrize("mode", ["report", "review"])
def test_the_same_elements_are_there_whatever_the_data_say(mode: str) -> None:
    plain, spoilt = Parts(render_page(page_data(mode))), Parts(render_page(hostile(page_data(mode))))
    assert spoilt.elements == plain.elements
    assert spoilt.contents["script"] == plain.contents["script"]


def test_the_data_come_out_as_they_went_in() -> None:
    data = hostile(page_data())
    assert json.loads(Parts(render_page(data)).contents["data"]) == data


@given(st.text() | st.text(st.sampled_from("<>&/!-\\\"'{}scriptdata\u2028\u2029\ud83d\ude00")))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    data: dict[str, Any] = page_data()
    data["character"]["name"] = data["lost"][0]["turns"][0][1] = text
    parts = Parts(render_page(data))
    assert [tag for tag, _ in parts.elements].count("script") == 2
    written = parts.contents["data"]
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written) == json.loads(json.dumps(data))


def test_half_a_surrogate_pair_is_written_as_json_has_it() -> None:
    data = page_data()
    data["rows"][0]["turns"][0][1] = "a\ud800b"
    written = Parts(render_page(data)).contents["data"]
    assert "a\\ud800b" in written
    assert json.loads(written)["rows"][0]["turns"][0][1] == "a\ud800b"


def test_a_slot_of_the_page_in_a_text_stays_a_text() -> None:
    data = page_data()
    data["character"]["name"] = "{{data}} {{script}} <b>"
    rendered = render_page(data).decode()
    assert "<title>{{data}} {{script}} &lt;b&gt; · Dramaturg</title>" in rendered
    assert rendered.count('id="data"') == 1


def test_the_page_says_its_language() -> None:
    assert ("html", {"lang": "zh-Hans", "dir": "ltr"}) in Parts(render_page(page_data(language="zh"))).elements
    assert ("html", {"lang": "en", "dir": "ltr"}) in Parts(render_page(page_data(language="en"))).elements


def test_it_names_nothing_outside_of_itself() -> None:
    rendered = render_page(page_data()).decode()
    assert not re.search(r"https?://|@import|url\(|//cdn", rendered)
    assert [
        own for _, own in Parts(rendered.encode()).elements if own.get("src") or own.get("href", "data:,") != "data:,"
    ] == []


def test_a_number_that_is_none_is_refused() -> None:
    data = page_data()
    data["lines"]["confidence"][0] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        render_page(data)


def test_the_program_takes_no_markup() -> None:
    for path in sorted(FOLDER.glob("*.js")):
        program = path.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|DOMParser|</", program
        ), path


def test_every_file_of_the_program_is_in_the_page_once() -> None:
    script = Parts(render_page(page_data())).contents["script"]
    for path in sorted(FOLDER.glob("*.js")):
        assert script.count(path.read_text(encoding="utf-8")) == 1, path


def test_every_name_of_the_program_is_given_once() -> None:
    """A second function of a name would take the first one's place without a word."""
    script = Parts(render_page(page_data())).contents["script"]
    names = re.findall(r"^(?:(?:async )?function|const|let|class) (\w+)", script, re.MULTILINE)
    assert len(names) > 100
    assert sorted(set(names)) == sorted(names)


def test_every_word_is_there_in_both_languages_with_the_same_slots() -> None:
    source = (FOLDER / "words.js").read_text(encoding="utf-8")
    english, chinese = source.split("\n  zh: {")
    chinese = chinese.split("\n};")[0]

    def slots(words: str) -> dict[str, set[str]]:
        found = re.findall(r'(\w+): (\[[^\]]*\]|"(?:[^"\\]|\\.)*")', words)
        assert len(found) == len(dict(found)), "a word is there twice"
        return {name: set(re.findall(r"\{(\w+)\}", said)) for name, said in found}

    assert slots(english) == slots(chinese)
    assert len(slots(chinese)) > 150


def test_every_word_that_is_said_is_there() -> None:
    words = set(re.findall(r"(\w+): [\[\"]", (FOLDER / "words.js").read_text(encoding="utf-8")))
    programs = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    said = set(re.findall(r'say\((?:[^()"`]*\? )?"(\w+)"', programs)) | set(
        re.findall(r'say\([^()"`]*\? "\w+" : "(\w+)"', programs)
    )
    assert len(said) > 100
    assert said <= words
    used = set(re.findall(r"\w+", programs.replace((FOLDER / "words.js").read_text(encoding="utf-8"), "")))
    families = re.findall(r"say\(`(\w+_)\$", programs)
    assert {word for word in words if word not in used and not word.startswith(tuple(families))} == {"en", "zh"}
