"""The method itself, on the standard library alone: options, prompts, parsing, weights.

Nothing here knows a model, a frame or a notebook.
"""
