"""Ten times the text, how many times the time? Every pattern on its own worst input.

For each row of the table, for every other recogniser and for the whole redactor, units are made
from its own patterns (see `hostile_texts`) and repeated; the slowest at a small size go on to the
sizes that count. Writes results/redaction_worst_case.json and exits 1 if a ratio is over the bar.

As `timeit` does, collecting garbage is switched off while a run is timed; the least of several
runs is taken, in processor time.
"""

import argparse
import gc
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

from feedback.redact import TextRedactor, addresses, births, children, phones, redactor, spoken
from feedback.redact.addresses import AddressRecogniser
from feedback.redact.children import ChildRecogniser
from feedback.redact.folding import fold
from feedback.redact.names import NameRecogniser
from feedback.redact.patterns import TABLE
from feedback.redact.phones import PhoneRecogniser
from feedback.redact.rows import Row, TableRecogniser
from feedback.redact.spoken import SpokenNumberRecogniser

sys.path.insert(0, str(Path(__file__).parent))
from hostile_texts import FIXED, sample, units

OUT = Path(__file__).parent / "results" / "redaction_worst_case.json"
SMALL, BIG = 20_000, 200_000
SLOW_SMALL, SLOW_BIG = 4_000, 40_000
"""Sizes for what reads names: at a millisecond for a hundred characters no timer is too coarse."""
SLOW = ("names", "whole redactor")
MOST_TIMES = 12.0
SCREEN, SCREEN_BIG = 2_000, 8_000
N_SLOWEST, N_STEEPEST = 2, 2
HOPELESS_RATIO = 9.0
"""Four times the text: 4 is linear, 16 quadratic; over this the big sizes would take minutes."""
RUNS = 4
TIMES_BIGGER = 10
"""The small text is read as often as it goes into the big one, so that both take equally long and a
busy machine disturbs both alike."""
RETRIES, LONG_SECONDS = 4, 1.0
"""A busy machine disturbs short runs: what looks steep is timed again before it is believed."""
MEGABYTE = 1_000_000
SEED = 20260401

Reader = Callable[[str], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", default="", help="regular expression over names")
    parser.add_argument(
        "--again", action="store_true", help="only what was over the bar, or not yet there"
    )
    arguments = parser.parse_args()
    figures = {}
    if arguments.again:
        told = json.loads(arguments.out.read_text(encoding="utf-8"))["recognisers"]
        figures = {name: one for name, one in told.items() if one["is_linear"]}
    for name, read, texts in readers():
        if name in figures or not re.search(arguments.only, name):
            continue
        figures[name] = worst(read, texts, is_slow=name in SLOW)
        if not figures[name]["is_linear"]:
            print(name, figures[name], file=sys.stderr)
    result = {
        "commit": commit(),
        "what": "processor time at ten times the text, worst input of every recogniser",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "seed": SEED,
        "bar": MOST_TIMES,
        "n_recognisers": len(figures),
        "n_over_bar": sum(not one["is_linear"] for one in figures.values()),
        "worst_ratio": max(one["ratio"] for one in figures.values()),
        "seconds_for_a_megabyte": {} if arguments.only else megabytes(),
        "recognisers": figures,
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({k: v for k, v in result.items() if k != "recognisers"}, indent=2))
    sys.exit(1 if result["n_over_bar"] else 0)


def readers() -> Iterator[tuple[str, Reader, dict[str, Callable[[int], str]]]]:
    """Name what is measured: how it reads a text, and the texts it reads, by size."""
    for row in TABLE:
        yield f"row {row.name}", draining(TableRecogniser([row]).find), row_texts(row)
    plain: dict[str, tuple[Reader, ModuleType]] = {
        "phones": (draining(PhoneRecogniser().find), phones),
        "spoken numbers": (draining(SpokenNumberRecogniser().find), spoken),
        "addresses": (draining(AddressRecogniser().find), addresses),
        "children": (draining(ChildRecogniser().find), children),
    }
    for name, (read, module) in plain.items():
        yield name, read, module_texts(module)
    names, whole = NameRecogniser(), TextRedactor()
    everyone = module_texts(phones, addresses, children, spoken, births, redactor)
    yield "names", draining(lambda text: names.find(fold(text).text)), everyone
    structured = TextRedactor(with_names=False)
    yield "structured redactor", structured.redact, everyone
    yield "whole redactor", whole.redact, everyone


def draining(find: Callable[[str], Iterable[object]]) -> Reader:
    """Return a reader that keeps no find: the cost of reading, not of a list of a million."""
    return lambda text: deque(find(text), maxlen=0)


def row_texts(row: Row) -> dict[str, Callable[[int], str]]:
    """Texts for one row: each opens with what its cheap first looks want to see."""
    word = sample(row.context) + " " if row.context else ""
    needs = row.needs[0] + " " if row.needs else ""
    head = "1 " * row.min_digits + needs + word
    made = units(row.pattern, seed=SEED)
    made += [word + unit for unit in units(row.pattern, seed=SEED + 1)[-24:]] if word else []
    return {unit: repeater(unit, head=head) for unit in dict.fromkeys([*made, *FIXED.values()])}


def module_texts(*modules: ModuleType) -> dict[str, Callable[[int], str]]:
    """Texts from every pattern that stands in the modules, and the fixed ones."""
    found = [
        value.pattern
        for module in modules
        for value in vars(module).values()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    ]
    made = [unit for pattern in found for unit in units(pattern, seed=SEED)]
    return {unit: repeater(unit) for unit in dict.fromkeys([*made, *FIXED.values()])}


def repeater(unit: str, *, head: str = "") -> Callable[[int], str]:
    """Return a function from a size to a text of that size, digits at both ends."""
    return lambda size: head + unit * (size // len(unit)) + " 1"


def worst(
    read: Reader, texts: dict[str, Callable[[int], str]], *, is_slow: bool
) -> dict[str, object]:
    """Find the slowest and steepest texts at small sizes, and time those at the real ones."""
    first = {unit: seconds(read, make(SCREEN), 1) for unit, make in texts.items()}
    slow = sorted(first, key=first.__getitem__, reverse=True)[:12]
    slope = {
        unit: seconds(read, texts[unit](SCREEN_BIG), 1) / max(first[unit], 1e-5) for unit in slow
    }
    steep = sorted(slope, key=slope.__getitem__, reverse=True)
    chosen = dict.fromkeys([*slow[:N_SLOWEST], *steep[:N_STEEPEST]])
    sizes = (SLOW_SMALL, SLOW_BIG) if is_slow else (SMALL, BIG)
    ratios = {unit: times(read, texts[unit], slope[unit], sizes) for unit in chosen}
    unit = max(ratios, key=lambda one: ratios[one][0])
    ratio, small, big = ratios[unit]
    return {
        "ratio": round(ratio, 2),
        "is_linear": ratio <= MOST_TIMES,
        "unit": unit if unit.isprintable() else ascii(unit),
        "characters": list(sizes),
        "milliseconds": [round(small * 1e3, 3), round(big * 1e3, 3)],
        "n_texts_tried": len(texts),
    }


def times(
    read: Reader, make: Callable[[int], str], slope: float, sizes: tuple[int, int]
) -> tuple[float, float, float]:
    """Return how many times longer ten times the text takes, and both times."""
    small_size, big_size = sizes if slope < HOPELESS_RATIO else (SCREEN, SCREEN * 10)
    small, big = float("inf"), float("inf")
    for attempt in range(1 + (RETRIES if slope < HOPELESS_RATIO else 0)):
        if attempt and (big / small <= MOST_TIMES or big > LONG_SECONDS):
            break
        small = min(small, seconds(read, make(small_size), RUNS, repeats=TIMES_BIGGER))
        big = min(big, seconds(read, make(big_size), RUNS))
    return big / small, small, big


def seconds(read: Reader, text: str, n_runs: int, *, repeats: int = 1) -> float:
    """Return the least processor time of some runs, each the mean of ``repeats`` readings."""
    gc.disable()
    try:
        least = float("inf")
        for _ in range(n_runs):
            start = time.process_time()
            for _ in range(repeats):
                read(text)
            least = min(least, (time.process_time() - start) / repeats)
    finally:
        gc.enable()
    return max(least, 1e-6)


def megabytes() -> dict[str, float]:
    """Time the whole redactor on what hostile people send."""
    whole = TextRedactor()
    texts = {
        "1 MB of digits": "1" * MEGABYTE,
        "100,000 @": "@" * 100_000,
        "1 MB of nested brackets": "([{<" * (MEGABYTE // 4),
        "1 MB of right-to-left marks": "\u202e1\u202c " * (MEGABYTE // 4),
    }
    return {name: round(seconds(whole.redact, text, 1), 2) for name, text in texts.items()}


def commit() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
