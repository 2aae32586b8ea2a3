"""Levers from products with the Jacobian alone, against those from all of its columns."""
