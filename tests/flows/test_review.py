"""`dramaturg report` and `dramaturg review`: a page in a file, and the same page on loopback, which takes corrections
from whoever has its address, and from nobody else."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dramaturg.review.corrections import Correction, read_corrections
from dramaturg.workspace import Workspace
from flows.pipeline import run_all
from flows.report import Reviewed, write_report
from flows.stage import open_build
from tests.processes import dramaturg

DRAMATURG = Path(sys.executable).with_name("dramaturg")
CORRECTIONS = "/api/corrections"


def data_in(page: str) -> dict[str, Any]:
    (told,) = re.findall(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    return dict(json.loads(told))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, _built_once: Path) -> Path:
    """The data folder that the server of `address` works on."""
    home = tmp_path_factory.mktemp("served")
    shutil.copytree(_built_once, home / "data")
    return home / "data"


@pytest.fixture(scope="module")
def address(served: Path) -> Iterator[httpx.URL]:
    """A running server of weixiaobao's page, and what it printed."""
    command = [DRAMATURG, "review", "weixiaobao", "--port", "0", "--data", served]
    alone = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH")}
    env = {**alone, "HOME": str(served.parent), "LLM": "off"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        told, printed = server.stdout.readline(), server.stdout.readline()
        assert "corrections.jsonl" in told
        try:
            yield httpx.URL(printed.strip())
        finally:
            server.terminate()
            server.communicate()


@pytest.fixture
def client(address: httpx.URL) -> Iterator[httpx.Client]:
    token = address.params["token"]
    with httpx.Client(base_url=address.copy_with(query=None), headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def test_a_report_is_one_page_with_every_row_and_its_passage(built: Path, tmp_path: Path) -> None:
    path = write_report(open_build(built, "weixiaobao"), tmp_path / "r.html", 20_000)
    told = data_in(path.read_text(encoding="utf-8"))
    assert (told["mode"], told["language"], told["totals"]["shown"]) == ("report", "zh", len(told["rows"]))
    assert told["totals"]["rows"] == told["totals"]["shown"] == 134 + 58
    text = (built / "raw" / "weixiaobao" / "novel.txt").read_text(encoding="utf-8")
    for row in told["rows"]:
        for source, start, end, _ in row["spans"]:
            (window,) = [w for w in told["passages"] if w[0] == source and w[1] <= start and end <= w[1] + len(w[2])]
            assert window[2][start - window[1] : end - window[1]] == text[start:end]
    assert told["lost_total"] == len(told["lost"]) == 89
    assert all(reason["turns"] for reason in told["lost"])


def test_a_report_says_how_it_limits_itself(built: Path, tmp_path: Path) -> None:
    path = write_report(open_build(built, "weixiaobao"), tmp_path / "r.html", 50)
    told = data_in(path.read_text(encoding="utf-8"))
    assert told["totals"]["rows"] == 192
    assert 50 <= told["totals"]["shown"] == len(told["rows"]) < 56
    assert {row["config"] for row in told["rows"]} == {"chatharuhi", "scenes"}
    assert {row["split"] for row in told["rows"]} == {"train", "test"}


def test_a_generated_row_has_its_context_and_can_be_written_anew(generated: Path, tmp_path: Path) -> None:
    path = write_report(open_build(generated, "weixiaobao"), tmp_path / "r.html", 20_000)
    told = data_in(path.read_text(encoding="utf-8"))
    by_config: dict[str, list[Any]] = {}
    for row in told["rows"]:
        by_config.setdefault(row["config"], []).append(row)
    assert set(by_config) >= {"chatharuhi", "role_specific", "general", "scenes"}
    written = [row for row in told["rows"] if row["is_editable"]]
    assert all(row["origin"] == "generated" and not row["spans"] for row in written)
    assert any(row["cited"] for row in by_config["role_specific"])
    assert told["cost"]


def test_what_is_not_built_has_no_page(data: Path) -> None:
    ran = dramaturg("report", "weixiaobao", "--data", data)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
    assert "make build-dataset CHAR=weixiaobao" in ran.stderr


def test_the_page_is_served_to_whoever_has_its_address(address: httpx.URL) -> None:
    answer = httpx.get(address)
    assert (answer.status_code, data_in(answer.text)["mode"]) == (200, "review")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_without_the_token_nothing_is_shown_or_taken(address: httpx.URL, served: Path) -> None:
    before = said_in(served)
    bare = address.copy_with(query=None)
    for wrong in ("", "?token=", "?token=x"):
        assert httpx.get(f"{bare}{wrong}").status_code == 403
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": ""}):
        assert httpx.get(bare.join("/api/state"), headers=headers).status_code == 403
        assert httpx.post(bare.join(CORRECTIONS), headers=headers, json={}).status_code == 403
    assert said_in(served) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
    ],
)
def test_another_origin_or_name_is_refused_even_with_the_token(client: httpx.Client, headers: dict[str, str]) -> None:
    assert client.get("/api/state", headers=headers).status_code == 403
    assert client.post(CORRECTIONS, headers=headers, json={}).status_code == 403


def test_two_tabs_lose_nothing(client: httpx.Client, served: Path) -> None:
    row = next(row for row in data_in(client.get("/", params={"token": token_of(client)}).text)["rows"])
    told = client.post(CORRECTIONS, json={"target": row["target"], "do": "reject", "seen": 0})
    assert told.status_code == 200
    late = client.post(CORRECTIONS, json={"target": row["target"], "do": "accept", "seen": 0})
    assert late.status_code == 409
    assert late.json()["state"]["targets"][row["target"]]["verdict"] == "reject"
    assert client.get("/api/state").json() == late.json()["state"]
    assert [each.do for each in said_in(served) if each.target == row["target"]] == ["reject"]


def said_in(data: Path) -> list[Correction]:
    return read_corrections(Workspace(data, "weixiaobao").corrections)


def token_of(client: httpx.Client) -> str:
    return str(client.headers["Authorization"]).removeprefix("Bearer ")


def test_fifty_reviewed_lines_tell_how_good_the_speakers_are(client: httpx.Client) -> None:
    page = data_in(client.get("/", params={"token": token_of(client)}).text)
    lines = page["lines"]
    assert len(lines["queue"]) == lines["total"] == 445
    for number, drawn in lines["queue"][:50]:
        target = f"line:novel.txt:{lines['start'][number]}-{lines['end'][number]}"
        state = client.post(
            CORRECTIONS, json={"target": target, "do": "accept", "seen": 0, "drawn": bool(drawn)}
        ).json()
    told = state["accuracy"]
    assert (told["reviewed"], told["drawn"], told["estimate"], told["high"]) == (50, 25, 1.0, 1.0)
    assert 0.85 < told["low"] < 0.95
    again = data_in(client.get("/", params={"token": token_of(client)}).text)
    assert len(again["lines"]["queue"]) == 395


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b'{"target": "name:x", "do": "merge"}',
        b'{"target": 1, "do": "accept", "seen": 0}',
        b'{"target": "dialogue:x", "do": "edit", "seen": 0, "turn": "1", "text": "x"}',
        b'{"target": "dialogue:x", "do": "accept", "seen": 0}',
        b'{"target": "line:novel.txt:1-2", "do": ["accept"], "seen": 0}',
        b'"' + b"x" * 200_000 + b'"',
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(client: httpx.Client, served: Path, body: bytes) -> None:
    before = said_in(served)
    answer = client.post(CORRECTIONS, content=body)
    assert answer.status_code == 400
    assert len(answer.json()["error"].splitlines()) == 1
    assert said_in(served) == before


def test_a_port_that_is_taken_is_told(client: httpx.Client, served: Path) -> None:
    ran = dramaturg("review", "weixiaobao", "--port", client.base_url.port, "--data", served)
    assert ran.returncode == 2
    assert f"port {client.base_url.port}: Address already in use: give another with --port" in ran.stderr


def test_a_chinese_page_has_no_english_word_for_what_is_counted(generated: Path, tmp_path: Path) -> None:
    path = write_report(open_build(generated, "weixiaobao"), tmp_path / "r.html", 100)
    told = data_in(path.read_text(encoding="utf-8"))
    configs = {"chatharuhi", "script", "profiles", "role_specific", "knowledge_boundary"}
    said = {name for stage in told["funnel"] for name, _ in stage["counts"]} | {
        step["title"] for step in told["funnel"]
    }
    said |= {why for stage in told["funnel"] for _, why, _ in stage["dropped"]} | {row[0] for row in told["cost"]}
    assert [each for each in said - configs if re.fullmatch(r"[a-zA-Z_ ]+", each)] == []


def test_a_page_that_is_open_is_of_the_new_build(built: Path) -> None:
    build = open_build(built, "weixiaobao")
    reviewed = Reviewed(build, 20_000)
    row = data_in(reviewed.page().decode())["rows"][0]
    reviewed.desk().say(row["target"], "reject", 0, "2026-11-30T21:00:00+00:00")
    assert not data_in(reviewed.page().decode())["state"]["targets"][row["target"]]["built"]
    run_all(build)
    told = data_in(reviewed.page().decode())
    assert row["id"] not in {each["id"] for each in told["rows"]}
    assert told["state"]["targets"][row["target"]]["built"]
