"""Model name → replies: the client through litellm, the local model, the simulated one, weights.

Everything above speaks to a model through one function type, `Complete`.
"""
