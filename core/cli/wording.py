"""The words of the command line for what a message of core asks the user to give."""

from __future__ import annotations

from ..base.wording import Front

COMMAND_LINE = Front(
    {
        "another_folder": "Choose another folder with --out",
        "average_by": "--average-by {}",
        "codes": "more --seeds",
        "comfyui": "A GAN is needed here",
        "crop": "--box cuts it",
        "draw_region": "Give parts such as --region mouth, or a --mask that is white inside",
        "describe": "latent-levers describe",
        "encoder_kind": "--encoder-kind {}",
        "exactly": "--precision float32 or fast",
        "generator": "the generator as GENERATOR",
        "inverter": "--inverter",
        "labels": "--label",
        "latents_space": "--latents-space {}",
        "layers": "--layers",
        "levers_space": "--levers-space {}",
        "load_directions": "--levers",
        "load_encoder": "--encoder of latent-levers invert",
        "load_generator": "GENERATOR",
        "load_latents": "--latents",
        "mode": "--mode {}",
        "no_labels": "Leave --label out",
        "no_locality": "Leave --locality out",
        "num_ws": "the generator as GENERATOR",
        "one_code": "a single seed",
        "option": "--option {}",
        "pictures": "a picture of a region is for --mask",
        "plan_generator": "the argument GENERATOR",
        "plan_levers": "--levers FILE",
        "repair_batch": "Run latent-levers check --repair on its folder, then vary again",
        "replace_source": "add --replace-source",
        "space": "--space {}",
        "unit": "--unit {}",
    }
)
