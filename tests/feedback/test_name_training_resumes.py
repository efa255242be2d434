"""Training the name model: stopped and started again, it ends where it would have ended."""

from pathlib import Path

import pytest
import torch

from feedback.embed import MiniLMEncoder
from feedback.redact.name_model import train as training
from feedback.redact.name_model.corpus import parse_marked
from feedback.redact.name_model.network import NameNetwork, load_network, shorten
from feedback.redact.name_model.train import Recipe, train

pytestmark = pytest.mark.slow

TEXTS = [
    parse_marked(line)
    for line in (
        "spoke to <P>Adaeze</P> and she rang back",
        "the page froze on step 3",
        "my ex <P>Darren Whitlock</P> logged in as me",
        "sent to <L>Hull</L> by <O>Evri</O>",
    )
]
RECIPE = Recipe(n_epochs=2, peak_rate=1e-3, seed=7)


@pytest.fixture(scope="module")
def whole() -> NameNetwork:
    torch.manual_seed(7)
    return load_network(MiniLMEncoder().folder)


def weights(network: NameNetwork) -> torch.Tensor:
    return torch.cat([value.flatten() for value in network.state_dict().values()])


def test_a_stopped_training_goes_on_after_its_last_epoch(
    whole: NameNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = train(TEXTS, shorten(whole, (0,)), tmp_path / "straight.pt", RECIPE)
    begun = weights(shorten(whole, (0,)))
    assert not torch.equal(weights(straight), begun)

    epoch, n_calls = training._train_epoch, []

    def dies_in_the_second(*arguments: object) -> None:
        n_calls.append(1)
        if len(n_calls) == 2:
            raise KeyboardInterrupt
        epoch(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "_train_epoch", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        train(TEXTS, shorten(whole, (0,)), tmp_path / "stopped.pt", RECIPE)
    assert len(n_calls) == 2
    resumed = train(TEXTS, shorten(whole, (0,)), tmp_path / "stopped.pt", RECIPE)
    assert len(n_calls) == 3  # the first epoch was not done again
    assert torch.allclose(weights(resumed), weights(straight), atol=1e-6)


def test_a_student_comes_nearer_to_its_teacher(whole: NameNetwork, tmp_path: Path) -> None:
    recipe = Recipe(n_epochs=12, peak_rate=3e-4, teacher_share=1.0, seed=7)
    batch = training.to_tensors(
        next(iter(training.batches(TEXTS, training._names(), training._rng(1))))
    )
    inputs, student = batch[:3], shorten(whole, (0,))

    def distance(network: NameNetwork) -> float:
        with torch.no_grad():
            ours, theirs = (one.eval()(*inputs).softmax(-1) for one in (network, whole))
        return float((ours - theirs).abs().mean())

    before = distance(student)
    train(TEXTS, student, tmp_path / "student.pt", recipe, teacher=whole.eval())
    assert distance(student) < 0.9 * before
    assert len(student.encoder.encoder.layer) == 1
