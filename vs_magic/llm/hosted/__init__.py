"""Hosted models and servers: names, keys, prices, and what litellm takes, says and gets wrong."""
