"""The world the simulator makes up: music, podcasts, books, people and what they own."""
