"""Measure the whole pipeline on 100,000 invented comments; writes results/pipeline.json.

Run it alone on a quiet machine: ``make bench``.
"""

import argparse
import json
import subprocess
from pathlib import Path

from app.bench import measure
from app.wiring import quieten_libraries
from feedback.settings import load_settings

OUT = Path(__file__).parent / "results" / "pipeline.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    quieten_libraries()
    figures = measure(load_settings(), n_comments=arguments.comments, say=print)
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps({"commit": commit, **figures}, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
