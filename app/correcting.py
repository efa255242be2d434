"""Draw comments for a person to code, and take the codes in."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.coding_sheet import check_sheet, read_sheet, write_sheet
from app.wording import counted
from feedback.coding_sample import SampledComment
from feedback.errors import LabelsError, SettingsError, StoreError
from feedback.schema import SampleKind

if TYPE_CHECKING:
    import pandas as pd

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "Doubts",
    "DrawRequest",
    "Drawn",
    "doubts_of",
    "draw",
    "draw_text",
    "keep_drawn",
    "take_in",
    "take_in_text",
]

POOL = 2_000
"""Comments among which the uncertain ones are looked for: plenty, and seconds of work."""

MAX_NAME = 120
"""Letters in a coder's name, as the store keeps it."""


@dataclass(frozen=True)
class DrawRequest:
    """What a person asked for."""

    n: int
    service: str | None = None
    with_safeguarding: bool = False
    seed: int | None = None


@dataclass(frozen=True)
class Doubts:
    """The classifier that says how unsure it is.

    ``ask`` takes texts and returns ndarrays of shape (n_texts,), how unsure, and (n_texts,
    n_dimensions), their embeddings.
    """

    version: str
    codebook: str
    ask: Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]]


def doubts_of(settings: Settings, store: Store) -> Doubts:
    """Return the doubts of the classifier of the settings; vectors are kept in the store."""
    from app.wiring import make_classifier, make_embedder
    from classifiers.sample import uncertainty

    classifier = make_classifier(settings)
    embedder = make_embedder(settings, store)
    classifier.check_embedder(embedder)

    def ask(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.asarray(embedder.embed(texts))
        probabilities = classifier.probabilities(texts, vectors)
        return uncertainty(probabilities, classifier.head.thresholds_), vectors

    return Doubts(classifier.version, classifier.codebook_version, ask)


def draw(
    settings: Settings,
    store: Store,
    out: Path,
    request: DrawRequest,
    doubts: Doubts | None = None,
) -> dict[str, Any]:
    """Draw comments to code, write their sheet, and keep in the store how they were drawn.

    The random half is a simple random sample of all comments not drawn at random before. Comments
    that people have coded already are drawn, too, and count with the codes they have, but need not
    be coded again: were they left out, those once chosen as hard would be missing from the figures.
    What they leave free on the sheet is filled with uncertain ones.

    Raises
    ------
    StoreError
        There is nothing left to code, or somebody else drew at the same time.
    SettingsError
        The sheet cannot be written.
    """
    from app.queries_coding import n_draws

    seed = settings.seed if request.seed is None else request.seed
    number = n_draws(store) + 1
    told = doubts or doubts_of(settings, store)
    drawn = _choose(store, request, np.random.default_rng([seed, number]), told)
    facts = {
        "draw": number,
        "seed": seed,
        "service": request.service or "all",
        "with_safeguarding": request.with_safeguarding,
        "classifier": told.version,
    }
    run_id = keep_drawn(settings, store, out, request, drawn, told.codebook, facts)
    detail = {"run_id": run_id, "n": len(drawn.sheet), **facts}
    store.audit(getpass.getuser(), "draw for coding", f"sample {number}", detail)
    n_random = sum(one.kind is SampleKind.RANDOM for one in drawn.sheet)
    return {
        "run_id": run_id,
        "sheet": str(out),
        "n_asked": request.n,
        "n_random": n_random,
        "n_uncertain": len(drawn.sheet) - n_random,
        "n_coded_before": len(drawn.known),
        "n_eligible": drawn.n_eligible,
        "inclusion_probability": drawn.share,
        **facts,
    }


@dataclass(frozen=True)
class Drawn:
    """What goes on the sheet, in its order; what chance drew and is coded already; the base."""

    sheet: list[SampledComment]
    known: list[SampledComment]
    n_eligible: int
    share: float


def _choose(
    store: Store, request: DrawRequest, generator: np.random.Generator, doubts: Doubts
) -> Drawn:
    from app.queries_coding import drawable
    from classifiers.sample import draw_at_random

    eligible = drawable(store, request.service, with_safeguarding=request.with_safeguarding)
    by_chance = eligible.iloc[draw_at_random(len(eligible), (request.n + 1) // 2, generator)]
    known, to_code = by_chance[by_chance["is_coded"]], by_chance[~by_chance["is_coded"]]
    rest = eligible.drop(by_chance.index)
    unsure = _unsure(store, rest, list(to_code["comment_id"]), request.n, generator, doubts)
    share = len(by_chance) / max(len(eligible), 1)
    sheet = [
        *_sampled(to_code, SampleKind.RANDOM, share),
        *_sampled(unsure, SampleKind.UNCERTAIN, None),
    ]
    if not sheet:
        raise StoreError(_nothing_left(request.service))
    # In random order, so that neither half shows, and who stops half way has coded a sample still.
    sheet = [sheet[position] for position in generator.permutation(len(sheet))]
    return Drawn(sheet, _sampled(known, SampleKind.RANDOM, share), len(eligible), share)


def keep_drawn(
    settings: Settings,
    store: Store,
    out: Path,
    request: DrawRequest,
    drawn: Drawn,
    codebook: str,
    facts: dict[str, Any],
) -> str:
    """Write the sheet and the sample; return the run's id. Without the one, not the other."""
    from app.queries_coding import read_comments
    from feedback.runs import new_run

    now = datetime.now(UTC)
    run = new_run("code-next", settings, now=now, models=facts, codebook=codebook)
    rows = read_comments(store, [one.comment_id for one in drawn.sheet])
    write_sheet(out, rows.rename(columns={"comment_id": "id"}).to_dict("records"))
    try:
        store.add_coding_sample(
            run,
            [*drawn.sheet, *drawn.known],
            service=request.service,
            with_safeguarding=request.with_safeguarding,
            n_eligible=drawn.n_eligible,
        )
    except BaseException:
        out.unlink()  # a sheet of which the store knows nothing would be coded in vain
        raise
    return run.run_id


def _nothing_left(service: str | None) -> str:
    where = f" of '{service}'" if service else ""
    return (
        f"No comment{where} is left for a person to code: all were coded or drawn before, or none "
        "is coded by the machine yet. Code what waits with: feedback run"
    )


def _unsure(
    store: Store,
    rest: pd.DataFrame,
    on_sheet: list[str],
    n: int,
    generator: np.random.Generator,
    doubts: Doubts,
) -> pd.DataFrame:
    """Return rows of ``rest`` that the classifier is unsure about and that differ."""
    from app.queries_coding import read_comments, sampled_texts
    from classifiers.sample import choose_uncertain, draw_at_random

    wanted = n - len(on_sheet)
    free = rest[~rest["is_coded"] & ~rest["is_sampled"]]
    pool = free.iloc[draw_at_random(len(free), POOL, generator)]
    if pool.empty or wanted < 1:
        return pool.iloc[:0]
    texts = list(read_comments(store, list(pool["comment_id"]))["text"])
    taken = [*read_comments(store, on_sheet)["text"], *sampled_texts(store)]
    scores, vectors = doubts.ask(texts)
    return pool.iloc[choose_uncertain(scores, vectors, texts, wanted, taken=taken)]


def _sampled(
    rows: pd.DataFrame, kind: SampleKind, probability: float | None
) -> list[SampledComment]:
    return [
        SampledComment(str(row.comment_id), kind, probability, bool(row.is_flagged))
        for row in rows.itertuples()
    ]


def draw_text(outcome: dict[str, Any]) -> str:
    """Return what was drawn, for a person."""
    n = outcome["n_random"] + outcome["n_uncertain"]
    known = (
        f" {counted(outcome['n_coded_before'], 'more comment')} drawn at random had been coded "
        "already and need no second look."
        if outcome["n_coded_before"]
        else ""
    )
    left_out = (
        ""
        if outcome["with_safeguarding"]
        else " What the machine takes for safeguarding is left out."
    )
    return (
        f"{counted(n, 'comment')} to code in {outcome['sheet']}: {outcome['n_random']:,} at random "
        f"from {outcome['n_eligible']:,}, {outcome['n_uncertain']:,} the classifier is least sure "
        f"of (draw {outcome['draw']}, seed {outcome['seed']}).{known}{left_out}\n"
        f"Write codes in the column 'codes', separated by ';', then: "
        f"feedback correct {outcome['sheet']} --coder NAME"
    )


def take_in(
    settings: Settings, store: Store, sheet: Path, coder: str, codebook: str | None = None
) -> dict[str, Any]:
    """Read a coded sheet into the store; either all its codes are kept, or none.

    Raises
    ------
    LabelsError
        Rows cannot be used: the message has a line for each.
    SettingsError
        The coder's name cannot be used.
    """
    from app.codebook_at_hand import codebook_at_hand
    from app.codebook_files import read_codebook
    from app.queries_coding import read_comments

    name = " ".join(coder.split())
    if not 0 < len(name) <= MAX_NAME:
        raise SettingsError(
            f"--coder is a name of at most {MAX_NAME} letters, such as --coder ann."
        )
    chosen = read_codebook(codebook) if codebook else codebook_at_hand(settings).codebook
    rows = read_sheet(sheet)
    stored = read_comments(store, sorted({row["id"].strip() for row in rows}))
    checked = check_sheet(
        rows, dict(zip(stored["comment_id"], stored["text"], strict=True)), chosen
    )
    if checked.problems:
        raise LabelsError(
            f"{counted(len(checked.problems), 'row')} of {sheet} cannot be used, so nothing was "
            "stored. Correct them, and read the sheet again.\n" + "\n".join(checked.problems)
        )
    n_changed = store.correct_all(checked.codes, name) if checked.codes else 0
    return {
        "coder": name,
        "codebook": chosen.name,
        "n_rows": checked.n_rows,
        "n_stored": n_changed,
        "n_unchanged": len(checked.codes) - n_changed,
        "n_not_coded": checked.n_uncoded,
    }


def take_in_text(outcome: dict[str, Any]) -> str:
    """Return what was taken in, for a person."""
    return (
        f"{counted(outcome['n_stored'], 'coding')} by {outcome['coder']} stored; "
        f"{outcome['n_unchanged']:,} as they were, {outcome['n_not_coded']:,} not coded yet."
    )
