"""The Accounts half of the simulator: sign-in pages and the token endpoint."""
