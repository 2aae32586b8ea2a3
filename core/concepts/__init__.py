"""Frozen values that all rooms exchange, and the interfaces of plug-ins."""
