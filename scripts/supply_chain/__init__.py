"""What comes with us from elsewhere, and what must not leave: locks, floor, bill, history, wheel."""
