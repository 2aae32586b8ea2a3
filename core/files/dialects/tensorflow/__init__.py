"""Parameter names of the TensorFlow releases."""
