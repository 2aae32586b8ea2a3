"""The flow-matching model: its training, export and card."""
