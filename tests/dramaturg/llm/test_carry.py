"""What a store holds, part of it passed on, taken in, and what nobody needs taken out."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import InputError
from dramaturg.llm import Request, Store
from dramaturg.llm.carry import (
    ABOUT,
    export_answers,
    holdings,
    import_answers,
    prune,
    read_about,
    total,
    unused,
)
from dramaturg.llm.request import JSON_OBJECT
from dramaturg.llm.store import Response
from tests.endpoint import completion

WHERE, MODEL = "http://localhost:8000/v1", "model"
GIVEN = {"model": MODEL, "scene_tokens": "500"}


def response(text: str, *, prompt: str = "synthesis@1", status: int = 200, model: str = MODEL) -> Response:
    request = Request(prompt, ({"role": "user", "content": text},), 50)
    raw = completion("I am.", model) if status == 200 else "not JSON {"
    return Response(request.key(WHERE, model), WHERE, model, request, status, raw)


FIRST = [response(f"question {number}") for number in range(5)]
OTHERS = [response(f"another {number}") for number in range(3)]
PROBE = response("is water wet?", prompt="schema_probe@1")
PROBE_ELSEWHERE = response("is water wet?", prompt="schema_probe@1", model="elsewhere")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store" / "requests.sqlite"
    with Store(path) as kept:
        kept.put([*FIRST, *OTHERS, PROBE, PROBE_ELSEWHERE, response("refused", status=400)])
    return path


@pytest.fixture
def exported(store: Path, tmp_path: Path) -> Path:
    export_answers(store, tmp_path / "carried.sqlite", keys(FIRST), "holmes", GIVEN)
    return tmp_path / "carried.sqlite"


def keys(responses: list[Response]) -> list[str]:
    return [each.key for each in responses]


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM responses ORDER BY key").fetchall()


# --- what is there ------------------------------------------------------------------------------------------


def test_what_is_held_is_told_by_endpoint_model_and_prompt(store: Path) -> None:
    found = {(each.model, each.prompt): each for each in holdings(store)}
    assert set(found) == {(MODEL, "synthesis@1"), (MODEL, "schema_probe@1"), ("elsewhere", "schema_probe@1")}
    synthesis = found[MODEL, "synthesis@1"]
    assert (synthesis.answers, synthesis.refusals, synthesis.tokens_in, synthesis.tokens_out) == (8, 1, 800, 80)
    assert synthesis.first[:4] == str(datetime.now(UTC).year)


def test_the_sums_are_of_all_of_it(store: Path) -> None:
    whole = total(holdings(store))
    assert (whole.answers, whole.refusals, whole.tokens_in) == (10, 1, 1000)
    assert whole.size == sum(len(str(row[4]).encode()) + len(str(row[6]).encode()) for row in rows(store))


def test_what_is_held_of_some_keys_is_told_of_them_alone(store: Path) -> None:
    (found,) = holdings(store, keys(FIRST[:2]))
    assert found.answers == 2


def test_an_answer_that_is_no_json_or_counts_wildly_has_no_tokens_ormany(store: Path) -> None:
    wild = ["[", "[]", '{"usage": null}', '{"usage": {"prompt_tokens": 1e999}}', '{"usage": {"prompt_tokens": "x"}}']
    with closing(sqlite3.connect(store)) as database, database:
        for number, raw in enumerate([*wild, '{"usage": {"prompt_tokens": 9223372036854775807}}']):
            database.execute("UPDATE responses SET response = ? WHERE key = ?", (raw, keys(FIRST + OTHERS)[number]))
    assert total(holdings(store)).tokens_in == 2_000_000_000 + 4 * 100


def test_where_nothing_was_asked_nothing_is_held_and_no_store_made(tmp_path: Path) -> None:
    assert holdings(tmp_path / "store") == unused(tmp_path / "store", [], datetime.now(UTC)) == []
    assert not (tmp_path / "store").exists()


# --- passing on ---------------------------------------------------------------------------------------------


def test_an_exported_file_has_the_answers_asked_for_and_what_was_found_out_about_who_gave_them(
    store: Path, exported: Path
) -> None:
    wanted = {*keys(FIRST), PROBE.key}
    assert rows(exported) == [row for row in rows(store) if row[0] in wanted]


def test_an_exported_file_is_a_store(exported: Path) -> None:
    with Store(exported) as kept:
        assert kept.get(FIRST[0].key) == (200, FIRST[0].raw)


def test_the_same_export_is_the_same_file(store: Path, exported: Path, tmp_path: Path) -> None:
    export_answers(store, tmp_path / "again", keys(FIRST), "holmes", GIVEN)
    assert (tmp_path / "again").read_bytes() == exported.read_bytes()


def test_requests_without_an_answer_are_counted(store: Path, tmp_path: Path) -> None:
    done = export_answers(store, tmp_path / "carried", [*keys(FIRST), "0" * 32], "holmes", {})
    assert (done.rows, done.missing) == (6, 1)


def test_while_another_writes_an_export_is_of_one_moment(store: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("DELETE FROM responses")
        assert export_answers(store, tmp_path / "carried", keys(FIRST), "holmes", {}).rows == 6
        assert total(holdings(store)).answers == 10
        writing.execute("ROLLBACK")


def test_an_export_that_cannot_be_whole_leaves_what_was_there(store: Path, exported: Path) -> None:
    before = exported.read_bytes()
    with pytest.raises(InputError, match="none of nobody's answers"):
        export_answers(store, exported, ["0" * 32], "nobody", {})
    assert exported.read_bytes() == before
    assert sorted(path.name for path in exported.parent.iterdir()) == ["carried.sqlite", "store"]


def test_the_store_is_not_written_over(store: Path) -> None:
    before = rows(store)
    with pytest.raises(InputError, match="is the store itself"):
        export_answers(store, store.parent / ".." / "store" / store.name, keys(FIRST), "holmes", {})
    assert rows(store) == before


# --- taking in ----------------------------------------------------------------------------------------------


def test_what_was_exported_is_taken_in_once(exported: Path, tmp_path: Path) -> None:
    there = tmp_path / "there" / "requests.sqlite"
    done = import_answers(there, exported)
    assert (done.added, done.known, done.misfits) == (6, 0, 0)
    assert rows(there) == rows(exported)
    done = import_answers(there, exported)
    assert (done.added, done.known, done.misfits) == (0, 6, 0)


def test_an_answer_that_is_there_stays(exported: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    ours = Response(FIRST[0].key, WHERE, MODEL, FIRST[0].request, 200, "ours")
    with Store(there) as kept:
        kept.put([ours])
    assert import_answers(there, exported).added == 5
    with Store(there) as kept:
        assert kept.get(ours.key) == (200, "ours")


def test_the_settings_come_along(exported: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert read_about(there, "holmes") == {}
    import_answers(there, exported)
    assert read_about(there, "holmes") == GIVEN
    assert read_about(there, "alice") == {}


def test_all_settings_that_decide_what_is_asked_come_along(store: Path, tmp_path: Path) -> None:
    stages = {"profile": {"provider": "ollama", "model": "qwen3:8b"}, "questions": {"base_url": WHERE, "model": "x"}}
    about = {
        "provider": "deepseek",
        "openai_base_url": WHERE,
        "model": "a model",
        "weights": "small-q4",
        "stages": json.dumps(stages),
        "max_requests": "40",
        "scene_tokens": "500",
        "ask_again": "0",
        "embedding_model": "vectors-3",
        "turns": "2",
        "questions_a_segment": "4",
        "responses": "6",
        "rolegpt": "zero_shot_prompt",
        "up_to_act": "novel.txt:12",
        "judge": "100",
    }
    assert set(about) == set(ABOUT)
    export_answers(store, tmp_path / "carried", keys(FIRST), "holmes", about)
    import_answers(tmp_path / "there", tmp_path / "carried")
    assert read_about(tmp_path / "there", "holmes") == about


def test_later_settings_take_the_place_of_all_earlier_ones(store: Path, exported: Path, tmp_path: Path) -> None:
    export_answers(store, tmp_path / "later", keys(FIRST), "holmes", {"model": "another"})
    for file in (exported, tmp_path / "later"):
        import_answers(tmp_path / "there", file)
    assert read_about(tmp_path / "there", "holmes") == {"model": "another"}


def test_a_copied_store_is_taken_in_too(store: Path, tmp_path: Path) -> None:
    assert import_answers(tmp_path / "there", store).added == 11
    assert read_about(tmp_path / "there", "holmes") == {}


def test_a_store_that_is_kept_without_a_log_is_not_read_while_somebody_writes_to_it(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dramaturg.llm.carry.BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=DELETE")
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="somebody is writing to it"):
            import_answers(tmp_path / "other.sqlite", store)
        writer.execute("COMMIT")
    assert import_answers(tmp_path / "other.sqlite", store) == import_answers(tmp_path / "third.sqlite", store)


def test_more_than_one_commits_worth_is_taken_in(tmp_path: Path) -> None:
    many = [response(f"question {number}") for number in range(2500)]
    with Store(tmp_path / "many") as kept:
        kept.put(many)
    assert import_answers(tmp_path / "there", tmp_path / "many").added == 2500


@pytest.mark.parametrize(
    "change",
    [
        "request = replace(request, 'question', 'quest')",
        "endpoint = 'http://evil.example/v1'",
        "request = '[]'",
        "request = '{'",
        'request = replace(request, \'{"messages"\', \'{"more":1,"messages"\')',
    ],
)
def test_an_answer_to_another_request_than_it_says_is_left_out_and_counted(
    exported: Path, tmp_path: Path, change: str
) -> None:
    alter(exported, f"UPDATE responses SET {change} WHERE key = '{FIRST[0].key}'")
    done = import_answers(tmp_path / "there", exported)
    assert (done.added, done.misfits) == (5, 1)
    with Store(tmp_path / "there") as kept:
        assert kept.get(FIRST[0].key) is None


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


HOSTILE = {
    "a key of other letters": "UPDATE responses SET key = 'Ä' || substr(key, 2) WHERE prompt != 'schema_probe@1'",
    "a short key": "UPDATE responses SET key = 'ab' WHERE prompt = 'schema_probe@1'",
    "a status in words": "UPDATE responses SET status = 'fine'",
    "a status that is none": "UPDATE responses SET status = 7",
    "an answer that is no text": "UPDATE responses SET response = x'00ff'",
    "an answer that is no UTF-8": "UPDATE responses SET response = CAST(x'80ff' AS TEXT)",
    "a time that is none": "UPDATE responses SET stored_at = 'tomorrow'",
    "another table": "CREATE TABLE more (name TEXT)",
    "a trigger": "CREATE TRIGGER more AFTER INSERT ON responses BEGIN DELETE FROM responses; END",
    "a view": "CREATE VIEW more AS SELECT randomblob(1e9)",
    "another column": "ALTER TABLE responses ADD COLUMN more TEXT",
    "a computed column": "ALTER TABLE about ADD COLUMN more TEXT AS (upper(value))",
    "no answers": "DROP TABLE responses",
    "a setting that decides nothing": "INSERT INTO about VALUES ('holmes', 'fetch_private', 'true')",
    "a credential": "INSERT INTO about VALUES ('holmes', 'openai_base_url', 'http://me:secret@localhost/v1')",
    "a number that is none": "UPDATE about SET value = 'many' WHERE name = 'scene_tokens'",
    "a variable whose key would go elsewhere": (
        "INSERT INTO about VALUES ('holmes', 'stages', "
        """'{"profile": {"model": "x", "base_url": "http://evil.example", "key_env": "HOME"}}')"""
    ),
    "no plain table": "CREATE VIRTUAL TABLE more USING fts5(key)",
    "an index": "CREATE INDEX more ON responses (prompt)",
    "settings of no character": "INSERT INTO about VALUES ('../x', 'model', 'more')",
}


@pytest.mark.parametrize("statement", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_could_not_be_exported_changes_nothing(
    store: Path, exported: Path, statement: str, tmp_path: Path
) -> None:
    alter(exported, statement)
    before = rows(store)
    with pytest.raises(InputError, match="not a file of `dramaturg store export`") as told:
        import_answers(store, exported)
    assert "\n" not in str(told.value)
    assert str(told.value).startswith(str(exported))
    assert rows(store) == before
    with pytest.raises(InputError):
        import_answers(tmp_path / "none yet", exported)
    assert not (tmp_path / "none yet").exists()


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def overwritten(content: bytes) -> bytes:
    return content[:4096] + b"\xff" * (len(content) - 4096)


def misspelt(content: bytes) -> bytes:
    return content.replace(b"stored_at", b"stored\xffat")


@pytest.mark.parametrize("spoil", [halved, overwritten, misspelt, lambda _: b"", lambda _: b"not a database " * 1000])
def test_a_broken_file_changes_nothing(store: Path, exported: Path, spoil: Callable[[bytes], bytes]) -> None:
    exported.write_bytes(spoil(exported.read_bytes()))
    before = rows(store)
    with pytest.raises(InputError, match="not a file of `dramaturg store export`"):
        import_answers(store, exported)
    assert rows(store) == before


def test_no_file_and_a_folder_are_told(store: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(InputError, match="there is no file"):
            import_answers(store, path)
    with pytest.raises(InputError, match="is the store itself"):
        import_answers(store, store)


# --- keys ---------------------------------------------------------------------------------------------------


texts = st.text(st.characters(codec="utf-8"))
requests = st.builds(
    Request,
    prompt=texts,
    messages=st.lists(st.fixed_dictionaries({"role": texts, "content": texts})).map(tuple),
    max_tokens=st.integers(1, 100_000),
    temperature=st.sampled_from([0, 0.0, 0.7, 1, 1e-7]),
    schema=st.sampled_from([None, JSON_OBJECT, {"name": "x", "schema": {"b": [1, None], "a": True}}]),
    sample=st.integers(0, 9),
    retry=st.integers(0, 3),
)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("store") / "requests.sqlite") as kept:
        yield kept


@given(request=requests)
def test_the_key_of_what_is_stored_is_that_of_the_request(many: Store, request: Request) -> None:
    key = request.key(WHERE, MODEL)
    many.put([Response(key, WHERE, MODEL, request, 200, "")])
    (stored,) = many._reading.execute("SELECT request FROM responses WHERE key = ?", (key,)).fetchone()
    assert Request.from_json("", stored).key(WHERE, MODEL) == key


@pytest.mark.parametrize("stored", ["", "1", "{}", json.dumps({"messages": [], "retry": 1})])
def test_what_is_no_request_has_no_key(stored: str) -> None:
    with pytest.raises(ValueError, match="not a request"):
        Request.from_json("", stored).key(WHERE, MODEL)


# --- taking out ---------------------------------------------------------------------------------------------


def test_what_no_key_names_is_taken_out_but_for_what_was_found_out_about_endpoints_in_use(store: Path) -> None:
    now = datetime.now(UTC)
    found = total(unused(store, keys(FIRST), now))
    assert (found.answers, found.refusals) == (3, 1)
    assert prune(store, keys(FIRST), now) == 4
    assert {row[0] for row in rows(store)} == {*keys(FIRST), PROBE.key, PROBE_ELSEWHERE.key}
    assert unused(store, keys(FIRST), now) == []


def test_what_nobody_uses_is_taken_out_whole_and_the_file_grows_small(store: Path) -> None:
    with Store(store) as kept:
        kept.put([response("long " * 200_000)])
    size = store.stat().st_size
    assert prune(store, [], datetime.now(UTC)) == 12
    assert store.stat().st_size < size / 10


def test_what_came_in_later_stays(store: Path) -> None:
    assert prune(store, [], datetime.now(UTC) - timedelta(minutes=1)) == 0
