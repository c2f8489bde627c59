"""An ONNX file → a session of onnxruntime that computes with one thread."""

from pathlib import Path
from typing import Any

from digitbox.errors import ModelError


def session(file: Path) -> Any:
    """Load ``file``. Raises :class:`ModelError` where onnxruntime cannot."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise ModelError(f"{file} cannot be loaded: {error}") from error
