import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dramaturg import ROOT
from tests.processes import dramaturg


def one_line(text: str) -> str:
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return text


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("build",),
        ("status",),
        ("verify",),
        ("extract",),
        ("cast",),
        ("chat",),
        ("store",),
        ("store", "ls"),
        ("publish",),
        ("prefect",),
        ("prefect", "server"),
        ("prefect", "serve"),
        ("reattach",),
    ],
)
def test_help_imports_nothing_heavy(command: tuple[str, ...]) -> None:
    code = (
        "import sys; from flows.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "heavy = {'prefect', 'datasets', 'pandas', 'openai', 'pyarrow', 'tiktoken', 'huggingface_hub'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, *command, "--help"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_build_ends_with_what_was_made_dropped_and_what_to_do_next(data: Path) -> None:
    ran = dramaturg("build", "weixiaobao", "--data", data, "--llm", "off")
    assert ran.returncode == 0, ran.stderr
    for word in ("scenes", "spoken lines", "speakers", "chatharuhi", "role_absent", "dataset", "verify"):
        assert word in ran.stdout
    assert len(ran.stdout.splitlines()) <= 30
    assert "  asked  " not in ran.stdout


def test_without_a_model_to_be_had_the_original_rows_are_built_and_a_line_says_so(data: Path) -> None:
    ran = dramaturg("build", "weixiaobao", "--data", data, LLM="auto", PIP_NO_INDEX="1")
    assert ran.returncode == 0, ran.stderr
    (told,) = [line for line in ran.stdout.splitlines() if line.startswith("Original rows only: ")]
    assert "no weights for the embedded model" in told
    assert "LLM=off" in told
    assert "Traceback" not in ran.stderr
    assert "    chatharuhi        134" in ran.stdout
    assert dramaturg("verify", "weixiaobao", "--data", data).returncode == 0


def test_a_file_of_weights_that_is_none_is_the_users_mistake(data: Path) -> None:
    ran = dramaturg("build", "weixiaobao", "--data", data, LLM="auto", WEIGHTS=str(data / "nothing.gguf"))
    assert ran.returncode == 1
    (told,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "nothing.gguf: No such file" in told


def test_what_it_cost_is_said_where_the_price_is(generated: Path) -> None:
    assert "price unknown: " in dramaturg("build", "holmes", "--data", generated).stdout
    priced = dramaturg("build", "holmes", "--data", generated, PRICE_IN="1", PRICE_OUT="10").stdout
    assert priced.startswith("Nothing has changed")
    (line,) = [line for line in priced.splitlines() if "tokens  " in line]
    tokens_in, tokens_out = (
        int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:asked|answered)", line)
    )
    assert line.endswith(f"cost {(tokens_in + 10 * tokens_out) / 1_000_000:,.4f}")


def test_a_second_build_says_that_nothing_changed(built: Path) -> None:
    assert dramaturg("build", "holmes", "--data", built).stdout.startswith("Nothing has changed")


def test_status_tells_done_from_not_yet(built: Path) -> None:
    assert dramaturg("status", "holmes", "--data", built).stdout.count(" done ") == 6
    (built / "raw" / "holmes" / "novel.epub").write_bytes(b"changed")
    assert "to do again" in dramaturg("status", "holmes", "--data", built).stdout


def test_status_judges_by_what_the_last_build_was_made_with(built: Path) -> None:
    said = dramaturg("status", "holmes", "--data", built, LLM="").stdout.splitlines()
    assert [line.split()[0] for line in said[:-1]] == [
        *("extract", "script", "scenes", "exchanges", "splits", "export"),
    ]
    assert all(" done " in line for line in said[:-1])
    assert said[-1].startswith("built with LLM=off")


def test_status_judges_by_what_is_asked_of_it(built: Path) -> None:
    said = dramaturg("status", "holmes", "--data", built, LLM="auto").stdout
    assert said.count(" not yet") == 8
    character = built / "raw" / "holmes" / "character.yaml"
    character.write_text(character.read_text(encoding="utf-8") + "settings: { llm: auto }\n", encoding="utf-8")
    assert dramaturg("status", "holmes", "--data", built, LLM="").stdout == said


def test_status_knows_the_last_build_whichever_it_was(generated: Path) -> None:
    assert "LLM=off" not in dramaturg("status", "holmes", "--data", generated, LLM="").stdout
    assert dramaturg("build", "holmes", "--data", generated, LLM="off").returncode == 0
    off = dramaturg("status", "holmes", "--data", generated, LLM="").stdout
    assert (off.count(" done "), off.count("built with LLM=off")) == (6, 1)
    assert dramaturg("build", "holmes", "--data", generated, LLM="auto").returncode == 0
    auto = dramaturg("status", "holmes", "--data", generated, LLM="").stdout
    assert (auto.count(" done "), auto.count("LLM=off")) == (13, 0)


def test_verify_prints_rows_checked_and_wrong_and_fails_on_a_wrong_one(built: Path) -> None:
    sound = dramaturg("verify", "weixiaobao", "--data", built)
    assert sound.returncode == 0
    assert " rows checked, 0 wrong, 0 faults" in sound.stdout
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    novel.write_text(novel.read_text(encoding="utf-8").replace("灶王爷", "土地爷"), encoding="utf-8")
    unsound = dramaturg("verify", "weixiaobao", "--data", built)
    assert unsound.returncode == 1
    changed, row, *_, counted = unsound.stdout.splitlines()
    assert changed == f"{novel} has changed since the build: build again"
    assert "does not say" in row
    assert " wrong, " in counted
    assert len(unsound.stdout.splitlines()) <= 4


def test_verify_of_what_was_never_built_says_how_to_build_it(data: Path) -> None:
    ran = dramaturg("verify", "holmes", "--data", data)
    assert ran.returncode == 2
    assert one_line(ran.stderr) == (
        "error: holmes is not built yet, or not to its end: make build-dataset CHAR=holmes\n"
    )


def test_extract_writes_a_script_with_the_cast_given(tmp_path: Path) -> None:
    novel, cast, script = tmp_path / "novel.txt", tmp_path / "cast.json", tmp_path / "script.jsonl"
    novel.write_text(
        "第一回　来客\n\n　　客店里只剩两个人守着一盆炭火。\n\n　　“来了？”阿大道。\n\n　　“来了。”阿二道。\n",
        encoding="gb18030",
    )
    cast.write_text('[{"name": "赵大", "aliases": ["阿大"]}, {"name": "赵二", "aliases": ["阿二"]}]', encoding="utf-8")
    ran = dramaturg(
        "extract", novel, "--kind", "novel", "--language", "zh", "--cast", cast, "--llm", "off", "-o", script
    )
    assert ran.returncode == 0, ran.stderr
    assert "gb18030" in one_line(ran.stdout)
    lines = [json.loads(line) for line in script.read_text(encoding="utf-8").splitlines()]
    assert [(line["role"], line["content"]) for line in lines if line["kind"] == "speech"] == [
        ("赵大", "来了？"),
        ("赵二", "来了。"),
    ]
    text = novel.read_text(encoding="gb18030")
    assert all(text[line["start"] : line["end"]] == line["content"] for line in lines)


def test_the_cast_that_is_printed_can_be_given_back(data: Path, tmp_path: Path) -> None:
    novel, cast = data / "raw" / "weixiaobao" / "novel.txt", tmp_path / "cast.json"
    printed = dramaturg("cast", novel, "--language", "zh")
    cast.write_text(printed.stdout, encoding="utf-8")
    assert json.loads(printed.stdout)[0] == {"name": "韦小宝", "aliases": ["小宝"], "gender": "M", "mentions": 105}
    scripts = []
    for given in ((), ("--cast", cast)):
        script = tmp_path / "script.jsonl"
        ran = dramaturg("extract", novel, "--kind", "novel", "--language", "zh", *given, "--llm", "off", "-o", script)
        assert ran.returncode == 0, ran.stderr
        scripts.append(script.read_text(encoding="utf-8"))
    assert scripts[0] == scripts[1]


def test_extract_names_no_speaker_below_the_threshold(data: Path, tmp_path: Path) -> None:
    novel, script = data / "raw" / "weixiaobao" / "novel.txt", tmp_path / "script.jsonl"
    ran = dramaturg(
        "extract", novel, "--kind", "novel", "--language", "zh", "--llm", "off", "--abstain", "0.8", "-o", script
    )
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in script.read_text(encoding="utf-8").splitlines()]
    sure = [line for line in lines if line["speaker_confidence"] >= 0.8]
    assert None not in {line["role"] for line in sure}
    assert {line["role"] for line in lines if line not in sure} == {None}


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (("build", "nobody"), {}, "there is no "),
        (("build", "../x"), {}, "cannot be a character's name"),
        (("verify", ""), {}, "cannot be a character's name"),
        (("build", "weixiaobao"), {"LLM": "perhaps"}, "LLM=perhaps: "),
        (("build", "weixiaobao"), {"SCENE_TOKENS": "many"}, "SCENE_TOKENS=many: "),
        (("extract", "no.txt", "--kind", "novel", "--language", "zh", "-o", "/tmp/x"), {}, "no.txt: No such file"),
        (("extract", "Makefile", "--kind", "novel", "--language", "en", "-o", "/dev/null/x"), {}, "/dev/null"),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    data: Path, arguments: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    where = ("--data", data) if arguments[0] != "extract" else ()
    ran = dramaturg(*arguments, *where, **environment)
    assert ran.returncode in (1, 2)
    assert complaint in one_line(ran.stderr)
    assert ran.stdout == ""


def test_a_wrong_source_stops_the_build_with_one_line(data: Path) -> None:
    (data / "raw" / "holmes" / "novel.epub").write_bytes(b"PK\x03\x04 torn")
    ran = dramaturg("build", "holmes", "--data", data)
    assert ran.returncode == 2
    assert "not a readable EPUB" in one_line(ran.stderr)


SILENT = "The lamp stood on the table, and nobody came to light it.\n\nRain fell.\n"
CHAT = "Ned — 21:03\nare you asleep\nAnn — 21:04\nno\nNed — 21:05\ngood\n"
SPOKEN = (
    "“Is the tide in?” said Ann.\n\n“Not before noon,” said Ned.\n\n“Then we wait,” said Ann.\n\n“We wait,” said Ned.\n"
)


def ned(data: Path, **sources: str) -> Path:
    """A character of files of prose, by their names without the ending."""
    folder = data / "raw" / "ned"
    folder.mkdir(parents=True)
    listed = "".join(f"  - {{ path: {name}.txt, kind: novel }}\n" for name in sources)
    (folder / "character.yaml").write_text(
        "schema: 1\nname: Ned\nname_en: Ned\nwork: The tide\nlanguage: en\nscript_category: novel\nlicence: CC0-1.0\n"
        f"cast: [{{ name: Ann }}]\nsources:\n{listed}"
    )
    for name, text in sources.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_extract_of_what_holds_no_speech_says_why(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(CHAT, encoding="utf-8")
    ran = dramaturg("extract", tmp_path / "chat.txt", "--language", "en", "-o", tmp_path / "script.jsonl")
    assert ran.returncode == 0
    said = one_line(ran.stderr)
    assert said.startswith(f"warning: {tmp_path / 'chat.txt'}: no line of speech was found: no quotation marks")
    assert "is it en?" not in said


def test_a_build_of_sources_without_speech_says_of_each_why(tmp_path: Path) -> None:
    ned(tmp_path, chat=CHAT, silent=SILENT, zh="灯在桌上，没有人来点它。\n")
    ran = dramaturg("build", "ned", "--data", tmp_path)
    assert ran.returncode == 1
    chat, silent, zh = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert chat.startswith("error: chat.txt: no line of speech was found: no quotation marks")
    assert silent.startswith("error: silent.txt: no line of speech was found: no quotation marks")
    assert zh.endswith("give the language zh")


def test_sources_that_cannot_be_read_are_told_in_one_run(tmp_path: Path) -> None:
    folder = ned(tmp_path, good=SPOKEN, empty=" ", page="<html><p>Rain.", other=SPOKEN)
    ran = dramaturg("build", "ned", "--data", tmp_path)
    assert ran.returncode == 2
    assert [line for line in ran.stderr.splitlines() if line.startswith("error: ")] == [
        f"error: {folder}/empty.txt: the file is empty",
        f"error: {folder}/page.txt: an HTML page: use kind: web",
    ]
    assert "Traceback" not in ran.stderr


def test_the_summary_counts_each_sources_lines_speakers_and_lines_without_one(tmp_path: Path) -> None:
    ned(tmp_path, good=SPOKEN, bad="“Is it?”\n\nThe rain fell on the road, and on the sea.\n", silent=SILENT)
    ran = dramaturg("build", "ned", "--data", tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    below = {line.split()[1]: lines[number + 1] for number, line in enumerate(lines) if line.startswith("  source ")}
    assert below["good.txt:"].strip() == "4 spoken lines by 2 speakers, 0 without a speaker"
    assert below["bad.txt:"].strip() == "1 spoken lines by 0 speakers, 1 without a speaker"
    assert below["silent.txt:"].strip().startswith("no line of speech: no quotation marks were found")


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("scene_tokens: many", "settings: SCENE_TOKENS=many: "),
        ("scene_token: 300", "settings: there is no setting scene_token; do you mean scene_tokens?"),
        ("openai_api_key: sk-1", "settings: openai_api_key does not belong there"),
    ],
)
def test_a_wrong_setting_of_the_character_is_named_with_its_line(tmp_path: Path, setting: str, complaint: str) -> None:
    path = ned(tmp_path, good=SPOKEN) / "character.yaml"
    text = path.read_text() + f"settings:\n  concurrency: 2\n  {setting}\n"
    path.write_text(text)
    ran = dramaturg("status", "ned", "--data", tmp_path)
    assert ran.returncode == 2
    assert one_line(ran.stderr).startswith(f"error: {path}:{len(text.splitlines())}: {complaint}")


def test_a_wrong_setting_of_the_environment_is_not_looked_for_in_the_character(tmp_path: Path) -> None:
    path = ned(tmp_path, good=SPOKEN) / "character.yaml"
    path.write_text(path.read_text() + "settings: { scene_tokens: 300 }\n")
    ran = dramaturg("status", "ned", "--data", tmp_path, SCENE_TOKENS="many")
    assert one_line(ran.stderr).startswith("error: SCENE_TOKENS=many: ")
