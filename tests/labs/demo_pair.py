#!/usr/bin/env python3
"""contrib/demo.py, which `contrib/quickstart run` shows: it says that all is well; its doors lead to what it says; and however it ends, nothing is left."""
import os
import re
import select
import signal
import subprocess
import sys
import time

import lab
from lab import check, wait

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "contrib", "demo.py")
MARK = f"TRIAD_DEMO_TEST={os.getpid()}"
PATIENCE = 120


def start(*words):
    name, value = MARK.split("=")
    return subprocess.Popen([sys.executable, DEMO, *words], env={**os.environ, name: value}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True)


def is_left():
    """Processes that it started; those of its directors end with the first one of their namespaces, which is one of these."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as text:
                if MARK.encode() in text.read().split(b"\0") and not lab.has_ended(int(pid)):
                    found.append(int(pid))
        except OSError:
            continue
    return found


def until_it_stays(demo):
    """What it said until it waits for Ctrl-C."""
    end, text = time.monotonic() + PATIENCE, ""
    while "Ctrl-C ends it" not in text and time.monotonic() < end and demo.poll() is None:
        if select.select([demo.stdout], [], [], 1)[0]:
            text += os.read(demo.stdout.fileno(), 65536).decode()
    check("Ctrl-C ends it" in text, "it shows what it has to show, and stays", text)
    return text


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell has it ignored, and what it starts too
    if reason := lab.namespaces_impossible():
        lab.skip(reason)
    demo = start("--once")
    text = demo.communicate(timeout=PATIENCE)[0]
    check(demo.returncode == 0 and "NOT" not in text and "FAIL" not in text, "--once ends with 0", text)
    for words in ("192.168.67.150 is on ka-slave after", "192.168.67.150 is on ka-master after", "both web servers answer in turn"):
        check(words in text, words, text)
    check(text.count("the answers go on") == 2, "and the client's answers went on, twice", text)
    wait(lambda: not is_left(), PATIENCE, "nothing is left")

    demo = start()
    text = until_it_stays(demo)
    url = re.search(r"curl (http://127\.0\.0\.1:\d+/)", text).group(1)
    answers = [subprocess.run(["curl", "-s", "--max-time", "10", url], capture_output=True, text=True, check=False).stdout.strip() for _ in range(4)]
    check(set(answers) <= {"Web1", "Web2"}, "its door to the address answers", str(answers))  # whose turn it is the client inside decides, too
    doors = re.findall(r"echo '(.*?)' \| socat stdio (\S+)", text)
    said = [subprocess.run(["socat", "-t", "10", "stdio", door], input=command + "\n", capture_output=True, text=True, check=False).stdout for command, door in doors]
    check([each.startswith("# pxname") for each in said] == [True, False, True, False], "so do the proxies' sockets", str(said))
    check(re.search("WEB_VIP .* MASTER ", said[1]) and re.search("WEB_VIP .* BACKUP ", said[3]), "and the routers'", str(said))
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does it
    check(demo.wait(PATIENCE) == 0, "Ctrl-C: it ends", str(demo.returncode))
    wait(lambda: not is_left(), PATIENCE, "and nothing is left")

    for number in (signal.SIGTERM, signal.SIGKILL):
        demo = start()
        wait(is_left, PATIENCE, "it starts")
        time.sleep(2)  # in the middle of what it does
        demo.send_signal(number)
        demo.wait(PATIENCE)
        wait(lambda: not is_left(), PATIENCE, f"signal {number}: nothing is left")
        demo.stdout.close()
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
