"""`python -m fuzz`: mutated inputs for every reader of bytes. Exit code 1 if there was a fault; the inputs are kept in fuzz/found."""

import argparse
import os
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main():
    from fuzz.child import repeat
    from fuzz.frame import load_targets
    from fuzz.run import run_targets

    names = list(load_targets())
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--target", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; all if left out")
    parser.add_argument("--seconds", type=float, help="for each target; 60 if neither these nor --inputs are given")
    parser.add_argument("--inputs", type=int, help="at most so many a target")
    parser.add_argument("--seed", type=int, default=0, help="the same seed and version give the same inputs")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("--repeat", metavar="FILE", help="run the target on a file that was kept, and show what it leads to")
    options = parser.parse_args()
    if options.repeat:
        name = (options.target or [os.path.basename(options.repeat).partition("-")[0]])[0]
        return int(repeat(name, options.repeat))
    seconds = options.seconds or (60 if options.inputs is None else float("inf"))
    inputs = 2**62 if options.inputs is None else options.inputs
    tallies = run_targets(options.target or names, options.seed, inputs, seconds, options.jobs)
    return int(any(tally.faults for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
