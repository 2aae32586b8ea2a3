"""Features of the bundled generator's samples: what counts as a whole face, known without drawing 6,000 of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from core.base.atomic_files import write_safetensors
from core.files.loading import load_generator
from core.files.network_file import header_of
from core.measures.attribute_network import load_attribute_reader
from core.measures.broken import DEFAULT_FILE, FORMAT, HELD_OUT, SAMPLES, reader_fingerprint, sample_features


def main(arguments: list[str] | None = None) -> None:
    """Draw and describe the samples from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="portraits", help="the generator")
    parser.add_argument("--out", type=Path, default=DEFAULT_FILE, help="safetensors file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    gan, reader = load_generator(options.weights), load_attribute_reader()
    features = sample_features(gan, reader, SAMPLES + HELD_OUT)
    header = header_of(FORMAT, generator=gan.spec.fingerprint, reader=reader_fingerprint(reader))
    write_safetensors(options.out, {"features": features.half()}, header)
    print(f"{len(features)} samples in {options.out}")


if __name__ == "__main__":
    main()
