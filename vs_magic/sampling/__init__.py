"""One task → distribution → frame: the conductor, and the values that it makes.

`plan` decides everything and sends nothing; `sampler` makes the calls; `distribution` is what came
of them; `frame` is its table; `api` is the entry point for plain Python.
"""
