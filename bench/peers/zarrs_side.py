"""A side of `npm run bench:peers`: zarrs itself, by the programs of its zarrs_tools that read and re-encode arrays.

Run as `python zarrs_side.py DIRECTORY`, where the programs are. They time themselves and tell no values, so that what they read is not
compared with what others read; what they wrote is. Each command is a process of its own, whose start does not count.
"""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

MILLISECONDS = {"µs": 1e-3, "ms": 1, "s": 1000}


def program(name, *args):
    path = Path(sys.argv[1]) / name
    return subprocess.run([path, *args], check=True, capture_output=True, text=True).stdout


def reading(command):
    """Everything, in one piece or chunk by chunk: that is all there is a program for."""
    selections = command["selections"]
    edge = max(stop for selection in selections for (_, stop, _) in selection)
    counted = sum(len(range(*z)) * len(range(*y)) * len(range(*x)) for z, y, x in selections)
    if counted != edge**3:
        raise NotImplementedError("its programs read whole arrays only")
    how = ["--read-all"] if len(selections) == 1 else ["--concurrent-chunks", str(command["concurrency"])]
    return program("zarrs_benchmark_read_sync", *how, command["path"]), r"Decoded .* in ([\d.]+)(\S+?) "


def copying(command):
    if command["flushed"]:
        raise NotImplementedError("it never flushes")
    return program("zarrs_reencode", command["path"], command["to"]), r"total: ([\d.]+)(\S+)"


WORK = {"read": reading, "copy": copying}


def run(command):
    what = command["what"]
    if what == "versions":
        return {"zarrs_tools": program("zarrs_reencode", "--version").split("\n")[0].removeprefix("zarrs_tools ")}
    if what == "peak":
        return {"peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}
    if what not in WORK:
        raise NotImplementedError("there is no program for it")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed, pattern = WORK[what](command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    time, unit = re.search(pattern, printed).groups()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": float(time) * MILLISECONDS[unit], "cpu": cpu * 1000}


for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception as error:  # What cannot be done is an answer, too.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
