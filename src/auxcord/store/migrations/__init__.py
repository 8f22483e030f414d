"""How the database grew, one revision after the other; run by `Store.open`, never by hand."""
