"""The nodes of `nodes/load` in a running ComfyUI."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from api_graphs import draw, message, node, save, start
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_a_generator_is_described(server):
    graph = {
        "gan": node("LoadGAN", model="tiny.safetensors"),
        "info": node("GANInfo", gan=["gan", 0]),
    }
    graph["words"] = node("PreviewAny", source=["info", 0])
    entry = server.run(graph)
    shown, text = entry["outputs"]["info"]["text"], entry["outputs"]["words"]["text"][0]
    assert "architecture StyleGAN2" in shown
    assert "image 32 x 32 pixels, 3 channels" in shown
    path = server.base / "models" / "gan" / "tiny.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert "b32.torgb" in text


def test_errors_name_missing_files_and_their_folder(server):
    text = message(server, start("nowhere.pkl"))
    assert "nowhere.pkl" in text
    assert "models/gan" in text.replace("\\\\", "/")
    assert "press R" in text
    load = {"load": node("GANLoadDirections", saved="nowhere.safetensors")}
    graph = {**load, "save": save("load", "again")}
    assert "gan_directions" in message(server, graph)
    empty = message(server, start("example.safetensors"))
    assert "example.safetensors" in empty


def test_a_changed_file_is_loaded_again(server):
    path = server.base / "models" / "gan" / "changing.safetensors"
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16}, mapping_widths=(16,))
    graph = {**start("changing.safetensors"), "draw": draw("latents")}
    pictures = []
    for seed in (1, 2):
        save_generator(untrained("stylegan2", settings, seed=seed), path)
        pictures.append(np.asarray(server.images(server.run(graph))["draw"][0]).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() > 8
