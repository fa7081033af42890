"""What `-c` says of a configuration: the exit code and the messages, in a form in which two programs can be compared."""
import re
import subprocess


def comparable(message):
    """A message without what differs between programs that mean the same: ours has its own words to choose a did-you-mean from."""
    return re.sub(r"[;.] [Dd]id you mean '.*' maybe \?", ".", message).rstrip(" .")


def checked(program, file, folder, environment=None):
    """Exit code and messages as `ALERT text` and `WARNING text`, in their order, each up to the end of its first line."""
    run = subprocess.run([program, "-c", "-f", file], cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    messages = []
    for line in run.stderr.decode(errors="replace").splitlines():
        found = re.match(r"\[(ALERT|WARNING)\] +\(\d+\) : (.*)", line)
        if found:
            messages.append(f"{found[1]} {comparable(found[2])}")
    return run.returncode, messages
