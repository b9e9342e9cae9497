"""How the engine asks a language model: how fast, how dearly, and what it makes of an endpoint that misbehaves.

    python benchmarks/llm.py                          every measure: about half an hour, and 1 GB of peers, once
    python benchmarks/llm.py rate faults              some of them
    python benchmarks/llm.py rate --alone             without the other frameworks
    python benchmarks/llm.py kill --requests 100      in small

The endpoint is benchmarks/misbehaving.py, on this machine; each asking is a process of its own. Measures:

    rate     5,000 requests of 0.2 s, 64 at once: share of the ideal rate, processor time, memory; and other frameworks
    wide     5,120 of 2 s, 256 at once
    warm     5,000 of which the store has the answers
    faults   5,000 of 0.2 s, 64 at once, 30 % with a fault, of nine kinds; then the same again
    limit    400 where 20 a second are allowed, 64 at once: by limiter, with Retry-After and without, by latency
    kill     600 of 0.05 s, 16 at once, by a process that is killed thirty times
    two      two processes at once on one store, 1,000 each, of which 500 both

The ideal time is requests / concurrency × latency, in whole rounds for `wide`, where a round is all there is. Processor
time is user and system, of the process and its children, imports too. Compare figures of one run only: the endpoint
takes its share of the same processors.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from asking import Measured, Ran, Task, ask, command, environment, measured
from misbehaving import LIMITERS, Behaviour, Server, content_hash, question, serving
from peers import PEERS
from peers import environment as environment_of
from peers import variables as variables_of

_LATENCY = 0.2  # seconds
_CONCURRENCY = 64
_PATIENCE = 600.0  # seconds beyond ten times the ideal until a process is given up


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `is_met` is None where a figure has no target."""

    what: str
    got: str
    target: str = ""
    is_met: bool | None = None


Rows = Iterator[Row]


def rate(count: int, folder: Path, peers: Iterable[str] = PEERS) -> Rows:
    ideal = count / _CONCURRENCY * _LATENCY
    with serving(Behaviour(latency=_LATENCY)) as server:
        ran = _ask(server, folder / "store.sqlite", range(count), _CONCURRENCY, ideal)
        stats = server.stats()
    yield _answered(ran, count)
    if not ran.process.trouble:
        most = stats["most_in_flight"]
        yield Row("share of the ideal rate", *_at_least(ideal / ran.wall, 0.8))
        yield Row("wall of the asking; of the process", f"{ran.wall:.1f} s; {ran.process.wall:.1f} s")
        yield Row("most at once", f"{most}", f"≤ {_CONCURRENCY}", most <= _CONCURRENCY)
        yield Row("memory grown by", f"{ran.grown:.0f} MB", "≤ 100 MB", ran.grown <= 100)
        yield Row("processor of the asking", f"{ran.cpu:.1f} s, {1000 * ran.cpu / count:.2f} ms a request")
        yield Row("dramaturg", _taken(ran.process, stats, ideal, ran.count("good")))
    theirs: list[float] = []
    for peer in peers:
        row, cpu = _peer(peer, count, folder)
        theirs += [cpu] if cpu else []
        yield row
    if theirs and ran.count("good") == count:
        yield Row("processor, over the best peer's", *_at_most(ran.process.cpu / min(theirs), 0.5))


def _peer(peer: str, count: int, folder: Path) -> tuple[Row, float | None]:
    """What a peer took, and its processor seconds where it answered all."""
    try:
        python = environment_of(peer)
    except OSError as error:
        return Row(peer, str(error)), None
    ideal = count / _CONCURRENCY * _LATENCY
    program = [str(python), str(Path(__file__).with_name("peers.py")), peer]
    for asked in (_CONCURRENCY, count):  # a few first: what is freshly installed comes slowly from the disk
        with serving(Behaviour(latency=_LATENCY)) as server, tempfile.TemporaryDirectory(dir=folder) as home:
            arguments = [server.base_url, str(asked), str(_CONCURRENCY)]
            ran = measured([*program, *arguments], "", variables_of(python, Path(home)), 10 * ideal + _PATIENCE)
            stats = server.stats()
    if ran.trouble:
        return Row(peer, ran.trouble), None
    good = json.loads(ran.output.strip().splitlines()[-1])["good"]
    return Row(peer, _taken(ran, stats, ideal, good)), ran.cpu if good == count else None


def _taken(process: Measured, stats: Mapping[str, Any], ideal: float, good: int) -> str:
    """What a whole process took, imports and all, and how near the ideal its asking came, by the endpoint's clock."""
    share = ideal / (stats["last"] - stats["first"])
    return (
        f"processor {process.cpu:.1f} s, wall {process.wall:.1f} s ({share:.0%} of the ideal from first to last), "
        f"peak {process.peak:.0f} MB, at most {stats['most_in_flight']} at once, {good:,} good"
    )


def wide(count: int, folder: Path) -> Rows:
    concurrency, latency = 256, 2.0
    count = -(-count // concurrency) * concurrency
    ideal = count / concurrency * latency
    with serving(Behaviour(latency=latency)) as server:
        ran = _ask(server, folder / "store.sqlite", range(count), concurrency, ideal)
        most = server.stats()["most_in_flight"]
    yield _answered(ran, count)
    if ran.process.trouble:
        return
    yield Row("share of the ideal rate", *_at_least(ideal / ran.wall, 0.97))
    yield Row("wall of the asking", f"{ran.wall:.1f} s of {ideal:.1f} s")
    yield Row("most at once", f"{most}", f"≤ {concurrency}", most <= concurrency)


def warm(count: int, folder: Path) -> Rows:
    with serving(Behaviour(latency=0.0)) as server:
        _ask(server, folder / "store.sqlite", range(count), _CONCURRENCY, 0.0)
        before = server.stats()
        ran = _ask(server, folder / "store.sqlite", range(count), _CONCURRENCY, 0.0)
        after = server.stats()
    yield _answered(ran, count)
    if ran.process.trouble:
        return
    seen = sum(after[each] - before[each] for each in ("requests", "other_requests"))
    yield Row("requests at the endpoint", f"{seen}", "0", seen == 0)
    yield Row("wall of the asking", f"{ran.wall:.2f} s", "≤ 2 s", ran.wall <= 2)
    yield Row("wall of the process", f"{ran.process.wall:.2f} s")


def faults(count: int, folder: Path) -> Rows:
    ideal = count / _CONCURRENCY * _LATENCY
    with serving(Behaviour(latency=_LATENCY)) as server:
        calm = _ask(server, folder / "calm.sqlite", range(count), _CONCURRENCY, ideal)
    store, log = folder / "store.sqlite", folder / "begun"
    with serving(Behaviour(latency=_LATENCY, share=0.3), log=log) as server:
        ran = _ask(server, store, range(count), _CONCURRENCY, ideal)
        stats = server.stats()
        stored, keys = _stored(store)
        begun = len(_begun(log))
        again = _ask(server, store, range(count), _CONCURRENCY, ideal)
        stats_again = server.stats()
    if calm.process.trouble or ran.process.trouble:
        yield Row("the process", calm.process.trouble or ran.process.trouble, "ends by itself", False)
        return
    good, failed = ran.count("good"), ran.count("failed", "final")
    yield Row("answered well", f"{good:,}")
    yield Row("recorded with a fate", f"{failed:,}: {_reasons(ran)}" if failed else "0")
    malformed = ran.count("malformed")
    neither = count - good - failed - malformed
    yield Row("malformed each time they were asked", f"{malformed:,}")
    yield Row("neither", f"{neither:,}", "0", neither == 0)
    yield Row(
        "wall, over that without faults",
        *_at_most(ran.wall / calm.wall, 2.0, f" ({ran.wall:.1f} s over {calm.wall:.1f} s)"),
    )
    yield Row("requests at the endpoint", f"{stats['requests']:,}: {_fates(stats['fates'])}")
    paid = stats["requests_paid_again"]
    yield Row("asked again after a good answer", f"{paid:,}", "0", paid == 0)
    yield Row("stored; under how many keys", f"{stored:,}; {keys:,}", "the same", stored == keys)
    open_before = {content_hash(question(at)) for at, fate in enumerate(ran.fates) if fate == "failed"}
    asked = _begun(log)[begun:]
    idle = len(set(asked) - open_before)
    yield Row("again: requests; not failed before", f"{len(asked):,}; {idle:,}", "…; 0", idle == 0)
    paid = stats_again["requests_paid_again"] - paid
    yield Row("again: after a good answer", f"{paid:,}", "0", paid == 0)
    yield Row("again: answered well", f"{again.count('good'):,}" + (f"; {_reasons(again)}" if again.reasons else ""))


def limit(count: int, folder: Path) -> Rows:
    allowed = 20  # a second
    most = 1.2 * count / allowed

    def one(limiter: str, is_told: bool, latency: float) -> Row:
        behaviour = Behaviour(latency=latency, rate=allowed, limiter=limiter, retry_after=is_told)
        store = folder / f"{limiter}-{is_told}-{latency}.sqlite"
        with serving(behaviour) as server:
            ran = _ask(server, store, range(count), _CONCURRENCY, count / allowed)
            stats = server.stats()
        what = f"{limiter}, {'Retry-After' if is_told else 'untold'}, {latency} s"
        target = f"≤ {most:.0f} s, < 5 %, all"
        if ran.process.trouble:
            return Row(what, ran.process.trouble, target, False)
        refused, good = stats["fates"].get("refused", 0) / max(stats["requests"], 1), ran.count("good")
        got = f"{ran.wall:5.1f} s, {refused:6.1%} refused, {good:,} good"
        got += f", else {_reasons(ran)}" if ran.reasons else ""
        return Row(what, got, target, ran.wall <= most and refused < 0.05 and good == count)

    with ThreadPoolExecutor(3) as pool:
        yield from pool.map(lambda each: one(*each), product(LIMITERS, (True, False), (0.05, 0.2, 1.0)))


def kill(count: int, folder: Path) -> Rows:
    concurrency, latency, longest, kills = 16, 0.05, 0.12, max(1, count // 20)
    chance = random.Random(0)
    ideal = count / concurrency * latency
    log = folder / "begun"
    with serving(Behaviour(latency=latency)) as server:
        calm = _ask(server, folder / "calm.sqlite", range(count), concurrency, ideal)
        needed = server.stats()["requests"]
    killed = in_flight = 0
    with serving(Behaviour(latency=latency), server.port, log) as server:
        task = Task(server.base_url, str(folder / "store.sqlite"), list(range(count)), concurrency)
        while killed < kills:
            if not _killed(task, log, chance.uniform(0, longest)):
                break
            killed += 1
            while (stats := server.stats())["in_flight"]:
                time.sleep(0.01)
            in_flight = stats["fates"].get("abandoned", 0)
        ran = ask(task, _PATIENCE)
        stats = server.stats()
    yield _answered(ran, count)
    differ = sum(one != other for one, other in zip(calm.outcomes, ran.outcomes, strict=False))
    differ += abs(len(calm.outcomes) - len(ran.outcomes))
    beyond, paid = stats["requests"] - needed, stats["requests_paid_again"]
    yield Row("killed", f"{killed} times", f"{kills}", killed == kills)
    yield Row("outcomes other than undisturbed", f"{differ:,}", "0", differ == 0)
    most = in_flight + killed * concurrency
    what = f"≤ {most:,} ({in_flight:,} in flight + {killed} × {concurrency})"
    yield Row("requests beyond the undisturbed", f"{beyond:,} of {needed:,}", what, beyond <= most)
    most = killed * concurrency
    yield Row("of which answered, and not kept", f"{paid:,}", f"≤ {most:,}", paid <= most)


def _killed(task: Task, log: Path, after: float) -> bool:
    """Whether a process was killed, `after` seconds from its first request; not where it came to its end before."""
    size = log.stat().st_size
    with subprocess.Popen(
        command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(task)).encode())
        process.stdin.close()
        while log.stat().st_size == size and process.poll() is None:
            time.sleep(0.001)
        time.sleep(after)
        if process.poll() is not None:
            return False
        process.kill()
        return True


def two(count: int, folder: Path) -> Rows:
    shared = count // 2
    store, gate = folder / "store.sqlite", folder / "gate"
    own = (range(shared, count), range(count, 2 * count - shared))
    with serving(Behaviour(latency=_LATENCY)) as server, ThreadPoolExecutor(2) as pool:
        tasks = [
            Task(server.base_url, str(store), [*range(shared), *numbers], _CONCURRENCY, str(gate)) for numbers in own
        ]
        runs = [pool.submit(ask, task, _PATIENCE) for task in tasks]
        while len(list(folder.glob("gate?*"))) < 2 and not any(run.done() for run in runs):
            time.sleep(0.01)
        gate.touch()
        rans = [run.result() for run in runs]
        stats = server.stats()
    for ran in rans:
        yield _answered(ran, count)
    wanted = 2 * count - shared
    twice = stats["contents_asked_again"]
    yield Row("questions asked twice", f"{twice:,} of {shared:,} shared", "0", twice == 0)
    yield Row("requests at the endpoint", f"{stats['requests']:,}", f"{wanted:,}", stats["requests"] == wanted)
    stored, keys = _stored(store)
    yield Row("stored; under how many keys", f"{stored:,}; {keys:,}", f"{wanted:,}", stored == keys == wanted)
    yield Row("wall of the asking, each", " and ".join(f"{ran.wall:.1f} s" for ran in rans))


# --- how a figure is made ------------------------------------------------------------------------------------


def _ask(server: Server, store: Path, numbers: range, concurrency: int, ideal: float) -> Ran:
    return ask(Task(server.base_url, str(store), list(numbers), concurrency), 10 * ideal + _PATIENCE)


def _answered(ran: Ran, count: int) -> Row:
    """Whether all were answered well, or what became of them."""
    if ran.process.trouble:
        return Row("answered well", ran.process.trouble, "all", False)
    good = ran.count("good")
    got = f"{good:,} of {count:,}" + (f": {_reasons(ran)}" if ran.reasons else "")
    return Row("answered well", got, "all", good == count)


def _reasons(ran: Ran) -> str:
    """The commonest of the reasons why requests failed, without the endpoint's address before them."""
    reasons = sorted((ran.reasons or {}).items(), key=lambda each: -each[1])
    return "; ".join(f"{count:,} × {reason.split('/v1: ')[-1][:70]}" for reason, count in reasons[:3])


def _fates(fates: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {fate}" for fate, count in sorted(fates.items(), key=lambda each: -each[1]))


def _begun(log: Path) -> list[str]:
    """The hashes of the contents asked so far, in order."""
    return [line.split()[0] for line in log.read_text().splitlines()]


def _stored(store: Path) -> tuple[int, int]:
    """How many responses a store holds, and under how many keys."""
    database = sqlite3.connect(store)
    try:
        rows, keys = database.execute("SELECT COUNT(*), COUNT(DISTINCT key) FROM responses").fetchone()
        return int(rows), int(keys)
    finally:
        database.close()


def _at_least(share: float, target: float) -> tuple[str, str, bool]:
    return f"{share:.1%}", f"≥ {target:.0%}", share >= target


def _at_most(factor: float, target: float, after: str = "") -> tuple[str, str, bool]:
    return f"{factor:.2f}{after}", f"≤ {target:g}", factor <= target


# --- the table -----------------------------------------------------------------------------------------------

_MEASURES: dict[str, tuple[Callable[[int, Path], Rows], int]] = {
    "rate": (rate, 5_000),
    "wide": (wide, 5_000),
    "warm": (warm, 5_000),
    "faults": (faults, 5_000),
    "limit": (limit, 400),
    "kill": (kill, 600),
    "two": (two, 1_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(_MEASURES))
    parser.add_argument("--requests", type=int, metavar="N", help="fewer than a measure's own number")
    parser.add_argument("--alone", action="store_true", help="without the other frameworks")
    given = parser.parse_args()
    if unknown := sorted(set(given.measures) - set(_MEASURES)):
        parser.error(f"there is no measure {unknown[0]}: there are {', '.join(_MEASURES)}")
    print(f"{'measure':8} {'figure':34} {'target':22} {'met':4} measured", flush=True)
    for name in given.measures or _MEASURES:
        measure, count = _MEASURES[name]
        if name == "rate" and given.alone:
            measure = partial(rate, peers=())
        with tempfile.TemporaryDirectory() as folder:
            for row in measure(min(count, given.requests or count), Path(folder)):
                met = {True: "yes", False: "NO", None: ""}[row.is_met]
                print(f"{name:8} {row.what:34} {row.target:22} {met:4} {row.got}", flush=True)


if __name__ == "__main__":
    main()
