"""The words of the nodes for what a message of core asks the user to give."""

from __future__ import annotations

from ..core.base.wording import Front

NODES = Front(
    {
        "another_folder": "Type another name at folder",
        "average_by": "{} at average_by",
        "codes": "a larger batch_size, or GAN Concatenate Latents",
        "comfyui": "Open it from {}; a GAN is needed here",
        "crop": "GAN Crop Photo cuts it",
        "draw_region": "Draw on the picture, or connect a mask",
        "describe": "GAN Info",
        "encoder_kind": "{} at kind",
        "exactly": "exact or fast at precision",
        "generator": "the generator at gan",
        "inverter": "inverter",
        "labels": "class_index",
        "latents_space": "{} at space of GAN Load Latents",
        "layers": "layers",
        "levers_space": "{} at space of GAN Load Directions",
        "load_directions": "GAN Load Directions",
        "load_encoder": "GAN Load Encoder",
        "load_generator": "Load GAN",
        "load_latents": "GAN Load Latents",
        "mode": "{} at mode",
        "no_labels": "Set class_index to -1",
        "no_locality": "Set locality to 'as set'",
        "num_ws": "num_ws",
        "one_code": "one code with GAN Latents From Batch",
        "option": "{} at options of Load GAN",
        "pictures": "pictures are for ComfyUI's Load Image",
        "plan_generator": "Load GAN",
        "plan_levers": "Load GAN and GAN Load Directions",
        "repair_batch": "Delete that file, and run again",
        "replace_source": "save it in another folder",
        "space": "{} at space",
        "unit": "{} at unit",
    }
)
