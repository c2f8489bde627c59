"""digitbox: scans of handwritten digits in, numbers you can trust out."""

import os

__version__ = "0.1.0"

# onnxruntime reports its use to its maker unless told not to, before it is loaded. Nothing that is
# done here is anybody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
