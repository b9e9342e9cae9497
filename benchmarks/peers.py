"""The same questions asked by other frameworks, each in an environment of its own, made once in a cache.

    ~/.cache/dramaturg-benchmarks/curator/bin/python benchmarks/peers.py curator http://127.0.0.1:8000/v1 5000 64

benchmarks/llm.py runs this. Each peer asks as its documentation says, with its caches empty, its own limits out of the
way, and nothing sent home. distilabel asks batch by batch, so its batch is as large as the others' concurrency; it is
run as a pipeline, its ordinary way, and as a task alone, which spares it the pipeline's processes and its records.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from misbehaving import MODEL, answer_to, question

__all__ = ["PEERS", "environment", "variables"]

_DISTILABEL = "distilabel[openai]==1.5.3 requests"  # which it imports, and does not ask for
PEERS = {
    "distilabel pipeline": ("distilabel", _DISTILABEL),
    "distilabel task": ("distilabel", _DISTILABEL),
    "curator": ("curator", "bespokelabs-curator==0.1.31"),
}
"""What is compared: its environment's folder and the packages in it."""

_CACHE = Path.home() / ".cache" / "dramaturg-benchmarks"
_MAX_TOKENS = 400
_NO_LIMIT = 1_000_000_000


def environment(peer: str) -> Path:
    """The peer's python, in an environment that is made where there is none.

    Raises OSError with pip's last words where it cannot be installed.
    """
    folder, packages = PEERS[peer]
    made = _CACHE / folder
    python, mark = made / "bin" / "python", made / "installed"
    if not mark.exists() or mark.read_text() != packages:
        print(f"  {packages} is installed into {made}, once …", file=sys.stderr)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(made)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages.split()],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                said = (done.stderr or done.stdout).strip().splitlines() or [f"status {done.returncode}"]
                raise OSError(f"{packages} cannot be installed: {said[-1]}")
        mark.write_text(packages)
    return python


def variables(python: Path, home: Path) -> dict[str, str]:
    """The environment to run a peer in: an empty home, no network but this machine's."""
    vocabularies = next(python.parent.parent.glob("lib/*/site-packages/litellm/litellm_core_utils/tokenizers"), None)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "OPENAI_API_KEY": "none",
        "DO_NOT_TRACK": "1",
        "TELEMETRY_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "CURATOR_DISABLE_RICH_DISPLAY": "1",
        "DISTILABEL_LOG_LEVEL": "WARNING",
        **({"TIKTOKEN_CACHE_DIR": str(vocabularies)} if vocabularies else {}),
    }


def _by_distilabel_pipeline(base_url: str, questions: list[str], concurrency: int) -> Iterable[str]:
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    with Pipeline(name="benchmark") as pipeline:
        load = LoadDataFromDicts(data=[{"instruction": each} for each in questions], batch_size=concurrency)
        generate = TextGeneration(llm=_distilabel_model(OpenAILLM, base_url), input_batch_size=concurrency)
        load >> generate
    rows = pipeline.run(use_cache=False)["default"]["train"]
    return rows["generation"]


def _by_distilabel_task(base_url: str, questions: list[str], concurrency: int) -> Iterable[str]:
    from distilabel.models import OpenAILLM
    from distilabel.steps.tasks import TextGeneration

    task = TextGeneration(llm=_distilabel_model(OpenAILLM, base_url))
    task.load()
    answers: list[str] = []
    for start in range(0, len(questions), concurrency):
        rows = next(task.process([{"instruction": each} for each in questions[start : start + concurrency]]))
        answers += [row["generation"] for row in rows]
    return answers


def _distilabel_model(model: Callable[..., object], base_url: str) -> object:
    sampling = {"max_new_tokens": _MAX_TOKENS, "temperature": 0.0}
    return model(model=MODEL, base_url=base_url, api_key="none", generation_kwargs=sampling)


def _by_curator(base_url: str, questions: list[str], concurrency: int) -> Iterable[str]:
    from bespokelabs import curator

    model = curator.LLM(
        model_name=MODEL,
        backend="openai",
        generation_params={"max_tokens": _MAX_TOKENS, "temperature": 0.0},
        backend_params={
            "base_url": base_url,
            "max_concurrent_requests": concurrency,
            "max_requests_per_minute": _NO_LIMIT,
            "max_tokens_per_minute": _NO_LIMIT,
        },
    )
    return model(questions).dataset["response"]


_ASKS = {
    "distilabel pipeline": _by_distilabel_pipeline,
    "distilabel task": _by_distilabel_task,
    "curator": _by_curator,
}


def main() -> None:
    """Prints {"good": how many questions were answered well} as its last line."""
    peer, base_url, count, concurrency = sys.argv[1:]
    questions = [question(number) for number in range(int(count))]
    answers = list(_ASKS[peer](base_url, questions, int(concurrency)))
    good = set(map(answer_to, questions)) & set(answers)
    print(json.dumps({"good": len(good)}), flush=True)


if __name__ == "__main__":
    main()
