"""The floor that knows everything: settings, wiring, HTTP, stdio, guards."""
