"""From the trained network to the file that is shipped: ONNX, fused, int8."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Final

import torch

from feedback.redact.name_model.network import NameNetwork

__all__ = ["export"]

_OPSET: Final = 17
_INPUTS: Final = ["input_ids", "token_type_ids", "attention_mask"]


def export(network: NameNetwork, path: Path) -> None:
    """Write ``network`` to ``path``: weights as 8-bit integers, one scale for each channel."""
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    network.eval()
    example = torch.ones((1, 8), dtype=torch.int64)
    axes = {name: {0: "text", 1: "piece"} for name in [*_INPUTS, "scores"]}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, fused = Path(folder, "plain.onnx"), Path(folder, "fused.onnx")
        torch.onnx.export(
            network,
            (example, torch.zeros_like(example), example),
            str(plain),
            input_names=_INPUTS,
            output_names=["scores"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
        config = network.encoder.config
        fusions = FusionOptions("bert")
        # Fused with the sum before it, this layer takes five times as long on a processor.
        fusions.enable_skip_layer_norm = False
        fusions.enable_bias_skip_layer_norm = False
        model = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=fusions,
        )
        model.save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},  # fused nodes have no shapes
        )
