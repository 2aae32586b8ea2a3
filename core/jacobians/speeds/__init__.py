"""How quick each precision is on a device: measured in milliseconds, once per machine."""
