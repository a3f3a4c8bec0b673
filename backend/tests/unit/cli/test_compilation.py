"""What the first detection on a machine says while it compiles."""

import subprocess
import sys

from hyperbot.cli.compilation import SENTENCE


def test_a_pipe_gets_one_line():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from hyperbot.cli.compilation import compiling\nwith compiling(): pass",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (told.stdout, told.stderr) == ("", f"{SENTENCE}\n")
