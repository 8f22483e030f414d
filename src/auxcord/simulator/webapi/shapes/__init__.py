"""How things look in JSON, one module per family of objects."""
