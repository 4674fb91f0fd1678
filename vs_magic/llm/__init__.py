"""Model name → replies: the LiteLLM door, the local model, the simulated one, weights.

Everything above speaks to a model through one function type, `Complete`.
"""
