"""Frames and callables → what people see: the static table, the widget, charts, the status line.

Nothing here knows a model or a magic.
"""
