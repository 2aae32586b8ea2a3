"""Identity: the cosine of features, and what is refused as a network of faces."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.identity import face_features, identity


def test_the_same_face_is_itself_and_another_is_less_so() -> None:
    """1 for the same picture, nearly 1 for a small edit, clearly less for another person."""
    gan = ll.load_generator("portraits")
    codes = ll.sample_latents(gan, 8, seed=100)
    images = ll.render(gan, codes)
    features = bundled_reader().features
    torch.testing.assert_close(identity(images, images, features), torch.ones(8).double())
    slight = ll.render(gan, ll.edit(codes, ll.sefa(gan), 0, 0.1))
    near, far = (identity(images, x, features) for x in (slight, images.roll(1, dims=0)))
    assert (near > 0.98).all()
    assert (near > far).all()
    assert far.median() < 0.9
    with pytest.raises(PackError, match=r"\[8, 3, 64, 64\] and \[7, 3, 64, 64\] were compared"):
        identity(images, images[:7], features)


def test_missing_files_and_crops_outside(tmp_path: Path) -> None:
    """The message names the file, or the crop."""
    with pytest.raises(PackError, match="no file face.onnx"):
        face_features(tmp_path / "face.onnx")
    with pytest.raises(PackError, match=r"crop is \(0.5, 0, 0.6, 1\)"):
        face_features(tmp_path / "face.onnx", (0.5, 0, 0.6, 1))
