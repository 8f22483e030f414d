"""What the Accounts service remembers: apps, consents, codes and tokens."""
