"""How fast a long recording is read, and in how much memory: the sample play over and over for forty minutes.

    python benchmarks/audio.py [MINUTES]

Whisper's tiny.en from a package (or ASR_MODEL), voices by three labels each. Needs `make audio`. The real-time factor
is the time taken over the recording's length; compare figures of one run only.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PLAY = ROOT / "data" / "raw" / "alice" / "play.mp3"


def main() -> None:
    sys.path.insert(0, str(ROOT))
    import imageio_ffmpeg

    from extractors.audio import Hearing, read_recording, recognise_speech
    from extractors.audio.media import length_of

    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 40
    with TemporaryDirectory() as folder:
        recording = Path(folder) / "long.mp3"
        repeat = ["-stream_loop", "-1", "-i", str(PLAY), "-t", str(60 * minutes), "-c", "copy", str(recording)]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *repeat], check=True)
        shutil.copy(PLAY.with_name("speakers.csv"), folder)
        length = length_of(recording) or 0
        started = time.perf_counter()
        hearing = Hearing(os.environ.get("ASR_MODEL"))
        recognise_speech(recording, Path(folder), "en", ("Alice", "Guard"), hearing, print)
        taken = time.perf_counter() - started
        read = read_recording(recording, Path(folder), "en")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{read.heard_by}: {length / 60:.1f} minutes, {len(read.lines):,} lines by {read.voices}")
    print(f"{taken:.0f} s, a real-time factor of {taken / length:.3f}; at most {peak:,.0f} MB")


if __name__ == "__main__":
    main()
