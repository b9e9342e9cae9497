"""What came, went and changed between two revisions, counted by the ids of rows."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.publish.changelog import Difference, added_to, difference, line


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_rows_are_known_by_their_ids(tmp_path: Path) -> None:
    before = written(tmp_path / "a.parquet", [{"id": name, "said": "x"} for name in "abcd"])
    now = written(
        tmp_path / "b.parquet", [{"id": "a", "said": "x"}, {"id": "b", "said": "y"}, {"id": "e", "said": "x"}]
    )
    assert difference({"train": before}, {"train": now}) == Difference(added=1, removed=2, changed=1)


def test_a_row_on_another_side_has_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", [{"id": "a"}])
    assert difference({"train": path}, {"test": path}) == Difference(changed=1)


def test_rows_without_an_id_come_and_go(tmp_path: Path) -> None:
    before = written(tmp_path / "a.parquet", [{"role": "x"}, {"role": "x"}, {"role": "y"}])
    now = written(tmp_path / "b.parquet", [{"role": "x"}, {"role": "z"}])
    assert difference({"train": before}, {"train": now}) == Difference(added=1, removed=2)


def test_the_order_of_rows_and_of_columns_is_no_change(tmp_path: Path) -> None:
    before = written(tmp_path / "a.parquet", [{"id": "a", "said": "x"}, {"id": "b", "said": "y"}])
    now = written(tmp_path / "b.parquet", [{"said": "y", "id": "b"}, {"said": "x", "id": "a"}])
    assert difference({"train": before}, {"train": now}) == Difference()


def test_a_line_tells_date_tag_version_and_what_changed() -> None:
    found = {"chatharuhi": Difference(1200, 2), "script": Difference(), "scenes": Difference(changed=3)}
    told = "- 2026-01-02 `v2`, Dramaturg 0.1.0: chatharuhi 1,200 added, 2 removed; scenes 3 changed"
    assert line("2026-01-02", "v2", found, is_first=False) == told


def test_where_no_row_changed_the_line_says_so() -> None:
    assert line("2026-01-02", None, {}, is_first=False) == "- 2026-01-02, Dramaturg 0.1.0: no row changed"


def test_the_newest_line_stands_first() -> None:
    assert added_to(added_to("", "- one"), "- two") == "# Changelog\n\n- two\n- one\n"
