"""Loading a 1024 px StyleGAN2 with random weights, compared with a bare read of the same bytes.

"Bare" is `safetensors.torch.load_file` or `torch.load` of the same tensors, then the constructor of
the network and a copy of each tensor into it: nothing is checked, recognised or fingerprinted. A
.pkl is compared with `torch.load` of its tensors. All files are in the page cache. Seconds are CPU
time, which other load on the machine does not affect. Memory is that of a fresh process beyond its
memory before the load, on Linux; pages of a memory-mapped file are counted.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import latent_levers as ll
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = 1.5
"""Largest ratio of the time of loading to that of the bare read."""

CHILD = """
import sys
import latent_levers as ll
def kib(what):  # not getrusage, whose value is inherited from the parent process
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what))
ll.load_generator("portraits")  # memory that is allocated once, by the first generator
before = kib("VmRSS")
gan = ll.load_generator(sys.argv[1])
print(kib("VmHWM") - before)
"""


def layers(resolution: int, base: int, most: int) -> Iterator[tuple[str, str, int, int, int]]:
    """Name here and in rosinality's files, resolution, inputs and outputs of every style layer."""
    inputs = 0
    for number in range(resolution.bit_length() - 2):
        size = 4 << number
        outputs = min(base // size, most)
        if number:
            yield f"b{size}.conv0", f"convs.{2 * number - 2}", size, inputs, outputs
        name = f"convs.{2 * number - 1}" if number else "conv1"
        yield f"b{size}.conv1", name, size, outputs, outputs
        name = f"to_rgbs.{number - 1}" if number else "to_rgb1"
        yield f"b{size}.torgb", name, size, outputs, 3
        inputs = outputs


def weights(resolution: int, base: int = 32768, most: int = 512) -> dict[str, tuple[str, Tensor]]:
    """Random weights: NVIDIA's names to rosinality's names and tensors in NVIDIA's shape."""
    found: dict[str, tuple[str, Tensor]] = {}
    for i in range(8):
        found[f"mapping.fc{i}.weight"] = f"style.{i + 1}.weight", torch.randn(most, most) * 100
        found[f"mapping.fc{i}.bias"] = f"style.{i + 1}.bias", torch.zeros(most)
    found["mapping.w_avg"] = "latent_avg", torch.zeros(most)
    first = min(base // 4, most)
    found["synthesis.b4.const"] = "input.input", torch.randn(first, 4, 4)
    for ours, theirs, size, inputs, outputs in layers(resolution, base, most):
        rgb = outputs == 3
        side = 1 if rgb else 3
        rows: dict[str, tuple[str, Tensor]] = {
            "weight": ("conv.weight", torch.randn(outputs, inputs, side, side)),
            "affine.weight": ("conv.modulation.weight", torch.randn(inputs, most)),
            "affine.bias": ("conv.modulation.bias", torch.ones(inputs)),
            "bias": ("bias" if rgb else "activate.bias", torch.zeros(outputs)),
        }
        for leaf, (foreign, tensor) in rows.items():
            found[f"synthesis.{ours}.{leaf}"] = f"{theirs}.{foreign}", tensor
        if not rgb:
            index = 0 if theirs == "conv1" else int(theirs.split(".")[1]) + 1
            strength = f"synthesis.{ours}.noise_strength"
            found[strength] = f"{theirs}.noise.weight", torch.zeros([])
            noise = f"synthesis.{ours}.noise_const"
            found[noise] = f"noises.noise_{index}", torch.randn(size, size)
    return found


def as_rosinality(name: str, tensor: Tensor) -> Tensor:
    """Reshape a tensor to rosinality's shape."""
    axes = {"conv.weight": 5, "input.input": 4, "noise.weight": 1}
    for ending, count in axes.items():
        if name.endswith(ending):
            return tensor.reshape((1,) * (count - tensor.ndim) + tensor.shape)
    if name.startswith("noises"):
        return tensor[None, None]
    return (
        tensor.reshape(1, 3, 1, 1) if name.startswith("to_rgb") and "conv" not in name else tensor
    )


def pickle_writer() -> Any:
    """Import the writer of NVIDIA's pickles from the tests."""
    place = ROOT / "tests" / "pickle_writer.py"
    spec = importlib.util.spec_from_file_location("pickle_writer", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Reader = Callable[[], dict[str, Tensor]]


def files(folder: Path, resolution: int) -> dict[str, tuple[Path, Reader]]:
    """Write the files. Returns path and bare reader by file type; readers use canonical names."""
    table = weights(resolution)
    plain = {name: tensor for name, (_, tensor) in table.items()}
    names = {foreign: name for name, (foreign, _) in table.items()}
    respelled = {n: as_rosinality(n, tensor) for n, tensor in ((f, t) for f, t in table.values())}
    mean = respelled.pop("latent_avg")
    paths = {kind: folder / f"network.{kind}" for kind in ("safetensors", "pt", "pth", "pkl")}
    save_file(plain, paths["safetensors"])
    torch.save({"g_ema": respelled, "latent_avg": mean}, paths["pt"])
    torch.save(plain, paths["pth"])
    arguments = {"z_dim": 512, "c_dim": 0, "w_dim": 512, "img_resolution": resolution}
    pickle_writer().write_nvlabs(paths["pkl"], plain, arguments, folder / "marker", protocol=4)
    twin = folder / "twin.pth"  # like a snapshot, which holds the last step and the average
    torch.save({"G": {n: torch.zeros_like(t) for n, t in plain.items()}, "G_ema": plain}, twin)

    def rosinality() -> dict[str, Tensor]:
        content = torch.load(paths["pt"], weights_only=True)
        renamed = {names[name]: tensor for name, tensor in content["g_ema"].items()}
        return {**renamed, "mapping.w_avg": content["latent_avg"]}

    return {
        ".safetensors": (paths["safetensors"], lambda: load_file(paths["safetensors"])),
        ".pt (rosinality)": (paths["pt"], rosinality),
        ".pth": (paths["pth"], lambda: torch.load(paths["pth"], weights_only=True)),
        ".pkl (NVIDIA)": (paths["pkl"], lambda: torch.load(twin, weights_only=True)["G_ema"]),
    }


def bare(read: Reader, gan: ll.Generator) -> tuple[float, float]:
    """Measure the seconds of a bare read, and of building the network and copying the tensors."""
    start = time.process_time()
    tensors = read()
    middle = time.process_time()
    settings: Any = gan.network.settings
    network: Any = type(gan.network)(settings)
    with torch.no_grad():
        for name, target in network.state_dict().items():
            if name in tensors:
                target.copy_(tensors[name].reshape(target.shape))
    return middle - start, time.process_time() - middle


def seconds(work: Callable[[], object]) -> float:
    """Measure the CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peak(path: Path) -> float:
    """Measure the MiB that loading needs in a fresh process."""
    made = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
    )
    return int(made.stdout) / 1024


def main() -> int:
    """Write the files, measure, print a table; the exit code is 1 if loading is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--resolution", type=int, default=1024)
    parser.add_argument(
        "--repeats", type=int, default=5, help="number of runs, of which the best is reported"
    )
    options = parser.parse_args()
    torch.manual_seed(0)
    slow = False
    with tempfile.TemporaryDirectory() as name:
        kinds = files(Path(name), options.resolution)
        size = sum(t.nbytes for t in load_file(kinds[".safetensors"][0]).values()) / 2**20
        print(f"StyleGAN2, {options.resolution} px, {size:.0f} MiB of weights, ", end="")
        print(f"{torch.get_num_threads()} threads, best of {options.repeats}")
        print(
            f"{'file':18}{'read s':>8}{'build s':>9}{'load s':>8}{'ratio':>7}{'peak MiB':>10}",
            end="",
        )
        print(f"{'copies':>8}")
        for kind, (path, read) in kinds.items():
            gan = ll.load_generator(path)
            runs = [(bare(read, gan), seconds(lambda p=path: ll.load_generator(p)))
                    for _ in range(options.repeats)]  # fmt: skip
            reading, building = (min(run[0][i] for run in runs) for i in (0, 1))
            loading = min(run[1] for run in runs)
            ratio, memory = loading / (reading + building), peak(path)
            slow |= ratio > ALLOWED
            print(f"{kind:18}{reading:8.2f}{building:9.2f}{loading:8.2f}{ratio:7.2f}", end="")
            print(f"{memory:10.0f}{memory / size - 1:8.2f}")
    print("copies: weights in memory beyond the network itself, pages of a mapped file included")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
