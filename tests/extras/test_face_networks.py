"""Networks of a user's own: faces by onnxruntime, Inception by torch-fidelity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.measures.frechet import frechet_distance, inception_features
from latent_levers.core.measures.identity import face_features, identity
from onnx import TensorProto, helper, numpy_helper
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3


def write(path: Path, nodes: list[Any], side: int | str = 16, channels: int = 3) -> Path:
    """A network from `x` to `y` with the constants that the tests use."""
    constants = [
        numpy_helper.from_array(np.full((1,), value, np.float32), name)
        for name, value in (("mean", 127.5), ("scale", 1 / 127.5))
    ]
    shape = [1, channels, side, side]
    graph = helper.make_graph(
        nodes,
        "faces",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


FLAT = [helper.make_node("Flatten", ["x"], ["y"])]
SCALED = [
    helper.make_node("Sub", ["x", "mean"], ["a"]),
    helper.make_node("Mul", ["a", "scale"], ["b"]),
    helper.make_node("Flatten", ["b"], ["y"]),
]


@pytest.fixture
def images() -> torch.Tensor:
    """Two pictures of 32 pixels."""
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_both_ways_of_scaling_give_the_same_features(tmp_path: Path, images: torch.Tensor) -> None:
    """A network that subtracts and scales by itself gets 0 to 255, any other -1 to 1."""
    whole = (0.0, 0.0, 1.0, 1.0)
    plain = face_features(write(tmp_path / "plain.onnx", FLAT), whole)(images)
    scaled = face_features(write(tmp_path / "scaled.onnx", SCALED), whole)(images)
    assert plain.shape == (2, 3 * 16 * 16)
    torch.testing.assert_close(plain, scaled, rtol=0, atol=1e-5)
    expected = torch.nn.functional.avg_pool2d(images, 2).flatten(1)
    assert torch.nn.functional.cosine_similarity(plain, expected).min() > 0.9
    assert plain.abs().max() <= 1


def test_the_crop_is_what_is_compared(tmp_path: Path, images: torch.Tensor) -> None:
    """What changes outside the crop changes no identity."""
    features = face_features(write(tmp_path / "plain.onnx", FLAT), (0.0, 0.0, 0.5, 1.0))
    below, above = images.clone(), images.clone()
    below[:, :, 16:] *= -1
    above[:, :, :16] *= -1
    torch.testing.assert_close(identity(images, below, features), torch.ones(2).double())
    torch.testing.assert_close(identity(images, above, features), -torch.ones(2).double())


def test_other_networks_are_refused(tmp_path: Path) -> None:
    """Damaged files, open sizes and grey inputs are named."""
    path = tmp_path / "face.onnx"
    path.write_bytes(b"\x08\x07 nothing")
    with pytest.raises(CheckpointError, match=r"face.onnx cannot be read as ONNX"):
        face_features(path)
    for side, channels in (("s", 3), (16, 1), (2048, 3)):
        with pytest.raises(CheckpointError, match="one input .* with a fixed side"):
            face_features(write(path, FLAT, side, channels))


class Blank(FeatureExtractorInceptionV3):
    """The published network with the weights it is built with."""

    def load_state_dict(self, *args: Any, **kwargs: Any) -> None:
        """Keep them."""


def test_inception_gives_features_of_weights_read_as_tensors(tmp_path: Path) -> None:
    """The same features as the package's own network; a distance of a set to itself is 0."""
    torch.manual_seed(0)
    path = tmp_path / "weights.pth"
    torch.save({}, path)
    blank = Blank("blank", ["2048"], feature_extractor_weights_path=str(path))
    torch.save(blank.state_dict(), path)
    images = torch.rand(3, 3, 24, 24) * 2 - 1
    found = inception_features(path)(images)
    pixels = ((images + 1) * 127.5).round().byte()
    with torch.no_grad():
        torch.testing.assert_close(found, blank(pixels)[0], rtol=1e-4, atol=1e-5)
    assert found.shape == (3, 2048)
    assert frechet_distance(found, found) == pytest.approx(0, abs=1e-6)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A file of another network is named; code in a pickle is not run."""
    path = tmp_path / "weights.pth"
    torch.save({"layer.weight": torch.zeros(2, 2)}, path)
    with pytest.raises(CheckpointError, match=r"weights.pth holds no Inception weights"):
        inception_features(path)

    class Bomb:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"fc.weight": Bomb()}, path)
    with pytest.raises(CheckpointError):
        inception_features(path)
    assert not (tmp_path / "ran").exists()
