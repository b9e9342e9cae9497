"""How long the page of a large dataset takes to appear and to search, in headless Chromium.

    python benchmarks/report.py [--rows 10000 100000] [--shown 20000] [--times 5] [--busy 0]

The rows are exchanges out of one novel, half Chinese and half English, of drawn words, all of the novel in the page. Of
more than --shown rows the page holds so many. First paint is the browser's first contentful paint, ready when the page
can be used, both from the address's opening; a search is from a letter that is typed until the list of what is found
is laid out, and until it is painted. The first search comes as soon as the page is ready, when no text has been
prepared for it. Given is the median, and the slowest of all. --busy keeps so many processes busy beside it. The status
is 1 where a first paint takes more than 1.5 s or a search more than 100 ms, by the medians.

It needs the extra `browser`, and chromium.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from near_rows import planted
from playwright.sync_api import Browser, sync_playwright

from dramaturg.publish.report import render_page

MOST = {"first paint": 1500.0, "search": 100.0}  # milliseconds
_NAMES = ["柳娘", "顾十三", "Moll", "Ned"]
_MEASURED = """
([selector, query]) => new Promise((done) => {
  const field = document.querySelector(selector);
  field.value = query;
  const began = performance.now();
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  document.querySelector("#view-rows .list").getBoundingClientRect();
  const laidOut = performance.now() - began;
  requestAnimationFrame(() => setTimeout(() => done([laidOut, performance.now() - began]), 0));
})
"""


def large(count: int, shown: int) -> tuple[dict[str, Any], list[str]]:
    """A page's data with `shown` of `count` rows in it, and what is searched there: rare and common, long and short."""
    texts, _ = planted(6 * shown, 0)
    pieces, lines, rows, at = [], [], [], 0
    for number in range(shown):
        language = number % 2
        spans, turns = [], []
        for turn in range(2):
            text = " ".join(texts[(6 * number + 2 * turn + each) // 2 * 2 + language] for each in range(2))
            name = _NAMES[(1 - language if turn == 0 else language) * 2 + turn] if turn else _NAMES[2 * language]
            spans.append([0, at + 1, at + 1 + len(text), turn])
            turns.append([name, text])
            lines.append((at + 1, at + 1 + len(text), _NAMES.index(name)))
            pieces.append(f"“{text}”\n")
            at += len(text) + 3
        rows.append(
            {
                "target": f"exchange:novel.txt:{spans[0][1]}-{spans[-1][2]}",
                "config": "chatharuhi",
                "split": "test" if number % 10 == 0 else "train",
                "id": f"{number:016x}",
                "origin": "original",
                "is_editable": False,
                "turns": turns,
                "edited": [],
                "spans": spans,
                "context": [],
                "cited": [],
                "facts": [["licence", "CC0-1.0"], ["confidence", "high"]],
                "quality": None,
            }
        )
    data = {
        "version": 1,
        "mode": "report",
        "language": "zh",
        "character": {"id": "gu", "name": "顾十三", "aliases": [], "categories": [], "description": ""},
        "made": [],
        "sources": [
            {
                "name": "novel.txt",
                "read_as": "novel",
                "licence": "CC0-1.0",
                "characters": at,
                "lines": len(lines),
                "speakers": len(_NAMES),
                "unknown": 0,
            }
        ],
        "funnel": [],
        "cost": [],
        "speakers": [{"name": name, "lines": 1, "unsure": 0, "confidence": 0.9} for name in _NAMES],
        "plots": [],
        "names": _NAMES,
        "passages": [[0, 0, "".join(pieces)]],
        "lines": {
            "total": len(lines),
            "source": [0] * len(lines),
            "start": [start for start, _, _ in lines],
            "end": [end for _, end, _ in lines],
            "act": [1] * len(lines),
            "role": [role for _, _, role in lines],
            "was": [role for _, _, role in lines],
            "confidence": [0.9] * len(lines),
            "method": [0] * len(lines),
            "methods": ["tag"],
            "queue": [[line, line % 2] for line in range(len(lines))],
        },
        "rows": rows,
        "totals": {"rows": count, "shown": shown, "configs": {"chatharuhi": count}},
        "lost": [],
        "lost_total": 0,
        "state": {"number": 0, "targets": {}, "gone": [], "reviewed": 0, "accuracy": None},
    }
    middle, last = rows[shown // 2]["turns"][0][1], rows[-1]["turns"][-1][1]
    return data, [last[:12], middle[3:6], "的" if "的" in last else last[4], "e", "a b", "顾十三", "nothing has this"]


def measure(browser: Browser, address: str, queries: list[str]) -> dict[str, list[float]]:
    """Milliseconds of one opening of the page, and of the searches in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{address}#rows")
    page.wait_for_function("performance.getEntriesByName('dramaturg-ready').length > 0")
    taken: dict[str, list[float]] = {"first search": [], "search": [], "search, painted": []}
    for number, query in enumerate(queries):
        laid_out, painted = page.evaluate(_MEASURED, ["#view-rows input[type=search]", query])
        taken["first search" if number == 0 else "search"].append(laid_out)
        taken["search, painted"].append(painted)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    taken |= {"first paint": [paint]}
    taken |= {"ready": [page.evaluate("performance.getEntriesByName('dramaturg-ready')[0].startTime")]}
    context.close()
    return taken


def _spin() -> None:
    while True:
        sum(range(10_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--shown", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--busy", type=int, default=0)
    given = parser.parse_args()
    spinning = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(given.busy)]
    for each in spinning:
        each.start()
    is_slow = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for count in given.rows:
            data, queries = large(count, min(count, given.shown))
            started = time.perf_counter()
            content = render_page(data)
            seconds = time.perf_counter() - started
            path = Path(folder) / "report.html"
            path.write_bytes(content)
            shown = data["totals"]["shown"]
            print(f"{count:,} rows, {shown:,} in the page: {len(content) / 1e6:.1f} MB, written in {seconds:.1f} s")
            taken: dict[str, list[float]] = {}
            for _ in range(given.times):
                for name, own in measure(browser, path.as_uri(), queries).items():
                    taken.setdefault(name, []).extend(own)
            for name, own in sorted(taken.items()):
                middle = statistics.median(own)
                print(f"  {name:16} {middle:7.0f} ms, at most {max(own):7.0f} ms")
                most = MOST.get(name.replace("first search", "search"), float("inf"))
                is_slow = is_slow or middle > most
        browser.close()
    for each in spinning:
        each.terminate()
    load = os.getloadavg()[0]
    print(json.dumps({"cores": os.cpu_count(), "busy": given.busy, "load of the last minute": round(load, 1)}))
    raise SystemExit(1 if is_slow else 0)


if __name__ == "__main__":
    main()
