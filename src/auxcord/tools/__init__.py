"""What a model can do, by domain."""
