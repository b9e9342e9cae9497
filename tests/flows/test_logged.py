"""What a run tells while it works, and while it waits."""

import json
import os
import subprocess
import sys
from pathlib import Path

from dramaturg import ROOT
from dramaturg.workspace import Workspace
from tests.flows.test_cli import SPOKEN, ned, one_line
from tests.processes import dramaturg

DRAMATURG = Path(sys.executable).with_name("dramaturg")
STAGES = ["extract", "script", "scenes", "exchanges", "splits", "export"]


def test_a_build_tells_each_stage_in_a_line(tmp_path: Path) -> None:
    ned(tmp_path, good=SPOKEN)
    told = dramaturg("build", "ned", "--data", tmp_path).stderr.splitlines()
    assert [line.split()[:2] for line in told] == [["ned", stage] for stage in STAGES]
    assert told[2].endswith(" s  1 scenes, 4 lines")


def test_by_a_setting_it_tells_them_as_json_and_its_summary_as_ever(tmp_path: Path) -> None:
    with (ned(tmp_path, good=SPOKEN) / "character.yaml").open("a") as file:
        file.write("settings: { log: json }\n")
    ran = dramaturg("build", "ned", "--data", tmp_path)
    told = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [each["stage"] for each in told] == STAGES
    assert told[2]["counts"] == {"scenes": 1, "lines": 4}
    assert {"time", "level", "message", "character", "seconds", "dropped"} <= told[0].keys()
    assert ran.stdout.startswith("Ned (ned), from The tide")


def test_an_error_is_a_line_of_json_too(tmp_path: Path) -> None:
    ran = dramaturg("status", "nobody", "--data", tmp_path, LOG="json")
    told = json.loads(one_line(ran.stderr))
    assert (ran.returncode, told["level"]) == (2, "error")
    assert told["message"].startswith(f"there is no {tmp_path}/raw/nobody/character.yaml")


def test_a_build_beside_another_waits_for_it_and_says_so(tmp_path: Path) -> None:
    ned(tmp_path, good=SPOKEN)
    command = [DRAMATURG, "build", "ned", "--data", tmp_path]
    with Workspace(tmp_path, "ned").locked():
        at_once = dramaturg(*command[1:], "--wait", "0")
        assert one_line(at_once.stderr) == "error: another run is building ned: wait for it to end\n"
        assert at_once.returncode == 1
        second = subprocess.Popen(
            command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert second.stderr is not None
        first_line = second.stderr.readline()
    assert first_line == "another run is building ned: waiting for it to end, 300 seconds at most\n"
    out, _ = second.communicate(timeout=60)
    assert (second.returncode, out.startswith("Ned (ned)")) == (0, True)
