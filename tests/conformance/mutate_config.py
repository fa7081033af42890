#!/usr/bin/env python3
"""1,000 random mutations of the notes' files under `-c`: each is accepted or refused with a reason, within seconds.

  mutate_config.py [--prog PROXYD] [--count 1000] [--seed S]     The seed is printed.
"""
import concurrent.futures
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import seeded

NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "notes", "*.cfg")
SPICE = [b'"', b"'", b"\\", b"\\x", b"$", b'"$HOME"', b'"${X[*]}"', b"#", b"\n", b"\r\n", b"\0", b"\t", b" ", b"\xff", b"global\n", b"defaults\n",
         b"listen x\n", b"backend b from web\n", b".if streq(a,b)\n", b".endif\n", b"acl a path_beg /\n", b"%[", b"{ ", b" }", b"99999999999999999999",
         b"-1", b"no ", b"option ", b"server s 127.0.0.1:1 ", b"bind :1-9 ", b"timeout client ", b"x" * 3000, b"y " * 70, b"log-format \"%[src] %{+Q}r\"\n"]


def mutate(dice, seeds):
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] = dice.randrange(256)
        elif kind == 1 and data:
            data[at % len(data)] ^= 1 << dice.randrange(8)
        elif kind == 2:
            data[at:at] = dice.choice(SPICE)
        elif kind == 3:
            del data[at:at + dice.randint(1, 40)]
        elif kind in (4, 5):  # a line moves, or comes twice
            lines = data.split(b"\n")
            line = lines[dice.randrange(len(lines))] if kind == 4 else lines.pop(dice.randrange(len(lines)))
            lines.insert(dice.randrange(len(lines) + 1), line)
            data = bytearray(b"\n".join(lines))
        else:
            data = data[:at]
    return bytes(data)


def judge(program, path):
    """What is wrong with how the program took the file; None when nothing is."""
    try:
        done = subprocess.run([program, "-c", "-f", path], capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return "does not end"
    said = done.stderr.decode("latin-1")
    if done.returncode not in (0, 1, 2):
        return f"ends with {done.returncode}: {said[-500:]}"
    if done.returncode == 1 and not re.search(r"^\[ALERT\]", said, re.M):
        return "refused without a reason"
    return None


def main():
    args = seeded.arguments(seeded.parser(__doc__, 1000))
    seeds = []
    for path in sorted(glob.glob(NOTES)):
        with open(path, "rb") as text:
            seeds.append(text.read())
    dice = random.Random(args.seed)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="mutate-") as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = []
        for number in range(args.count):
            paths.append(os.path.join(directory, f"{number}.cfg"))
            with open(paths[-1], "wb") as out:
                out.write(mutate(dice, seeds))
        for path, verdict in zip(paths, pool.map(lambda path: judge(args.prog, path), paths)):
            if verdict:
                wrong += 1
                kept = os.path.join(tempfile.gettempdir(), f"mutated-{args.seed}-{os.path.basename(path)}")
                shutil.copy(path, kept)
                print(f"  FAIL  {kept}: {verdict}")
    print(f"{args.count} mutated files, seed {args.seed}, {wrong} complaints")
    return 1 if wrong or not seeds else 0


if __name__ == "__main__":
    sys.exit(main())
