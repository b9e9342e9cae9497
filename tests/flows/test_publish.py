"""A dataset on the Hub: what goes up, when it may, and what happens when the Hub does not do as it should."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dramaturg import ROOT
from dramaturg.errors import DramaturgError, HubError, InputError
from dramaturg.publish.hub import hub_token
from dramaturg.publish.leaks import leaks
from dramaturg.settings import Settings
from flows.pipeline import run_all
from flows.stage import open_build
from tests.hub import TOKEN, FakeHub
from tests.processes import dramaturg
from tests.publishing import CHARACTER, REPO, edit, published

# huggingface_hub gives its own client a file in the old way
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits before it asks again."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


# --- what goes up -------------------------------------------------------------------------------------------


def test_a_dataset_goes_up_whole_in_one_commit(built: Path, hub: FakeHub) -> None:
    told = published(built)
    repo, dataset = hub.dataset, built / "processed" / CHARACTER / "dataset"
    assert repo.messages == ["initial commit", "sunwukong, by Dramaturg 0.1.0"]
    parquet = [path.relative_to(dataset).as_posix() for path in dataset.rglob("*.parquet")]
    assert set(repo.files) == {".gitattributes", "README.md", "LICENSE", "manifest.json", "CHANGELOG.md", *parquet}
    assert all(repo.files[name] == (dataset / name).read_bytes() for name in parquet)
    assert not repo.private
    assert told[-1].startswith("published: org/monkey, revision ")


def test_the_card_says_how_to_load_it_from_there(built: Path, hub: FakeHub) -> None:
    published(built)
    assert 'load_dataset("org/monkey", "chatharuhi"' in hub.dataset.files["README.md"].decode()


def test_plots_and_the_character_sheet_go_along(generated: Path, hub: FakeHub) -> None:
    dataset = generated / "processed" / CHARACTER / "dataset"
    published(generated)
    assert hub.dataset.files["profile.json"] == (dataset / "profile.json").read_bytes()
    assert {"general/train.parquet", "role_specific/train.parquet"} <= set(hub.dataset.files)


@pytest.mark.usefixtures("hub")
def test_datasets_loads_it_from_there(built: Path, tmp_path: Path) -> None:
    published(built)
    code = (
        "import sys; from datasets import load_dataset\n"
        "for config in ('chatharuhi', 'scenes', 'profiles', 'script'):\n"
        "    rows = load_dataset('org/monkey', config, split='train')\n"
        "    first = next(iter(load_dataset('org/monkey', config, split='train', streaming=True)))\n"
        "    assert first == rows[0]\n"
        "    print(config, rows.num_rows)\n"
    )
    home = {"HOME": str(tmp_path), "HF_TOKEN": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    dataset = built / "processed" / CHARACTER / "dataset"
    for line in ran.stdout.splitlines():
        config, rows = line.split()
        assert int(rows) == pq.read_metadata(dataset / config / "train.parquet").num_rows
    assert len(ran.stdout.splitlines()) == 4


def test_a_private_one_is_shown_to_nobody_without_a_token(
    built: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(built, private=True)
    assert hub.dataset.private
    monkeypatch.delenv("HF_TOKEN")
    assert any("would be made" in line for line in published(built, dry_run=True))


def test_what_is_public_is_not_published_to_as_private(built: Path, hub: FakeHub) -> None:
    hub.make(REPO)
    with pytest.raises(HubError, match="is public"):
        published(built, private=True)
    assert hub.written == []


def test_a_tag_names_the_revision(built: Path, hub: FakeHub) -> None:
    published(built, tag="v1")
    assert hub.dataset.tags == {"v1": hub.dataset.refs["main"]}
    assert "`v1`" in hub.dataset.files["CHANGELOG.md"].decode()


def test_a_tag_that_names_another_revision_stays_and_nothing_goes_up(built: Path, hub: FakeHub) -> None:
    published(built, tag="v1")
    edit(built, categories=["另一种"])
    before = hub.dataset.refs["main"]
    with pytest.raises(HubError, match="has a tag v1 already"):
        published(built, tag="v1")
    assert hub.dataset.refs["main"] == before


def test_another_branch_is_made_of_the_main_one(built: Path, hub: FakeHub) -> None:
    published(built)
    main = hub.dataset.refs["main"]
    edit(built, categories=["另一种"])
    published(built, branch="draft")
    assert hub.dataset.refs["main"] == main
    assert hub.dataset.refs["draft"] != main
    assert published(built, branch="draft")[-1].startswith("org/monkey: nothing has changed")


# --- again --------------------------------------------------------------------------------------------------


def test_where_nothing_has_changed_nothing_is_committed(built: Path, hub: FakeHub) -> None:
    published(built)
    commits, written = len(hub.dataset.commits), len(hub.written)
    assert published(built, date="2026-02-03")[-1].startswith("org/monkey: nothing has changed since revision ")
    assert (len(hub.dataset.commits), len(hub.written)) == (commits, written)


def test_a_change_is_one_commit_more_and_a_line_in_the_changelog(built: Path, hub: FakeHub) -> None:
    published(built)
    page = built / "raw" / CHARACTER / "crosstalk.txt"
    text = page.read_text(encoding="utf-8")
    page.write_text("\n".join(text.rstrip().splitlines()[:-1]) + "\n", encoding="utf-8")
    edit(built)
    sent = len(hub.uploaded)
    published(built, date="2026-02-03", tag="v2")
    repo = hub.dataset
    assert len(repo.messages) == 3
    newest, first = re.findall(r"^- .*$", repo.files["CHANGELOG.md"].decode(), re.MULTILINE)
    assert newest.startswith("- 2026-02-03 `v2`, Dramaturg 0.1.0: chatharuhi ")
    assert "script " in newest
    assert " removed" in newest
    assert first.startswith("- 2026-01-02, Dramaturg 0.1.0: first published; chatharuhi 39 added; ")
    assert len(hub.uploaded) > sent


def test_a_config_that_is_no_more_is_removed_and_what_a_person_laid_there_stays(
    generated: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(generated)
    repo = hub.dataset
    theirs = {"banner.png": b"theirs", "extra/mine.parquet": b"theirs"}
    repo.add("main", {**repo.files, **theirs}, "what a person laid there")
    monkeypatch.setenv("LLM", "off")
    run_all(open_build(generated, CHARACTER))
    told = published(generated)
    assert "general/train.parquet" not in repo.files
    assert "profile.json" not in repo.files
    assert theirs.items() <= repo.files.items()
    assert any(re.search(r"general \d+ removed", line) for line in told)


def test_a_dry_run_tells_files_sizes_and_changes_and_wants_no_token(
    built: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(built)
    edit(built, categories=["另一种"])
    monkeypatch.delenv("HF_TOKEN")
    before = len(hub.written)
    told = published(built, dry_run=True)
    card = (built / "processed" / CHARACTER / "dataset" / "chatharuhi" / "train.parquet").stat().st_size
    assert f"{card:>13,}  chatharuhi/train.parquet" in told
    assert told[-2].endswith("no row changed")
    assert told[-1].endswith("files would go up, 0 would be removed; nothing was changed")
    assert len(hub.written) == before


@pytest.mark.usefixtures("hub", "impatient")
def test_a_dry_run_without_a_hub_tells_the_files(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    told = published(built, dry_run=True)
    assert any("bytes in" in line for line in told)
    assert told[-1].startswith("it could not be published: the Hub cannot be reached")


# --- broken off ---------------------------------------------------------------------------------------------


def test_a_killed_upload_goes_on_with_the_same_command_and_sends_no_object_twice(built: Path, hub: FakeHub) -> None:
    hub.delay = 0.4
    command = [sys.executable, "-c", "from flows.cli import main; main()", "publish", CHARACTER, "--repo", REPO,
               "--data", str(built), "--tag", "v1"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while len(hub.uploaded) < 2:
            assert run.poll() is None
            time.sleep(0.02)
        run.kill()
    assert len(hub.dataset.commits) == 1
    hub.delay = 0
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    assert set(Counter(hub.uploaded).values()) == {1}
    assert hub.dataset.tags == {"v1": hub.dataset.refs["main"]}


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.usefixtures("impatient")
def test_an_upload_that_breaks_off_goes_on_with_the_same_command(built: Path, hub: FakeHub, status: int) -> None:
    hub.spoil = lambda method, _: status if method == "PUT" and len(hub.uploaded) == 3 else None
    with pytest.raises(HubError, match="the same command goes on"):
        published(built)
    assert len(hub.dataset.commits) == 1
    hub.spoil = lambda *_: None
    published(built)
    assert set(Counter(hub.uploaded).values()) == {1}
    assert len(hub.dataset.commits) == 2


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize(
    "call", ["revision/", "repos/create", "preupload", "objects/batch", "/lfs/", "/commit/", "/tag/"]
)
@pytest.mark.usefixtures("impatient")
def test_what_fails_once_is_asked_again(built: Path, hub: FakeHub, call: str, status: int) -> None:
    left = [status]
    hub.spoil = lambda _, path: left.pop() if call in path and left else None
    published(built, tag="v1")
    assert not left
    assert len(hub.dataset.commits) == 2
    assert hub.dataset.tags == {"v1": hub.dataset.refs["main"]}


@pytest.mark.usefixtures("impatient")
def test_a_commit_whose_answer_is_lost_is_not_made_twice(built: Path, hub: FakeHub) -> None:
    lost = [-1]
    hub.spoil = lambda _, path: lost.pop() if "/commit/" in path and lost else None
    assert published(built)[-1].startswith("published: ")
    assert not lost
    assert len(hub.dataset.commits) == 2


# --- what the Hub refuses -----------------------------------------------------------------------------------


def test_without_a_token_nothing_is_done(built: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="no token: set HF_TOKEN"):
        published(built)
    assert hub.seen == []


@pytest.mark.usefixtures("hub")
def test_a_token_that_the_hub_does_not_know_is_named_as_the_reason_and_not_shown(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(HubError, match="does not take the token") as refused:
        published(built)
    assert "hf_wrong" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("call", "status", "told"),
    [
        ("repos/create", 401, "does not take the token"),
        ("repos/create", 403, "may not write to org/monkey"),
        ("preupload", 403, "may not write to org/monkey"),
        ("/commit/", 403, "may not write to org/monkey"),
        ("/commit/", 409, "changed meanwhile by somebody else"),
        ("/commit/", 412, "changed meanwhile by somebody else"),
        ("/commit/", 500, "does not answer as it should"),
        ("/commit/", 400, "the Hub refuses"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_refusal_is_one_line_that_says_why(built: Path, hub: FakeHub, call: str, status: int, told: str) -> None:
    hub.spoil = lambda _, path: status if call in path else None
    with pytest.raises(HubError, match=told) as refused:
        published(built)
    assert len(str(refused.value).splitlines()) == 1
    assert TOKEN not in str(refused.value)


def test_a_commit_of_somebody_elses_in_between_is_not_written_over(built: Path, hub: FakeHub) -> None:
    def meddle(_: str, path: str) -> None:
        if "/preupload/" in path:
            hub.dataset.add("main", {**hub.dataset.files, "theirs.txt": b"theirs"}, "theirs")

    hub.spoil = meddle
    with pytest.raises(HubError, match="changed meanwhile"):
        published(built)
    hub.spoil = lambda *_: None
    published(built)
    assert hub.dataset.files["theirs.txt"] == b"theirs"


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_card_that_the_hub_does_not_take_is_told_in_one_line_before_anything_goes_up(
    built: Path, hub: FakeHub, dry_run: bool, is_first: bool
) -> None:
    if not is_first:
        published(built)
        edit(built, categories=["另一种"])
    before, sent = len(hub.written), len(hub.uploaded)
    hub.complaint = '"language" must be a list\nof codes'
    expected = 'the Hub does not take the card\'s metadata: "language" must be a list of codes; nothing went up'
    if dry_run:
        assert expected in published(built, dry_run=True)[-1]
    else:
        with pytest.raises(HubError) as refused:
            published(built)
        assert str(refused.value).startswith(expected)
        assert len(str(refused.value).splitlines()) == 1
    assert (len(hub.written), len(hub.uploaded)) == (before, sent)


def test_what_the_hub_remarks_on_the_card_is_told_once(
    built: Path, hub: FakeHub, recwarn: pytest.WarningsRecorder
) -> None:
    hub.remark = "there is no such task"
    told = published(built)
    assert told.count("the Hub remarks on the card: there is no such task") == 1
    assert not [each for each in recwarn if "validating" in str(each.message)]
    assert told[-1].startswith("published: ")


@pytest.mark.parametrize("licence", ["CC0-1.0", "Apache 2.0", "0BSD", "公有领域", "public domain"])
@pytest.mark.usefixtures("hub")
def test_the_hub_takes_a_card_whatever_the_licence_is_called(built: Path, licence: str) -> None:
    edit(built, licence=licence)
    assert published(built, withhold=True, dry_run=True)[-1].endswith("nothing was changed")


@pytest.mark.parametrize("kind", ["model", "space"])
def test_another_kind_of_repository_is_left_alone(built: Path, hub: FakeHub, kind: str) -> None:
    hub.make(REPO, f"{kind}s")
    with pytest.raises(HubError, match=f"is a {kind}'s repository"):
        published(built)
    assert hub.written == []


@pytest.mark.parametrize(
    ("name", "content"), [("data.csv", b"a,b"), ("manifest.json", b'{"manifest": 1, "character": "holmes"}')]
)
def test_another_dataset_is_left_alone(built: Path, hub: FakeHub, name: str, content: bytes) -> None:
    repo = hub.make(REPO)
    repo.add("main", {**repo.files, name: content}, "another")
    with pytest.raises(HubError, match="holds another dataset"):
        published(built)
    assert hub.written == []


@pytest.mark.parametrize("repo", ["monkey", "org/", "/monkey", "a/b/c", "org/mon key", "org/.."])
def test_a_name_that_none_can_have_is_the_users_mistake(built: Path, hub: FakeHub, repo: str) -> None:
    with pytest.raises(InputError, match="give who it is of and its name"):
        published(built, repo=repo)
    assert hub.seen == []


# --- what may not go up -------------------------------------------------------------------------------------


def refused(data: Path, told: str, **how: Any) -> None:
    """Published neither in truth nor on trial, and one line says why."""
    for dry_run in (True, False):
        with pytest.raises(InputError, match=told) as error:
            published(data, dry_run=dry_run, **how)
        assert len(str(error.value).splitlines()) == 1


def test_what_is_not_built_is_not_published(data: Path, hub: FakeHub) -> None:
    refused(data, "is not built yet")
    assert hub.seen == []


def test_what_is_stale_is_not_published(built: Path, hub: FakeHub) -> None:
    with (built / "raw" / CHARACTER / "crosstalk.txt").open("a", encoding="utf-8") as source:
        source.write("甲：又来了？\n")
    refused(built, r"is not as its sources and settings are now \(extract")
    assert hub.seen == []


def test_what_verify_finds_faults_in_is_not_published(built: Path, hub: FakeHub) -> None:
    dataset = built / "processed" / CHARACTER / "dataset"
    (dataset / "stray.txt").write_text("of no build")
    refused(built, "1 faults, the first: .*stray.txt is not of this build")
    assert hub.seen == []


@pytest.mark.parametrize("licence", ["unknown", "None", "?", "未知", "n/a"])
def test_a_source_without_a_declared_licence_is_not_published_even_withheld(
    built: Path, hub: FakeHub, licence: str
) -> None:
    edit(built, licence=licence)
    refused(built, "no licence is declared", withhold=True)
    assert hub.seen == []


def test_a_licence_that_is_not_known_to_let_it_go_is_not_published(built: Path, hub: FakeHub) -> None:
    edit(built, licence="all rights reserved")
    refused(built, "--withhold publishes offsets and hashes")
    assert hub.seen == []


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("hf_" + "b" * 34, "a Hugging Face token"),
        ("sk-proj-" + "c3" * 20, "an API key"),
        ("AKIA" + "D4E5F6G7" * 2, "an AWS key"),
        ("ghp_" + "e" * 36, "a GitHub token"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("/home/someone/novel.txt", "a local path"),
        ("C:\\Users\\Someone\\novel.txt", "a local path"),
    ],
)
def test_a_secret_or_a_local_path_in_a_line_is_not_published(built: Path, hub: FakeHub, secret: str, what: str) -> None:
    with (built / "raw" / CHARACTER / "crosstalk.txt").open("a", encoding="utf-8") as source:
        source.write(f"猪八戒：猴哥，你看这个{secret} 是什么？\n")
    edit(built)
    refused(built, f"script/t.*.parquet, column content: {what}")
    assert hub.seen == []


@pytest.mark.usefixtures("hub")
def test_the_settings_own_keys_and_the_workspaces_own_path_are_known(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASR_API_KEY", "short of form")
    edit(built, work=f"short of form {built}")
    refused(built, "LICENSE: a key of the settings, LICENSE: a local path, README.md: a key of the settings")


def test_what_only_looks_like_a_path_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("https://example.org/home/someone, either/or/home/x, task-force sk-1")
    assert list(leaks({"a.txt": tmp_path / "a.txt"}, ["", "short"], [Path("/nowhere/at/all")])) == []


def test_a_nested_string_and_a_files_notes_are_looked_at(tmp_path: Path) -> None:
    token = "hf_" + "b" * 34
    table = pa.table({"turns": [[{"content": "x"}, {"content": token}]]}).replace_schema_metadata({"note": token})
    pq.write_table(table, tmp_path / "a.parquet")
    found = list(leaks({"a.parquet": tmp_path / "a.parquet"}, [], []))
    assert found == ["a.parquet: a Hugging Face token", "a.parquet, column turns: a Hugging Face token"]


def test_the_manifest_goes_up_without_this_machines_paths(built: Path, hub: FakeHub) -> None:
    path = built / "processed" / CHARACTER / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["stages"]["export"]["model"] = f"embedded {built}/models/small.gguf at http://localhost:1/v1"
    path.write_text(json.dumps(manifest))
    published(built)
    sent = json.loads(hub.dataset.files["manifest.json"])
    assert sent["stages"]["export"]["model"] == "embedded small.gguf at http://localhost:1/v1"
    assert sent["stages"]["export"]["files"] == manifest["stages"]["export"]["files"]


def test_the_token_is_in_nothing_that_goes_up_nor_in_what_is_told(built: Path, hub: FakeHub) -> None:
    told = "\n".join(published(built))
    everything = b"".join(hub.dataset.files.values())
    assert TOKEN.encode() not in everything
    assert TOKEN not in told


# --- withheld -----------------------------------------------------------------------------------------------


def test_what_is_withheld_is_in_no_file_and_the_card_says_so(built: Path, hub: FakeHub) -> None:
    build = edit(built, licence="all rights reserved")
    told = published(built, withhold=True)
    assert "withheld: the words of page.html, episode.ass, crosstalk.txt" in told
    repo = hub.dataset
    script = pq.read_table(build.workspace.dataset / "script" / "train.parquet")
    lines = [line for line in script["content"].to_pylist() if len(line) > 8]
    for name, content in repo.files.items():
        text = (
            str(pq.read_table(pa.BufferReader(content)).to_pylist()) if name.endswith("parquet") else content.decode()
        )
        assert not [line for line in lines if line in text], name
    card = repo.files["README.md"].decode()
    assert "## Withheld" in card
    assert "--source crosstalk.txt" in card
    for name in (name for name in repo.files if name.endswith(".parquet")):
        assert sha256(repo.files[name]).hexdigest() in card
    assert "crosstalk.txt: all rights reserved, whose words are not in here" in repo.files["LICENSE"].decode()


def test_only_the_sources_that_may_not_be_passed_on_are_withheld(built: Path, hub: FakeHub) -> None:
    path = built / "raw" / CHARACTER / "character.yaml"
    sources = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    edit(
        built,
        sources=[{**each, **({"licence": "theirs"} if each["path"] == "episode.ass" else {})} for each in sources],
    )
    assert "withheld: the words of episode.ass" in published(built, withhold=True)
    rows = pq.read_table(pa.BufferReader(hub.dataset.files["script/train.parquet"])).to_pylist()
    assert {row["source"]: row["content"] is None for row in rows} == {
        "page.html": False, "episode.ass": True, "crosstalk.txt": False,
    }  # fmt: skip


def test_where_every_source_may_be_passed_on_nothing_is_withheld(built: Path, hub: FakeHub) -> None:
    published(built, withhold=True)
    assert "withheld.json" not in hub.dataset.files


def test_every_error_of_the_hub_is_of_the_tree() -> None:
    assert issubclass(HubError, DramaturgError)


# --- the command --------------------------------------------------------------------------------------------


def test_the_command_publishes_and_reattach_takes_what_it_published(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    edit(built, licence="all rights reserved")
    ran = dramaturg("publish", CHARACTER, "--repo", REPO, "--private", "--tag", "v1", "--withhold", "--data", built)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[-1].endswith(", tag v1")
    for name, content in hub.dataset.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    raw = built / "raw" / CHARACTER
    given = [each for name in ("page.html", "episode.ass", "crosstalk.txt") for each in ("--source", raw / name)]
    ran = dramaturg("reattach", tmp_path, *given)
    assert ran.stdout == f"{tmp_path}: 8 files are as they were made, to the byte\n"


def test_the_commands_complaint_is_one_line(built: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    ran = dramaturg("publish", CHARACTER, "--repo", REPO, "--data", built)
    assert ran.returncode == 1
    assert re.fullmatch(r"error: the Hub does not take the token \(401\).*\n", ran.stderr)
    assert hub.written == []


def test_the_token_may_stand_in_the_file_of_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").write_text(f"HF_TOKEN={TOKEN}\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / "env")
    found = hub_token()
    assert found is not None
    assert found.get_secret_value() == TOKEN
