"""What an explorer without wires works with: the bundled portraits, and images of four seeds."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.concepts.network import AbstractNetwork
from ...core.files.loading import load_generator
from ...core.latents.sampling import sample_latents
from .. import folders, host
from ..sockets import LoadedGAN

GENERATOR = "portraits-128"
"""Name of the bundled generator. It stays the same for ever, so that saved workflows do, too."""

IMAGES, FIRST_SEED, TRUNCATION = 4, 0, 0.7
"""The images: as `GANSampleLatents` samples them at first."""

_lock = Lock()
_generators: list[LoadedGAN] = []
_latents: WeakKeyDictionary[AbstractNetwork, LatentCode] = WeakKeyDictionary()


def default_generator() -> LoadedGAN:
    """The bundled portraits, loaded once.

    Returns:
        The same object at every call, as sessions compare their contents by identity.

    Raises:
        CheckpointError: The file of the pack is missing or damaged.
    """
    with _lock:
        if not _generators:
            path = folders.generator_path(f"{GENERATOR} (bundled)")
            _generators.append(host.loaded_gan(load_generator(path), path.stem))
        return _generators[0]


def default_latents(gan: LoadedGAN, generator: Generator) -> LatentCode:
    """Images of seeds 0 to 3, for an explorer without latents.

    Args:
        gan: The generator, as the node received it.
        generator: The same on its device.

    Returns:
        Four codes; the same object at every call with one generator.
    """
    with _lock:
        network = gan.generator.network
        if network not in _latents:
            _latents[network] = sample_latents(generator, IMAGES, FIRST_SEED, TRUNCATION)
        return _latents[network]
