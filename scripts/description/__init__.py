"""Two witnesses, our client and the simulator, held against Spotify's published description."""
