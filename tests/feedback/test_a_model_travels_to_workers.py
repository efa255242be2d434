"""A worker that does not see a model's folder has it sent, whole or not at all."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.backfill_models import folder_mark, pack
from feedback.errors import ModelHashError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.json").write_text('{"version": 1}')
    (folder / "deep" / "weights.bin").write_bytes(bytes(range(256)) * 40)
    return folder


def test_a_worker_that_sees_the_folder_uses_it(model: Path) -> None:
    assert pickle.loads(pickle.dumps(pack(model))).settle() == model


def test_a_worker_that_does_not_gets_the_same_files(model: Path, tmp_path: Path) -> None:
    packed = pickle.loads(pickle.dumps(pack(model)))
    shutil.move(model, tmp_path / "elsewhere")
    found = packed.settle()
    assert found != model
    assert folder_mark(found) == folder_mark(tmp_path / "elsewhere")
    assert (found / "deep" / "weights.bin").read_bytes() == bytes(range(256)) * 40


def test_another_model_of_that_name_is_not_used(model: Path) -> None:
    packed = pack(model)
    (model / "model.json").write_text('{"version": 2}')
    assert (packed.settle() / "model.json").read_text() == '{"version": 1}'


def test_what_does_not_arrive_whole_is_refused(model: Path, tmp_path: Path) -> None:
    packed = pack(model)
    (model / "model.json").write_text('{"version": 2}')
    with pytest.raises(ModelHashError, match="is not the one that was sent"):
        replace(pack(model), folder=str(tmp_path / "nowhere"), mark=packed.mark).settle()
