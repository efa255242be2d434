"""Small networks as ONNX files, read on the processor.

How texts are read with them is told in `feedback.network_reader`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["open_network"]


def open_network(content: bytes) -> Any:
    """Return an ``onnxruntime.InferenceSession`` that computes on the thread that calls it.

    Parameters
    ----------
    content
        An ONNX file written by `feedback.network_export`.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        content,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # see network_export.py
    )
