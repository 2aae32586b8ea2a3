"""Parameter names of facebookresearch/pytorch_GAN_zoo."""
