"""The soak: a day of a thousand people, until a million calls are made, while memory is watched."""
