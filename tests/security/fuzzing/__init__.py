"""Requests as nobody means them, for T31: what is sent, how it is bent, what an answer must not tell."""
