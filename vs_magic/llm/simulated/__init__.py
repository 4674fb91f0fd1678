"""Models that are no models: a table of answers, sharpened by the paper's formula, in the open.

`simulated/base` answers as often as its table says; `simulated/aligned` as preference tuning with a
typicality bias would leave it: π* ∝ π_ref^γ. They answer every method, cost nothing, and say what
they know when asked for anything else. `tables` holds the answers, `answering` the arithmetic,
`model` the client.
"""
