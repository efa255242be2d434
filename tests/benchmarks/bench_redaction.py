"""Measure redaction beside Presidio with its UK recognisers; writes results/redaction.json.

Speed: the same texts for all, one thread, processor time, rounds in turn, median of the ratios.
Presidio only looks; ours also puts placeholders in and reads the result again. Quality: whole-span
recall, names by origin and case, and over-redaction beside them. With ``--data DIR`` names are also
measured on general English that is not part of the repository.

No pattern, list or threshold may be chosen by what this prints of fixtures/names.
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from threadpoolctl import threadpool_limits

from feedback.redact import TextRedactor
from feedback.redact.plugins import PresidioRecogniser
from feedback.redact.plugins.labels import presidio_entity
from feedback.redact.plugins.presidio_engine import GivenNlpEngine, uk_analyzer

sys.path.insert(0, str(Path(__file__).parent))
import redaction_quality as quality

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
OUT = Path(__file__).parent / "results" / "redaction.json"
SEED = 20260401
N_TEXTS = 2_000
PERSONAL_SHARE = 0.1
"""Of the timed texts, as comments that come with a secret."""
ROUNDS = 5
BLOCK = 100
"""Texts before the next reader has its turn, so that a busy machine slows all alike."""
PEER = "presidio_uk"
PEERS = (PEER, "presidio_as_it_comes_uk_on")
GENERAL_ENGLISH = ("btc_dev", "wnut17_dev")

Read = Callable[[str], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of evaluation data")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with threadpool_limits(1):
        result = {**about(), **measure(arguments.rounds, arguments.data)}
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def about() -> dict[str, Any]:
    """Where, when and with what."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    files = sorted((*FIXTURES.glob("comments/*.csv"), *FIXTURES.glob("names/*.csv"), pii_cases()))
    packages = ("presidio-analyzer", "spacy", "phonenumbers", "onnxruntime")
    return {
        "commit": commit,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in packages},
        "seed": SEED,
        "data_sha256": {
            str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }


def measure(rounds: int, data: Path | None) -> dict[str, Any]:
    """All figures.

    ``presidio_uk`` holds Presidio's UK and general recognisers and nothing else;
    ``presidio_as_it_comes_uk_on`` what it loads for English, with those of the UK switched on;
    ``presidio_uk_plugged_in`` is the first as a plug-in reads it.
    """
    analyzer, default = uk_analyzer(), default_analyzer()
    plugged = PresidioRecogniser(analyzer)
    structured, whole = TextRedactor(with_names=False), TextRedactor()
    readers: dict[str, Read] = {
        PEERS[0]: lambda text: analyzer.analyze(text, "en"),
        PEERS[1]: lambda text: default.analyze(text, "en"),
        "ours_structured": structured.redact,
        "ours_with_names": whole.redact,
    }
    finders: dict[str, quality.Find] = {
        PEERS[0]: lambda text: peer_finds(analyzer, text),
        PEERS[1]: lambda text: peer_finds(default, text),
        "presidio_uk_plugged_in": plugged.find,
        "ours_structured": lambda text: structured.redact(text).found,
        "ours_with_names": lambda text: whole.redact(text).found,
    }
    secrets, alike = quality.read_secrets(pii_cases())
    return {
        "redactors": {"structured": structured.version, "with_names": whole.version},
        "speed": speed(readers, volume(), rounds),
        "structured": {
            name: quality.structured_quality(find, secrets) for name, find in finders.items()
        },
        "over_redaction": {
            name: quality.false_redactions(find, [*without(), *alike])
            for name, find in finders.items()
        },
        "names": names(finders["ours_with_names"], data),
    }


class Peer:
    """A result of Presidio with its label where ours have one."""

    def __init__(self, result: Any) -> None:
        self.start, self.end = result.start, result.end
        self.entity = presidio_entity(result.entity_type) or result.entity_type


def peer_finds(analyzer: AnalyzerEngine, text: str) -> list[Peer]:
    """What a user of Presidio would take out: every find, the longer of two that overlap."""
    return [Peer(one) for one in quality.without_overlaps(analyzer.analyze(text, "en"))]


def default_analyzer() -> AnalyzerEngine:
    """Return what Presidio loads for English, with all its UK recognisers, on a blank pipeline."""
    engine = GivenNlpEngine()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    known = {recognizer.name for recognizer in registry.recognizers}
    for recognizer in uk_analyzer().registry.recognizers:
        if recognizer.name not in known and recognizer.name.startswith("Uk"):
            registry.add_recognizer(recognizer)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def names(find: quality.Find, data: Path | None) -> dict[str, Any]:
    """Names in feedback by origin and case, and in general English where the data is there."""
    figures: dict[str, Any] = {}
    marked = FIXTURES / "names" / "evaluation.csv"
    if marked.is_file():
        figures["feedback"] = quality.names_quality_by_case(find, quality.read_marked(marked))
    for name in GENERAL_ENGLISH if data else ():
        source = data / "ner" / f"{name}.conll"
        if not source.is_file():
            sys.exit(f"There is no {source}; name the folder of evaluation data with --data.")
        figures[name] = quality.names_quality_by_case(find, quality.read_conll(source))
    return figures


def speed(readers: dict[str, Read], texts: Sequence[str], rounds: int) -> dict[str, Any]:
    """Texts a second of processor time, and how many times the peer's, in the same rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    blocks = [texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK)]
    for read in readers.values():
        _ = [read(text) for text in texts[:BLOCK]]
    for _ in range(rounds):
        spent = dict.fromkeys(readers, 0.0)
        for number, block in enumerate(blocks):
            order = list(readers)
            for name in order[number % len(order) :] + order[: number % len(order)]:
                read, started = readers[name], time.process_time()
                for text in block:
                    read(text)
                spent[name] += time.process_time() - started
        for name, one in spent.items():
            seconds[name].append(one)
    return {
        "n_texts": len(texts),
        "mean_characters": round(sum(map(len, texts)) / len(texts), 1),
        "rounds": rounds,
        "texts_per_cpu_second": {
            name: round(len(texts) / median(all_spent)) for name, all_spent in seconds.items()
        },
        **{
            f"times_{peer}": {
                name: ratios(seconds[peer], own)
                for name, own in seconds.items()
                if name not in PEERS
            }
            for peer in PEERS
        },
    }


def ratios(peer: Sequence[float], own: Sequence[float]) -> dict[str, Any]:
    """How many times as fast as the peer: the median, and each round."""
    by_round = [slow / quick for slow, quick in zip(peer, own, strict=True)]
    return {
        "median": round(median(by_round), 2),
        "by_round": [round(ratio, 2) for ratio in by_round],
    }


def volume() -> list[str]:
    """Seeded comments of the fixtures, a tenth of them with a secret of the cases behind them."""
    chooser = random.Random(SEED)
    secrets, _ = quality.read_secrets(pii_cases())
    texts = chooser.choices(comments(), k=N_TEXTS)
    return [
        f"{text} {chooser.choice(secrets).text}" if chooser.random() < PERSONAL_SHARE else text
        for text in texts
    ]


def comments() -> list[str]:
    texts = []
    for path in sorted((*FIXTURES.glob("comments/*.csv"), *FIXTURES.glob("training/*.csv"))):
        with path.open(newline="", encoding="utf-8") as stream:
            texts += [row["text"] for row in csv.DictReader(stream)]
    return texts


def without() -> list[tuple[str, str]]:
    path = FIXTURES / "names" / "without.csv"
    return quality.read_without(path) if path.is_file() else []


def pii_cases() -> Path:
    return FIXTURES / "pii" / "cases.csv"


if __name__ == "__main__":
    main()
