"""What `./dev simulate` runs: plays seeds, says how each went, and prints the end of the trace of a failing one."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import django

TRACE = 60


def arguments_of(given: Sequence[str]) -> argparse.Namespace:
    """As `./dev simulate` has checked them already, which also is what people read the help of."""
    parser = argparse.ArgumentParser(prog="tests.simulation", allow_abbrev=False)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--planted", default="")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(given)


@dataclass(slots=True)
class Tally:
    """What came of the seeds so far."""

    done: int = 0
    failed: list[int] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.perf_counter)

    def line(self, how: str, planted: str, *, as_json: bool) -> str:
        seconds = time.perf_counter() - self.began
        rate = self.done / seconds
        if as_json:
            facts = {"seeds": self.done, "failed": self.failed, "ends": self.ends, "seeds_per_second": round(rate, 2)}
            return json.dumps({how: facts})
        ends = ", ".join(f"{number} {state}" for state, number in self.ends.most_common())
        told = f"{how}: {self.done} seeds in {seconds:.0f} s ({rate:.2f} a second), {len(self.failed)} failed. {ends}"
        if self.failed:
            told += f"\nAgain: ./dev simulate --seed {self.failed[0]}{f' --planted {planted}' if planted else ''}"
        return told


def main(given: Sequence[str]) -> int:
    """0 when every invariant held, 1 when one did not, 2 for an unknown name, 130 after Ctrl-C."""
    args = arguments_of(given)
    django.setup()
    from tests.simulation.house import House
    from tests.simulation.planted import PLANTED, planted
    from tests.simulation.simulation import play

    if args.planted and args.planted not in PLANTED:
        print(f"No planted bug is called {args.planted}. There is: {', '.join(PLANTED)}", file=sys.stderr)
        return 2
    how, tally = "done", Tally()
    interrupt = _interrupter()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        with House() as house, planted(args.planted) as weather:
            tally.began = time.perf_counter()
            for seed in [args.seed] if args.seed else range(args.first, args.first + args.seeds):
                played = play(seed, house, weather)
                tally.done += 1
                tally.ends.update(played.ends)
                tally.failed += [] if played.is_green else [seed]
                if args.json:
                    facts = {"seed": seed, "events": played.events, "ends": played.ends}
                    print(json.dumps({**facts, "violations": [str(each) for each in played.violations]}), flush=True)
                elif not played.is_green or args.trace:
                    print(f"seed {seed}: {played.weather}")
                    print("\n".join(played.trace if args.trace else played.trace[-TRACE:]))
                    for violation in played.violations:
                        print(f"seed {seed} VIOLATES {violation}", flush=True)
    except KeyboardInterrupt:
        how = "interrupted"
    print(tally.line(how, args.planted, as_json=args.json), flush=True)
    return 130 if how == "interrupted" else 1 if tally.failed else 0


def _interrupter() -> Callable[..., None]:
    """Interrupts once: a Ctrl-C reaches this process twice, from the terminal and from the one that started it."""
    rung: list[object] = []

    def interrupt(*signal: object) -> None:
        rung.append(signal)
        if len(rung) == 1:
            raise KeyboardInterrupt

    return interrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
