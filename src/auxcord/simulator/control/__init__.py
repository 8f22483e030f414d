"""The control half: how a test or a person drives the simulator."""
