"""SQL: engine, schema, migrations."""
