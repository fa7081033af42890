#!/usr/bin/env python3
"""proxyd -c beside haproxy on whole configurations: tests/corpus/haproxy, which we wrote after what real files use.

Debian's haproxy is asked at the time of the test: a file that it accepts is accepted, one that it refuses is refused, and
every warning and alert is the same, in the same order. Differences that are wanted are in EXPLAINED, keywords that are not
built yet in LATER, each with its reason; a reason that no longer fits is an error, too.

--folder measures other files, such as published ones with a verdicts.tsv of two releases: what either accepts must be
accepted, and what both refuse must be refused with the first alert of one of them. `unshare -n` before it gives the
network that verdicts were recorded with.
"""
import argparse
import collections
import concurrent.futures
import csv
import os
import re
import shlex
import sys

from verdict import checked, comparable

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus", "haproxy")
OURS = os.path.abspath(os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd"))
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
SUMMARIES = ("Error(s) found in configuration file", "Fatal errors found in configuration")
ACCEPTED = (0, 2)  # 2: nothing to listen on

EXPLAINED = {}

LATER = {
    "TLS": r"ssl|ssl[_-].*|tune\.ssl\..*|alpn|crt-list|check-ssl|option (httpslog|ssl-hello-chk)|httpclient\..*",
    "HTTP/2 and QUIC": r"proto|quic4@",
    "compression and cache": r"compression .*|cache|http-request cache-use|maxcompcpuusage|tune\.zlib\..*",
    "stick tables and peers": r"stick-table|stick .*|peers|\S+ (\S+ )?(track-sc.*|sc-.*)|sc\d?_.*|src_.*|table_.*|non-stick|tune\.stick-counters",
    "resolvers and dynamic servers": r"resolvers|resolve-opts|server-template|init-addr|server-state-.*",
    "checks": r"(http|tcp)-check .*|option (\w+-check|smtpchk)|external-check.*|observe|on-(marked|error).*|error-limit|track|init-state",
    "SPOE, filters, FastCGI": r"filter.*|fcgi-app|http-request send-spoe-group",
    "Lua": r"lua-.*|.*\blua\..*|tune\.lua\..*|\S+ (content )?use-service",
    "logs are forwarded": r"log-profile|log \.\.\. profile",
    "a master and its files": r"master-worker|program|expose-fd|unix-bind|cpu-map",
    "other transports": r"socks4|mptcp@",
}


def environment_of(path):
    """The environment with what stands in FILE.env beside FILE.cfg."""
    extended = dict(os.environ)
    try:
        with open(path[:-4] + ".env", encoding="utf-8") as file:
            for line in shlex.split(file.read(), comments=True):
                name, _, value = line.partition("=")
                extended[name] = value
    except FileNotFoundError:
        pass
    return extended


def alike(message):
    """A message as both releases put it: 3.4 has no blank before the colon, and begins with a capital. Lists of keywords grow."""
    message = re.sub(r"expects '[^']*', .*, but got", "expects ..., but got", message)
    return re.sub(r"\] ?:", "]:", message).replace("Parsing", "parsing")


def same_reason(ours, recorded):
    return bool(ours and recorded) and alike(ours[0]) == alike("ALERT " + comparable(recorded))


def place_of(message):
    """[file:line] of a message."""
    found = re.search(r"\[[^]]*:\d+\]", message)
    return found[0] if found else None


def alerts_of(messages):
    return [each for each in messages if each.startswith("ALERT") and not any(summary in each for summary in SUMMARIES)]


def split_later(messages):
    """The messages that say what is not built yet, and the others."""
    later = [each for each in messages if "is known but not built yet" in each]
    return later, [each for each in messages if each not in later]


def area_of(message):
    """The later work that a message about what is not built belongs to."""
    keyword = re.search(r"'([^' ][^']*)' is known but not built yet", message)
    return next((area for area, pattern in LATER.items() if keyword and re.fullmatch(pattern, keyword[1])), None)


def judge_asked(theirs, code, said):
    """As `judge`, for a file that haproxy was asked about now. Where it stops at an error, ours reads on and may say more."""
    later, messages = split_later(said)
    if code not in ACCEPTED and theirs[0] == code:
        missing = iter(map(alike, alerts_of(messages)))
        if all(each in missing for each in map(alike, alerts_of(theirs[1]))):
            return None
    elif theirs == (code, said):
        return None
    return "later" if later and not alerts_of(messages) else "differs"


def judge_recorded(recorded, code, said):
    """As `judge`, for a file with recorded verdicts of two releases."""
    later, messages = split_later(said)
    alerts = alerts_of(messages)
    accepting = [program for exit_code, _, program in recorded if exit_code in ACCEPTED]
    if accepting:
        if code in ACCEPTED:
            return None
        return "later" if later and not alerts else "is accepted by " + " and ".join(accepting)
    if code in ACCEPTED:
        return "is refused by both"
    reasons = [alert for _, alert, _ in recorded if alert]
    if not reasons or any(same_reason(alerts, each) for each in reasons):
        return None
    refused_there = {place_of(each) for each in reasons} & {place_of(each) for each in later}
    return "later" if later and (refused_there or not alerts) else "is refused for another reason"


def judge(theirs, ours, recorded):
    """None where both agree, "later" where only keywords of later work stand between them, otherwise what differs."""
    unlisted = [each for each in split_later(ours[1])[0] if area_of(each) is None]
    if unlisted:
        return "needs what is not in LATER: " + unlisted[0]
    return judge_asked(theirs, *ours) if recorded is None else judge_recorded(recorded, *ours)


def read_recorded(folder):
    recorded = collections.defaultdict(list)
    with open(os.path.join(folder, "verdicts.tsv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            recorded[row["file"]].append((int(row["exit"]), row["first_alert"] or "", row["program"]))
    return recorded


def compare(folder, name, recorded):
    environment = environment_of(os.path.join(folder, name))
    ours = checked(OURS, name, folder, environment)
    theirs = checked(THEIRS, name, folder, environment) if recorded is None else None
    return name, theirs, ours, judge(theirs, ours, recorded)


def show(name, theirs, ours, recorded, verdict):
    print(f"FAIL {name} {verdict}")
    if recorded is not None:
        print("".join(f"  {program}: {code} {alert}\n" for code, alert, program in recorded) + f"  ours {ours[0]} {ours[1][:4]}")
        return
    print(f"  exit code {ours[0]}, theirs {theirs[0]}")
    print("".join(f"  theirs {each}\n" for each in theirs[1] if each not in ours[1]), end="")
    print("".join(f"  ours   {each}\n" for each in ours[1] if each not in theirs[1]), end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=CORPUS)
    folder = os.path.abspath(parser.parse_args().folder)
    has_record = os.path.exists(os.path.join(folder, "verdicts.tsv"))
    if not has_record and not os.access(THEIRS, os.X_OK):
        print(f"{THEIRS} is not installed")
        return 77
    recorded = read_recorded(folder) if has_record else {}
    names = sorted(each for each in os.listdir(folder) if each.endswith(".cfg"))
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name, theirs, ours, verdict in pool.map(lambda each: compare(folder, each, recorded.get(each)), names):
            reason = EXPLAINED.get(name)
            if verdict == "later" or verdict is None and reason is None:
                count[verdict or "agree"] += 1
            elif verdict is None:
                count["failed"] += 1
                print(f"FAIL {name} agrees now, its reason can go: {reason}")
            elif reason is not None:
                count["explained"] += 1
            else:
                count["failed"] += 1
                show(name, theirs, ours, recorded.get(name), verdict)
    print(f"{len(names)} files: {count['agree']} agree, {count['explained']} differ with a reason, "
          f"{count['later']} need keywords of later work, {count['failed']} differ")
    return 1 if count["failed"] or not names else 0


if __name__ == "__main__":
    sys.exit(main())
