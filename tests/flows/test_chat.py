"""A talk with a character, from the command line."""

import subprocess
from pathlib import Path

import pytest

from tests.endpoint import FakeEndpoint, serving
from tests.processes import dramaturg


def talk(typed: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return dramaturg("chat", *arguments, typed=typed, **{"LLM": "auto", **environment})


def test_each_line_is_answered_with_the_talk_so_far_in_mind(built: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        ran = talk("灶王爷是谁？\n\n他灵不灵？\n", "weixiaobao", "--user", "双儿", "--data", built, **endpoint.settings)
        assert ran.returncode == 0, ran.stderr
        first, second = endpoint.bodies
        said = [item["answer"] for item in endpoint.given["synthesis"]]
        assert ran.stdout.splitlines()[-2:] == said
        contents = [message["content"] for message in second["messages"]]
        assert contents[-3:] == ["双儿:「灶王爷是谁？」", said[0], "双儿:「他灵不灵？」"]
        assert "灶王爷" in "".join(message["content"] for message in first["messages"][1:-1])


def test_the_role_knows_of_nothing_after_the_act_that_is_named(built: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        whole, few = (
            talk("灶王爷是谁？\n", "weixiaobao", "--data", built, *more, **endpoint.settings)
            for more in ((), ("--up-to-act", "0"))
        )
        assert (whole.returncode, few.returncode) == (0, 0)
        assert len(endpoint.bodies[1]["messages"]) < len(endpoint.bodies[0]["messages"])


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (("weixiaobao",), {"LLM": "off"}, "LLM=off"),
        (("weixiaobao", "--up-to-act", "film.srt:3"), {}, "there is no scene of film.srt"),
        (("weixiaobao", "--up-to-act", "soon"), {}, "UP_TO_ACT"),
    ],
)
def test_what_cannot_be_is_one_line(
    built: Path, arguments: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    with serving(FakeEndpoint()) as endpoint:
        ran = talk("你好\n", *arguments, "--data", built, **{**endpoint.settings, **environment})
        assert ran.returncode != 0
        assert ran.stderr.count("\n") == 1
        assert complaint in ran.stderr


def test_a_character_that_is_not_built_is_told_how_to_be(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        ran = talk("你好\n", "weixiaobao", "--data", data, **endpoint.settings)
        assert "not built yet: make build-dataset CHAR=weixiaobao" in ran.stderr
