"""What `./dev simulate` runs: plays seeds, says how each went, and prints the end of the trace of a failing one."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence

TRACE = 60


def arguments_of(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev simulate",
        description="Play deprovisionings with crashes, faults and other people in between; each seed is another play.",
        epilog="examples:\n  ./dev simulate --seeds 200\n  ./dev simulate --seed 4711 --trace",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--seeds", type=_number, default=100, metavar="N", help="how many seeds (100)")
    parser.add_argument("--first", type=_number, default=1, metavar="S", help="the first of them (1)")
    parser.add_argument("--seed", type=_number, metavar="S", help="only this one, with all that happened")
    parser.add_argument("--planted", metavar="NAME", default="", help="with this planted bug, see planted.py")
    parser.add_argument("--trace", action="store_true", help="the whole trace, also of a green seed")
    parser.add_argument("--json", action="store_true", help="one line a seed and one for all, for a machine")
    return parser.parse_args(given)


def _number(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def main(given: Sequence[str]) -> int:
    args = arguments_of(given)
    import django

    django.setup()
    from tests.simulation.house import House
    from tests.simulation.planted import PLANTED, planted
    from tests.simulation.simulation import Played, play

    if args.planted and args.planted not in PLANTED:
        print(f"No planted bug is called {args.planted}. There is: {', '.join(PLANTED)}", file=sys.stderr)
        return 2
    seeds = [args.seed] if args.seed else range(args.first, args.first + args.seeds)
    ends: Counter[str] = Counter()
    failed: list[Played] = []
    done, began = 0, time.perf_counter()
    ended = "done"
    with House() as house, planted(args.planted):
        try:
            for seed in seeds:
                played = play(seed, house)
                done += 1
                ends.update(played.ends)
                if not played.is_green:
                    failed.append(played)
                _tell(played, args)
        except KeyboardInterrupt:
            ended = "interrupted"
    seconds = time.perf_counter() - began
    rate = done / seconds
    told = {"seeds": done, "failed": [each.seed for each in failed], "ends": dict(ends), "seeds_per_second": rate}
    if args.json:
        print(json.dumps({ended: told}))
    else:
        print(f"{ended}: {done} seeds in {seconds:.0f} s ({rate:.2f} a second), {len(failed)} failed; {dict(ends)}")
        if failed:
            print(f"Again: ./dev simulate --seed {failed[0].seed}{f' --planted {args.planted}' * bool(args.planted)}")
    return 130 if ended == "interrupted" else 1 if failed else 0


def _tell(played: Played, args: argparse.Namespace) -> None:  # type: ignore[name-defined]  # noqa: F821
    if args.json:
        facts = {"seed": played.seed, "events": played.events, "ends": played.ends}
        print(json.dumps({**facts, "violations": [str(each) for each in played.violations]}), flush=True)
    elif not played.is_green or args.trace:
        print(f"seed {played.seed}: {played.weather}")
        print("\n".join(played.trace if args.trace or args.seed else played.trace[-TRACE:]))
        for violation in played.violations:
            print(f"seed {played.seed} VIOLATES {violation}", flush=True)
    elif args.seed:
        print(f"seed {played.seed}: {played.events} events, {played.ends}, every invariant held", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
