"""Parameter names of the genforce repositories, SeFa's among them."""
