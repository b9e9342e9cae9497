"""What is claimed of `dramaturg evaluate`: ROUGE-L's parity and speed, and judges of known bias found out at full size.

    python benchmarks/evaluate.py rouge                 # 2,000 pairs a language beside rouge-score, if it is installed
    python benchmarks/evaluate.py judges                # 1,000 questions × 4 models × 2 orders against a local server
    python benchmarks/evaluate.py judges --questions 50

`rouge` takes pairs of lines of the sample novels, half of them a line and itself with words doubled, moved or left out.
Its words are ours, and, in English, rouge-score's own too. `judges` has three judges, each a server that says what it
is told: one prefers the first place, one a model, in seven questions of ten, one draws lots. The run is killed once,
and goes on; what the servers saw is counted.
"""

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg import ROOT
from dramaturg.character import load_character
from dramaturg.evaluate.questions import Question, Role
from dramaturg.evaluate.rouge import rouge_l, rouge_words
from dramaturg.generate.profile import given_profile
from dramaturg.settings import load_settings
from dramaturg.workspace import Workspace
from flows.evaluate import Asked, Test, evaluate_test
from tests.endpoint import FakeEndpoint, Reply, completion, serving

PAIRS = 2_000
AT_ONCE = 100_000
MODELS = ("ant", "bee", "cow", "dog")
LOVED, SHARE = "bee", 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rouge", "judges", "run"))
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--urls", nargs="*")
    given = parser.parse_args()
    if given.what == "rouge":
        rouge()
    elif given.what == "judges":
        judges(given.questions)
    else:
        run(given.folder, given.questions, given.urls)


# --- ROUGE-L ------------------------------------------------------------------------------------------------


def rouge() -> None:
    for language, pairs in {"en": pairs_of("holmes"), "zh": pairs_of("weixiaobao")}.items():
        many = (pairs * (AT_ONCE // len(pairs) + 1))[:AT_ONCE]
        best = min(timed(lambda many=many: [rouge_l(*pair) for pair in many]) for _ in range(5))
        words = sum(len(rouge_words(text)) for pair in pairs for text in pair) / len(pairs) / 2
        print(f"{language}: {AT_ONCE / best:,.0f} pairs/s, {words:.1f} words a text, the best of 5")
        try:
            from rouge_score.rouge_scorer import RougeScorer
        except ModuleNotFoundError:
            print(f"{language}: no parity: rouge-score is not installed")
            continue

        class Ours:
            def tokenize(self, text: str) -> list[str]:
                return rouge_words(text)

        scorers = {"our words": RougeScorer(["rougeL"], tokenizer=Ours())}
        if language == "en":
            scorers["its own words"] = RougeScorer(["rougeL"])
        for name, scorer in scorers.items():
            differences = [
                abs(rouge_l(answer, reference) - scorer.score(reference, answer)["rougeL"].fmeasure)
                for answer, reference in pairs
            ]
            took = timed(lambda scorer=scorer, pairs=pairs: [scorer.score(*pair) for pair in pairs])
            print(
                f"{language}: {len(pairs):,} pairs beside rouge-score with {name} ({len(pairs) / took:,.0f} pairs/s): "
                f"the largest difference is {max(differences):.1e}"
            )


def pairs_of(character: str) -> list[tuple[str, str]]:
    draw = random.Random(character)
    texts = [line for line in source_text(character) if len(line) > 5]
    pairs: list[tuple[str, str]] = []
    while len(pairs) < PAIRS:
        one = draw.choice(texts)
        pairs.append((one, changed(one, draw) if len(pairs) % 2 else draw.choice(texts)))
    return pairs


def source_text(character: str) -> list[str]:
    folder = ROOT / "data" / "raw" / character
    if (path := folder / "novel.txt").is_file():
        text = path.read_text(encoding="utf-8")
    else:
        from extractors.reading import read_text

        text = read_text(folder / "novel.epub").text
    return [piece.strip() for piece in re.split(r"(?<=[。！？.!?])|\n", text) if piece.strip()]


def changed(text: str, draw: random.Random) -> str:
    """Some words of it left out, changed places, said twice."""
    words = re.findall(r"[㐀-鿿]|[^\s㐀-鿿]+|\s", text)
    for _ in range(max(1, len(words) // 5)):
        place = draw.randrange(len(words))
        kind = draw.randrange(3)
        if kind == 0 and len(words) > 1:
            words.pop(place)
        elif kind == 1:
            words.insert(draw.randrange(len(words)), words[place])
        else:
            words.append(words.pop(place))
    return "".join(words)


def timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


# --- judges -------------------------------------------------------------------------------------------------


@dataclass
class Scripted(FakeEndpoint):
    """Answers as itself, in a word that tells who it is and what it is asked; ranks as `judge` says, given who stands
    where and the number of the question."""

    judge: Callable[[list[str], int], list[int]] | None = None

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        asked = body["messages"][-1]["content"] if "messages" in body else ""
        if path.endswith("/models") or "Is water wet?" in asked:
            return super().reply(path, headers, body)
        with self._lock:
            self.bodies.append(body)
        number = int(re.search(r"Question (\d+)", asked)[1])  # type: ignore[index]
        shown = re.findall(r"^(\w+) answers \d+", asked, re.MULTILINE)
        if not shown:
            return 200, completion(f"{self.model} answers {number}", self.model)
        assert self.judge is not None
        ranks = self.judge(shown, number)
        items = [{"model": "ABCDEFGH"[place], "reason": "so", "rank": str(rank)} for place, rank in enumerate(ranks)]
        return 200, completion(json.dumps({"items": items}), self.model)


def first_place(shown: list[str], _: int) -> list[int]:
    return list(range(1, len(shown) + 1))


def one_model(shown: list[str], number: int) -> list[int]:
    """The loved one first in its share of the questions, else last; the others as the question has it."""
    draw = random.Random(number)
    others = [model for model in MODELS if model != LOVED]
    draw.shuffle(others)
    is_first = draw.random() < SHARE
    ranked = [LOVED, *others] if is_first else [*others, LOVED]
    return [ranked.index(model) + 1 for model in shown]


def lots(shown: list[str], number: int) -> list[int]:
    return random.Random(f"{number} {shown}").sample(range(1, len(shown) + 1), len(shown))


def judges(questions: int) -> None:
    for name, judge in (
        ("prefers the first place", first_place),
        ("prefers one model", one_model),
        ("draws lots", lots),
    ):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            servers = [stack.enter_context(serving(Scripted(model=model, judge=judge))) for model in MODELS]
            urls = [f"{server.url}#{server.model}" for server in servers]
            began = time.perf_counter()
            killed = kill_midway(Path(folder), questions, urls, servers)
            command = [
                sys.executable,
                __file__,
                "run",
                "--folder",
                folder,
                "--questions",
                str(questions),
                "--urls",
                *urls,
            ]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            took = time.perf_counter() - began
            tell(name, Path(folder), questions, servers, killed, took)


def kill_midway(folder: Path, questions: int, urls: list[str], servers: list[FakeEndpoint]) -> int:
    """Kill a run once two fifths of what there is to ask have been; returns how much that was."""
    enough = questions * (len(MODELS) + 2) * 2 // 5
    command = [sys.executable, __file__, "run", "--folder", str(folder), "--questions", str(questions), "--urls", *urls]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and sum(len(server.bodies) for server in servers) < enough:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return sum(len(server.bodies) for server in servers)


def tell(name: str, folder: Path, questions: int, servers: list[FakeEndpoint], killed: int, took: float) -> None:
    found = json.loads((folder / "processed" / "ned" / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    judge, scores = found["judge"], found["by_generalization"]["instruction"]
    seen = Counter(json.dumps(body, sort_keys=True) for server in servers for body in server.bodies)
    twice = sum(seen.values()) - len(seen)
    print(f"a judge that {name}: {questions:,} questions × {len(MODELS)} models × 2 orders, {took:,.0f} s")
    print(
        f"  asked {len(seen):,} different requests, {twice:,} of them twice (killed after {killed:,}, when they were "
        f"under way); the judge: {judge['asked']:,} = {judge['answered']:,} + {judge['failed']:,}, "
        f"{judge['answered']:,} = {judge['rankings']:,} + {judge['malformed']:,}"
    )
    for model, score in scores.items():
        rate = score["win_rate"]
        print(f"  {model.split()[0]}: win rate {rate['value']:.3f} [{rate['low']:.3f}, {rate['high']:.3f}]")
    if name == "prefers one model":
        truth = (
            sum(one_model(list(MODELS), number)[MODELS.index(LOVED)] == 1 for number in range(questions)) / questions
        )
        print(f"  {LOVED} is first in {truth:.3f} of the questions, and last in the others")
    print(f"  agrees with itself: {judge['agreement']['value']:.3f}; best by place: {judge['best_by_place']}")


def run(folder: Path, questions: int, urls: list[str]) -> None:
    """One run, in a folder with a character and no dataset: the questions are made here."""
    (folder / "raw" / "ned").mkdir(parents=True, exist_ok=True)
    (folder / "raw" / "ned" / "novel.txt").write_text("…", encoding="utf-8")
    (folder / "raw" / "ned" / "character.yaml").write_text(
        "schema: 1\nname: Ned\nname_en: Ned\nwork: A test\nlanguage: en\nscript_category: novel\nlicence: CC0-1.0\n"
        "sources: [{ path: novel.txt, kind: novel }]\n",
        encoding="utf-8",
    )
    workspace = Workspace(folder, "ned")
    character = load_character(workspace)
    address, _, model = urls[0].partition("#")
    settings = load_settings({}, llm="auto", openai_base_url=address, model=model)
    asked = [
        Question(f"q{number}", "ned", "general", said, ({"role": "user", "content": said},), ("A reference.",), None)
        for number in range(questions)
        for said in [f"Question {number}: how now?"]
    ]
    test = Test({"ned": Role("ned", character, given_profile(character))}, asked, settings, workspace)
    evaluate_test(test, Asked(urls), print)


if __name__ == "__main__":
    main()
