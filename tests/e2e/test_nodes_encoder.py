"""GANLoadEncoder in a running ComfyUI."""

from __future__ import annotations

import numpy as np
import pytest
from api_graphs import draw, message, node, pixels
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from photo_encoders import W_DIM, write_encoder
from test_nodes_photos import invert, photo, said

pytestmark = pytest.mark.usefixtures("empty_cache")


def test_a_search_begins_with_an_encoder(server):
    """What the encoder says is the code, without steps; the same file says the same again."""
    folder = server.base / "models" / "gan"
    settings = StyleGAN2Settings(
        W_DIM, W_DIM, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(W_DIM, W_DIM)
    )
    save_generator(untrained("stylegan2", settings), folder / "twelve.safetensors")
    write_encoder(folder / "encoder.pt", "W")
    graph = photo("twelve.safetensors")
    graph["encoder"] = node("GANLoadEncoder", encoder="encoder.pt", kind="as the file states")
    graph["said"] = invert(steps=0, encoder=["encoder", 0])
    graph["again"] = invert(steps=0, start=["said", 0])
    graph |= {name: draw(codes) for name, codes in (("x", "said"), ("y", "again"), ("z", "codes"))}
    entry = server.run(graph)
    assert "an encoder of kind W for pictures of" in said(entry, "encoder")
    (one,), (two,), (other,) = (pixels(server, entry, name) for name in ("x", "y", "z"))
    assert np.abs(one - two).max() <= 1
    assert np.abs(one - other).max() > 3
    both = {**graph, "said": invert(steps=0, encoder=["encoder", 0], start=["codes", 0])}
    assert "an encoder at encoder" in message(server, both)
    wrong = {**graph, "encoder": node("GANLoadEncoder", encoder="twelve.safetensors", kind="e4e")}
    assert "no encoder of photographs" in message(server, wrong)
    assert "Load GAN" in message(server, wrong)
