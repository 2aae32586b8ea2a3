"""The parts a portrait is drawn from; `training.portraits` is the front."""
