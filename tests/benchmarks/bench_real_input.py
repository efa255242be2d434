"""Run the whole path on real feedback: NHS friends-and-family answers, then YouTube reviews.

Needs the folder of evaluation data (``--data``), which is not part of the repository. Figures go to
results/real_input.json; what people wrote goes nowhere but the temporary store, and, with
``--show``, the screen.
"""

import argparse
import csv
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from app.bench import measure_files
from app.ingesting import IngestRequest
from app.wiring import open_store, quieten_libraries
from feedback import schema
from feedback.settings import Settings, load_settings

OUT = Path(__file__).parent / "results" / "real_input.json"
SEPARATOR = "******"
NHS_COLUMNS = {
    "comment": ["FFT answer"],
    "response_id": ["Comment ID"],
    "submitted_at": ["Date"],
    "service": ["Service type 1"],
    "question": ["FFT question"],
}
YOUTUBE_COLUMNS = {"comment": ["review"], "submitted_at": ["date"], "page": ["version"]}


def youtube_csv(source: Path, out: Path) -> Path:
    """Turn IDEA's lines (rating, review, title, date, version, country) into a CSV file."""
    with out.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["rating", "review", "title", "date", "version", "country"])
        for line in source.read_text(encoding="utf-8").splitlines():
            rating, review, title, day, version, country = line.split(SEPARATOR)
            at = datetime.strptime(f"{day.strip()} +0000", "%b %d, %Y %z").date().isoformat()
            writer.writerow(
                [rating, review, title, at, f"/release-{version.strip()}", country.strip()]
            )
    return out


def show(settings: Settings) -> None:
    """Print the largest topics and issue clusters, for a person to judge."""
    store = open_store(settings)
    topics = sa.select(schema.topics).order_by(schema.topics.c.n.desc()).limit(8)
    issues = sa.select(schema.issues).order_by(schema.issues.c.n.desc()).limit(10)
    text = schema.comments.c.text
    for frame in (store.read(topics), store.read(issues)):
        for row in frame.to_dict("records"):
            print(row.get("name") or f"{row['service']} {row['page']}: {row['title']}", row["n"])
            quotes = sa.select(text).where(schema.comments.c.comment_id.in_(row["quotes"]))
            for quote in store.read(quotes)["text"]:
                print("     ", quote[:160].replace("\n", " "))
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of evaluation data")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    nhs = arguments.data / "nhs_fft" / "fft_v6_development.csv"
    youtube = arguments.data / "idea_youtube" / "total_info.txt"
    if not (nhs.is_file() and youtube.is_file()):
        sys.exit(f"No evaluation data under {arguments.data}; name its folder with --data.")
    quieten_libraries()
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        converted = youtube_csv(youtube, folder / "youtube.csv")
        jobs = {
            "nhs_fft": (nhs, IngestRequest(columns=NHS_COLUMNS, source="nhs_fft")),
            "idea_youtube": (
                converted,
                IngestRequest(columns=YOUTUBE_COLUMNS, source="youtube", service="YouTube"),
            ),
        }
        for key, job in jobs.items():
            settings = load_settings(home=folder / key)
            figures[key] = measure_files(settings, [job], say=print)
            if arguments.show:
                show(settings)
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
