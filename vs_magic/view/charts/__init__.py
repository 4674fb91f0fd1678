"""Charts, from plain frames: what they show is decided here, what it means is not.

Nothing here knows a model or a study. Each module makes one kind of chart out of a frame whose
columns its docstring lists; `chart` shows any of them, live and still, in light and in dark.

| module | shows |
|---|---|
| `dots` | values with intervals: one panel a metric, one row a method |
| `bars` | answers and how often each came, one panel an arm |
| `points` | responses as points in a plane, one panel an arm |
| `heat` | how alike responses are, pair by pair, one panel an arm |
| `calibration` | stated probability against observed frequency |
| `curves`, `front` | values along a parameter; diversity against quality |
| `page` | several of them under one heading |
"""
