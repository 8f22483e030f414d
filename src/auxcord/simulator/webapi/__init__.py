"""The Web API half of the simulator: one module per domain."""
