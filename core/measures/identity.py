"""How much of a person an edit keeps: the cosine of features before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import CheckpointError, PackError
from ..base.execution import plain_tensors
from ..base.extras import import_extra
from .onnx_operators import first_operators

FFHQ_CROP = (35 / 256, 32 / 256, 188 / 256, 188 / 256)
"""Top, left, height and width of the face in pictures aligned as FFHQ, as networks of faces expect
it; Richardson et al., "Encoding in Style" (CVPR 2021), use it for their loss of identity."""

_LARGEST_FILE = 1 << 30
_SIDES = (16, 1024)
_FIRST = 8
"""Operators at the start of a network among which its own normalisation is looked for."""


def identity(before: Tensor, after: Tensor, features: Callable[[Tensor], Tensor]) -> Tensor:
    """Likeness of people before and after an edit.

    Args:
        before: Images `[N, 3, H, W]`, nominal range [-1, 1].
        after: The same images edited.
        features: From images to `[N, D]`: `AttributeReader.features`, or what `face_features`
            returns.

    Returns:
        `[N]` float64: cosine of the features, at most 1, which is the same picture.

    Raises:
        PackError: The shapes of the images differ.
    """
    if before.shape != after.shape:
        raise PackError(
            f"Images of shapes {list(before.shape)} and {list(after.shape)} were compared",
            "images of one shape",
        )
    with plain_tensors():
        first, second = (features(images).to("cpu", torch.float64) for images in (before, after))
        return F.cosine_similarity(first, second, dim=1)


def face_features(
    path: Path, crop: tuple[float, float, float, float] = FFHQ_CROP
) -> Callable[[Tensor], Tensor]:
    """Features of a user's own network of faces, such as ArcFace, as an ONNX file.

    The size of its input is read from the file; where the file subtracts and scales by itself, it
    gets values in [0, 255], else in [-1, 1], both as red, green, blue, as InsightFace does.

    Args:
        path: An .onnx file of at most 1 GB whose input is `[N, 3, S, S]`.
        crop: Top, left, height and width of the face, as shares of the picture.

    Returns:
        A function from images `[N, 3, H, W]`, nominal range [-1, 1], to features `[N, D]`.

    Raises:
        CheckpointError: The file is missing, too large, damaged, or has other inputs or outputs.
        PackError: onnxruntime is missing, or the crop lies outside.
    """
    top, left, height, width = crop
    if min(crop) < 0 or min(height, width) <= 0 or max(top + height, left + width) > 1 + 1e-9:
        raise PackError(f"The crop is {crop}", "top, left, height and width within the picture")
    data = _content(path)
    session = _session(path, data)
    name, side = _input_of(session, path)
    start = set(first_operators(data, _FIRST))
    scaled = "Sub" in start and bool(start & {"Mul", "Div"})

    def features(images: Tensor) -> Tensor:
        if images.ndim != 4 or images.shape[1] != 3:
            raise PackError(f"Images have shape {list(images.shape)}", "[N, 3, H, W], in colour")
        rows, columns = images.shape[2:]
        up, first = round(top * rows), round(left * columns)
        down, last = up + max(1, round(height * rows)), first + max(1, round(width * columns))
        part = images.detach().to("cpu", torch.float32)[:, :, up:down, first:last]
        face = F.interpolate(part, (side, side), mode="bilinear", antialias=True).clamp(-1, 1)
        ready = (face + 1) * 127.5 if scaled else face
        return torch.cat([_run(session, name, one, path) for one in ready.split(1)])

    return features


def _content(path: Path) -> bytes:
    """The bytes of a file, within limits."""
    if not path.is_file():
        raise CheckpointError(f"There is no file {path.name}", "an .onnx file of a face network")
    if path.stat().st_size > _LARGEST_FILE:
        raise CheckpointError(
            f"{path.name} has {path.stat().st_size} bytes",
            f"an .onnx file of at most {_LARGEST_FILE} bytes",
        )
    return path.read_bytes()


def _session(path: Path, data: bytes) -> Any:
    """The network in onnxruntime, on the CPU, with the threads of torch."""
    runtime = import_extra("onnxruntime", "onnxruntime", "A network of faces")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base
        raise CheckpointError(
            f"{path.name} cannot be read as ONNX ({str(error)[:120]})",
            "an .onnx file of a face network, whole in one file",
            "Download it again",
        ) from None


def _input_of(session: Any, path: Path) -> tuple[str, int]:
    """Name and side of the only input."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape if inputs else []
    fits = len(inputs) == 1 and len(outputs) >= 1 and len(shape) == 4 and shape[1] == 3
    fits = fits and isinstance(shape[2], int) and shape[2] == shape[3]
    if not fits or not _SIDES[0] <= shape[2] <= _SIDES[1] or inputs[0].type != "tensor(float)":
        raise CheckpointError(
            f"{path.name} takes {[list(entry.shape) for entry in inputs]}",
            "one input [N, 3, S, S] of float32 with a fixed side S",
            "Choose a network of face recognition such as ArcFace",
        )
    return str(inputs[0].name), int(shape[2])


def _run(session: Any, name: str, image: Tensor, path: Path) -> Tensor:
    """Features `[1, D]` of one image."""
    try:
        (found, *_) = session.run(None, {name: image.contiguous().numpy()})
        return torch.from_numpy(found).reshape(1, -1).float()
    except Exception as error:
        raise CheckpointError(
            f"{path.name} cannot describe a picture ({str(error)[:120]})",
            "a network of face recognition",
        ) from None
