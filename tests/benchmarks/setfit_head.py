"""Sentence vectors tuned by pairs, as SetFit does; a peer to measure against."""

from pathlib import Path

import numpy as np
import torch
from transformers import BertModel

from feedback.embed import MiniLMEncoder
from feedback.network_reader import load_tokenizer

N_PAIRS = 1_200
BATCH_PAIRS = 16
RATE = 1e-4
SEED = 20260401


def setfit_vectors(
    train: list[str], truth: np.ndarray, test: list[str], kept: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of both, by an encoder tuned to give comments of one theme a cosine of 1, others 0.

    They are kept in ``kept`` and read from there the next time.
    """
    if kept.is_file():
        arrays = np.load(kept)
        return arrays["train"], arrays["test"]
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = BertModel.from_pretrained(
        str(MiniLMEncoder().folder),
        add_pooling_layer=False,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    tokenizer = load_tokenizer()
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(train)]
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    left, right, alike = pairs(truth)
    model.train()
    for start in range(0, len(left), BATCH_PAIRS):
        some = slice(start, start + BATCH_PAIRS)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            one = vectors_of(model, [pieces[i] for i in left[some]])
            other = vectors_of(model, [pieces[i] for i in right[some]])
        loss = ((one * other).sum(dim=1) - torch.tensor(alike[some])).square().mean()
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    model.eval()
    found = []
    for texts in (train, test):
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            rows = [vectors_of(model, ids[i : i + 32]) for i in range(0, len(ids), 32)]
        found.append(torch.cat(rows).float().numpy())
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, train=found[0], test=found[1])
    return found[0], found[1]


def pairs(truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of `N_PAIRS` pairs, half sharing a theme; themes are drawn evenly."""
    rng = np.random.default_rng(SEED)
    left, right, alike = [], [], []
    of_theme = [np.flatnonzero(column) for column in truth.T]
    while len(left) < N_PAIRS:
        theme = of_theme[rng.integers(len(of_theme))]
        one, other, anyone = rng.choice(theme), rng.choice(theme), rng.integers(len(truth))
        if one != other:
            left.append(one), right.append(other), alike.append(1.0)
        if not (truth[one] & truth[anyone]).any():
            left.append(one), right.append(anyone), alike.append(0.0)
    return np.array(left), np.array(right), np.array(alike, dtype=np.float32)


def vectors_of(model: BertModel, pieces: list[list[int]]) -> torch.Tensor:
    """Unit vectors: the mean of the last layer."""
    width = max(map(len, pieces))
    ids = torch.tensor([one + [0] * (width - len(one)) for one in pieces])
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in pieces])
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    mean = (hidden * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
    return torch.nn.functional.normalize(mean.float(), dim=1)
