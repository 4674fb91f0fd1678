"""How weights get here: the catalogue, its sources, files that arrive whole or resume."""
