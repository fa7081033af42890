"""The command line of tests that throw dice: which program, how often, and the seed that repeats a run."""
import argparse
import os
import random
import shutil


def parser(description, count):
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    made.add_argument("--count", type=int, default=count)
    made.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    return made


def arguments(made):
    """What was given; the program as an absolute path, for it runs in other folders."""
    args = made.parse_args()
    args.prog = os.path.abspath(shutil.which(args.prog) or args.prog)
    return args
