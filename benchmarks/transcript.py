"""How fast transcripts are read: ten megabytes in each of some shapes, one process on one core.

    python benchmarks/transcript.py

The texts are made here: short lines said by eight people, over and over. Compare figures of one run only.
"""

import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).parent.parent
SIZE = 10_000_000  # bytes
NAMES = {
    "en": ("Ann", "Ned", "Mrs. Pell", "Tom Hale", "Ruth", "The Captain", "Joan", "Old Will"),
    "zh": ("阿宁", "老彭", "程先生", "秀姑", "周掌柜", "小满", "船长", "何大婶"),
}
SAID = {
    "en": ("Is the tide in yet?", "Not before noon, and then the wind will be against us.", "Then we wait.", "No!"),
    "zh": ("潮水上来了没有？", "不到正午上不来，到时候又是顶风。", "那就等。", "不行！"),
}
SHAPES = {
    "Name: line": ("en", "{name}: {said}\n"),
    "名字：话": ("zh", "{name}：{said}\n"),
    "**Name:** line": ("en", "**{name}:** {said}\n\n"),
    "[00:12:03] Name: line": ("en", "[00:12:03] {name}: {said}\n"),
    "screenplay": ("en", "{capitals}\n          {said}\n\n"),
}


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from extractors.reading import SourceText
    from extractors.transcript import read_transcript

    print(f"{'shape':24} {'bytes':>12} {'lines':>9} {'seconds':>9} {'MB/s':>7}")
    for shape, (language, form) in SHAPES.items():
        text = "".join(lines(language, form))
        size = len(text.encode())
        started = time.process_time()
        script = read_transcript(shape, SourceText(text, "utf-8"), language)  # type: ignore[arg-type]
        seconds = time.process_time() - started
        spoken = sum(line.is_speech for line in script.utterances)
        print(f"{shape:24} {size:12,} {spoken:9,} {seconds:9.2f} {size / seconds / 1e6:7.2f}")


def lines(language: str, form: str) -> Iterator[str]:
    """Lines up to `SIZE` bytes."""
    length = 0
    said = cycle(SAID[language])
    for name in cycle(NAMES[language]):
        line = form.format(name=name, capitals=name.upper(), said=next(said))
        length += len(line.encode())
        if length > SIZE:
            return
        yield line


if __name__ == "__main__":
    main()
