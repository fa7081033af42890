#!/usr/bin/env python3
"""Node's http2, ws and gRPC through proxyd: real clients and servers, in clear and over TLS.

  node_components.py [--prog PROXYD] [--modules FOLDER]

The packages come from the npm registry into a temporary folder, as pinned in node/package-lock.json; FOLDER is one that has them
already. Skipped (77) where there is no Node.js, no npm or no registry.
"""
import argparse
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

from h2_stage import Program, absolute, free_ports, make_certificate, wait_open

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
CONFIG = """global
  maxconn 1000
defaults
  mode http
  timeout connect 3s
  timeout client 20s
  timeout server 20s
  timeout tunnel 20s
frontend web
  bind 127.0.0.1:{clear} proto h2
  bind 127.0.0.1:{h1}
  bind 127.0.0.1:{tls} ssl crt {certificate} alpn h2,http/1.1
  default_backend web
backend web
  server s 127.0.0.1:{web}
frontend grpc
  bind 127.0.0.1:{grpc} proto h2
  bind 127.0.0.1:{grpcTls} ssl crt {certificate} alpn h2
  default_backend grpc
backend grpc
  server s 127.0.0.1:{grpcServer} proto h2
"""


def fetch(folder):
    """The folder with the packages; leaves with 77 when they cannot be had."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), folder)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, timeout=180)
    if done.returncode:
        print("skipped: the packages cannot be had:", done.stderr[-300:])
        sys.exit(77)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--modules", default=os.environ.get("TRIAD_NODE_MODULES", ""))
    options = options.parse_args()
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: no Node.js")
        return 77
    with tempfile.TemporaryDirectory(prefix="node-") as folder:
        if options.modules:
            os.symlink(os.path.join(os.path.abspath(options.modules), "node_modules"), os.path.join(folder, "node_modules"))
        else:
            fetch(folder)
        shutil.copy(os.path.join(HERE, "components.js"), folder)
        node = subprocess.Popen(["node", "components.js"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        program = None
        try:
            if not select.select([node.stdout], [], [], 20)[0]:
                sys.exit("Node.js did not start")
            servers = json.loads(node.stdout.readline())
            ports = dict(zip(("clear", "h1", "tls", "grpc", "grpcTls"), free_ports(5)))
            config = os.path.join(folder, "node.cfg")
            with open(config, "w", encoding="ascii") as out:
                out.write(CONFIG.format(**ports, web=servers["web"], grpcServer=servers["grpc"], certificate=make_certificate(folder)))
            program = Program(absolute(options.prog), config, folder, None)
            wait_open(program, [("127.0.0.1", port) for port in ports.values()])
            said, _ = node.communicate(json.dumps(ports) + "\n", timeout=300)
            print(said, end="")
            if program.process.poll() is not None:
                print("the program ended by itself:", program.text()[-2000:])
                return 1
            return node.returncode
        finally:
            if node.poll() is None:
                node.kill()
            if program:
                program.stop()


if __name__ == "__main__":
    sys.exit(main())
